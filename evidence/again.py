"""Asking again by hand: for one item or for all, and not too often."""

from collections.abc import Sequence
from datetime import timedelta

from evidence import registry
from evidence.contract import Facts
from evidence.models import Collection
from evidence.requests import request_collection
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, TooMany
from orr.lib.sentence import say
from orr.profiles.schema import Rule

# Rounds of asking that people and pipelines start, per subject; what is asked by itself is not counted.
MOST = 20
WITHIN = timedelta(minutes=1)


def may_ask_again(subject: str) -> None:
    """Raise TooMany where it was asked by hand too often; the caller holds the subject's lock."""
    since = clock.now() - WITHIN
    asked = Collection.objects.filter(subject=subject, requested_at__gt=since).exclude(actor=None).count()
    if asked >= MOST:
        raise TooMany(
            say("It was asked by hand %(n)s times within a minute; wait a moment, it is asked by itself too.",
                n=asked)
        )  # fmt: skip


def ask_item_again(*, item: str, facts: Facts, rules: Sequence[Rule], actor: User) -> Collection:
    """Ask only for that item. Raises Conflict where it does not apply, or nothing measures it."""
    if item not in {rule.code for rule in rules}:
        raise Conflict(
            say("The item %(item)s does not apply to %(subject)s.", item=item[:8], subject=facts.subject)
        )
    if not registry.measurable(item, facts.change_set):
        raise Conflict(say("Nothing that could be asked measures %(item)s.", item=item))
    return request_collection(facts=facts, rules=rules, actor=actor, only=[item])
