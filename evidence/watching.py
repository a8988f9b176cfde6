"""When a subject is asked again by itself: at half of each item's freshness, sooner if unknown."""

from datetime import datetime, timedelta

from evidence import asked, freshness, registry
from evidence.latest import Latest, latest
from evidence.models import Collection, Watch
from orr.lib import clock
from orr.profiles.schema import Rule

# A source that failed, or has too few samples yet, is asked again after this.
RETRY = timedelta(seconds=30)
# A collection that no worker took is sent again after this.
LOST = timedelta(seconds=60)
# Items due within this are asked together.
TOGETHER = timedelta(seconds=10)


def watch(collection: Collection) -> None:
    """Look at the subject again soon, so that a collection whose task was lost is sent again."""
    due = clock.now() + LOST
    Watch.objects.update_or_create(
        subject=collection.subject, defaults={"collection": collection, "due_at": due}
    )


def schedule(collection: Collection) -> None:
    """After a collection: set the next moment at which some item is due."""
    times = due_times(collection)
    # A newer collection has its own time to be looked after.
    ours = Watch.objects.filter(collection=collection)
    if times:
        ours.update(due_at=min(times.values()))
    else:
        ours.delete()


def due_items(collection: Collection, now: datetime) -> list[str]:
    """The items that are due now, or almost."""
    return sorted(item for item, due in due_times(collection).items() if due <= now + TOGETHER)


def due_times(collection: Collection) -> dict[str, datetime]:
    """When each item that can be measured is to be asked again."""
    facts = asked.facts(collection.facts)
    known = latest(collection.subject, bound=facts.bound())
    rules = asked.rules(collection)
    asked_at = collection.finished_at or collection.requested_at
    return {
        item: _due(known.get(item), rule, asked_at)
        for item, rule in rules.items()
        if registry.measurable(item, facts.change_set)
    }


def _due(known: Latest | None, rule: Rule, asked_at: datetime) -> datetime:
    if known is None:
        return asked_at + RETRY
    settled = known.evidence.judged in ("green", "red")
    if settled:
        half = freshness.ask_again_at(known.evidence.measured_at, rule, known.evidence.holds_until)
        # What holds for seconds only is not asked for again and again until they are over.
        return max(half, known.evidence.recorded_at + RETRY) if known.evidence.holds_until else half
    return known.evidence.recorded_at + RETRY
