"""What a collection was asked with, kept as JSON and read back: facts and rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.contract import Facts
from evidence.models import Collection
from orr.accounts.models import DEFAULT_TEAM
from orr.lib.errors import Conflict, NotFound
from orr.lib.sentence import say
from orr.profiles.schema import Rule


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """The facts as JSON; `facts` reads them back."""
    return {
        "subject": facts.subject,
        "change_set": facts.change_set,
        "change_set_digest": facts.change_set_digest,
        "items_digest": facts.items_digest,
        "item_digests": facts.item_digests,
        "environment": facts.environment,
        "opened_at": facts.opened_at.isoformat(),
        "team": str(facts.team),
    }


def facts(stored: Mapping[str, Any]) -> Facts:
    """The facts that `facts_as_json` stored; what was stored before teams were known is everyone's."""
    team = UUID(stored["team"]) if stored.get("team") else DEFAULT_TEAM
    return Facts(**{**stored, "opened_at": datetime.fromisoformat(stored["opened_at"]), "team": team})


def rules(collection: Collection) -> dict[str, Rule]:
    """The rules the collection was asked with, by item."""
    return {code: Rule.model_validate(rule) for code, rule in collection.rules.items()}


def last_of(subject: str) -> Collection:
    """The subject's latest collection. Raises NotFound where nothing was ever asked."""
    found = Collection.objects.filter(subject=subject).order_by("-requested_at").first()
    if found is None:
        raise NotFound(say("Nothing is collected for “%(subject)s”.", subject=subject[:40]))
    return found


def about_item(subject: str, item: str) -> tuple[Facts, Rule]:
    """The subject's facts and the item's rule. Raises NotFound; Conflict where the item does not apply."""
    collection = last_of(subject)
    rule = collection.rules.get(item)
    if rule is None:
        raise Conflict(
            say("The item %(item)s does not apply to %(subject)s.", item=item[:8], subject=subject)
        )
    return facts(collection.facts), Rule.model_validate(rule)
