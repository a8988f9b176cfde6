"""What stands in our own calendar: its occurrences in a window, and whether anybody keeps one at all."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from orr.calendar import recurrence
from orr.calendar.freezes import AROUND, Kind, Mark, Planned, near
from orr.calendar.models import Entry

# The key of the lock that whoever writes the calendar holds alone, and whoever measures it shares.
LOCK = (7300, 3)
OWN = "calendar"


def kept() -> bool:
    """Whether a line was ever written: from then on the calendar answers, and nobody's word stands in."""
    return Entry.objects.exists()


def standing(begin: datetime, end: datetime) -> list[Mark]:
    """What meets the half-open window, while nobody is writing the calendar."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", list(LOCK))
        return seen(begin, end)


def seen(begin: datetime, end: datetime) -> list[Mark]:
    """What meets the half-open window, as a reader sees it now, by its beginning."""
    return sorted(_marks(_standing(begin, end), begin, end), key=lambda one: (one.begins, one.title, one.id))


def busy(planned: Planned | None) -> bool:
    """Whether our own calendar has a peak or a freeze in or around the planned window."""
    if planned is None:
        return False
    margin = AROUND + timedelta(seconds=1)
    return near(planned, seen(planned.begins - margin, planned.ends + margin))


def meets(entry: Entry, begin: datetime, end: datetime) -> bool:
    """Whether any occurrence of the line meets the half-open window."""
    return any(True for _ in marks_of(entry, begin, end))


def marks_of(entry: Entry, begin: datetime, end: datetime) -> Iterator[Mark]:
    """The occurrences of one line that meet the half-open window, in order."""
    kind = Kind(entry.kind)
    found = recurrence.occurrences(
        entry.begins_at, entry.ends_at, entry.where, entry.rule, (begin, end),
        strictly_long=kind is not Kind.ENTRY,
    )  # fmt: skip
    for begins, ends in found:
        yield Mark(
            kind=kind, title=entry.title, begins=begins, ends=ends, name=entry.name, owner=entry.owner_role,
            reason=entry.reason, environment=entry.environment, services=frozenset(entry.services),
            source=OWN, id=str(entry.pk),
        )  # fmt: skip


def _standing(begin: datetime, end: datetime) -> Iterable[Entry]:
    once = Q(rule="", begins_at__lt=end, ends_at__gt=begin)
    # A rule may read its first time earlier than it stands there, where the clock shows it twice.
    again = ~Q(rule="") & Q(begins_at__lt=end + recurrence.CHANGE)
    return Entry.objects.filter(once | again, cancelled_at=None)


def _marks(entries: Iterable[Entry], begin: datetime, end: datetime) -> Iterator[Mark]:
    for entry in entries:
        yield from marks_of(entry, begin, end)
