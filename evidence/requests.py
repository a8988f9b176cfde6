"""Asking for a collection: its rows are committed first, the task is only a wake-up."""

import logging
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import transaction
from kombu.exceptions import OperationalError

from evidence import asked, registry, tasks, watching
from evidence.contract import Facts
from evidence.models import Collection, CollectionItem, Watch
from orr.accounts.models import User
from orr.lib import clock
from orr.profiles.schema import Rule

logger = logging.getLogger(__name__)
BATCH = 100


@transaction.atomic
def request_collection(
    *, facts: Facts, rules: Sequence[Rule], actor: User | None, only: Iterable[str] | None = None
) -> Collection:
    """Collect every item of the rules that can be measured, or `only` some; starts after the commit."""
    collection = Collection.objects.create(
        subject=facts.subject,
        facts=asked.facts_as_json(facts),
        rules={rule.code: rule.model_dump(mode="json") for rule in rules},
        actor=actor.pk if actor else None,
        requested_at=clock.now(),
    )
    wanted = None if only is None else set(only)
    asked_for = [rule.code for rule in rules if wanted is None or rule.code in wanted]
    items = [code for code in asked_for if registry.measurable(code, facts.change_set)]
    CollectionItem.objects.bulk_create(CollectionItem(collection=collection, item=item) for item in items)
    watching.watch(collection)
    _send_after_commit(collection.pk)
    return collection


def sweep(still_open: Callable[[str], bool]) -> int:
    """Handle what is due: ask again, send again, or stop watching what is over. How many were handled."""
    handled = 0
    while handled < BATCH and _handle_one(still_open):
        handled += 1
    return handled


@transaction.atomic
def _handle_one(still_open: Callable[[str], bool]) -> bool:
    now = clock.now()
    due = Watch.objects.select_for_update(skip_locked=True, of=("self",)).filter(due_at__lte=now)
    watch = due.select_related("collection").order_by("due_at").first()
    if watch is None:
        return False
    if not still_open(watch.subject):
        watch.delete()
    elif watch.collection.finished_at is None:
        watching.watch(watch.collection)
        _send_after_commit(watch.collection.pk)
    else:
        _again(watch.collection)
    return True


def _again(last: Collection) -> None:
    items = watching.due_items(last, clock.now())
    if items:
        rules = list(asked.rules(last).values())
        request_collection(facts=asked.facts(last.facts), rules=rules, actor=None, only=items)
    else:
        watching.schedule(last)


def _send_after_commit(collection_id: UUID) -> None:
    def send() -> None:
        try:
            tasks.collect.apply_async(args=(str(collection_id),), retry=False)
        except OperationalError:
            # Nothing is lost: the row stands, and the sweep sends it again.
            logger.warning("the broker is away; collection %s waits for the sweep", collection_id)

    transaction.on_commit(send)
