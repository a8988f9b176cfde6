"""What a new or cancelled line of the calendar means for the reviews that it meets: they are asked again."""

from typing import Any
from uuid import UUID

from evidence import actions as evidence
from orr.calendar import actions as calendar
from orr.calendar import freezes, reading
from orr.calendar.freezes import Planned
from orr.calendar.models import Entry
from orr.lib.sentence import say
from orr.profiles.schema import CALENDAR
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.states import COLLECTING

CHANGED = say("The calendar was changed; it is asked again.")


def on_calendar(*, subject: str, first: bool, **_: Any) -> None:
    """Ask again for every review in collection whose planned time the line meets; listens to the calendar.

    Until the answer is there nothing is signed and nothing takes effect. `first`: from now on the calendar
    is measured at all, so that every review is asked.
    """
    entry = calendar.find(UUID(subject))
    open_now = Review.objects.filter(state__in=COLLECTING).select_related("change_set")
    met = sorted(one.pk for one in open_now if first or _meets(entry, one))
    # All rows before anything is logged: whoever holds one of them may be waiting for the log.
    list(Review.objects.select_for_update().filter(pk__in=met).order_by("pk").values_list("pk"))
    now_open = Review.objects.filter(pk__in=met, state__in=COLLECTING).select_related("change_set")
    for review in now_open.order_by("pk"):
        facts, rules = reviews.facts_of(review), reviews.rules_of(review)
        evidence.outdate(facts=facts, rules=rules, item=CALENDAR, why=CHANGED)


def _meets(entry: Entry, review: Review) -> bool:
    planned = Planned.of(review.body)
    if planned is None:
        return False
    marks = reading.marks_of(entry, planned.begins, planned.ends)
    return any(freezes.meets(mark, planned) for mark in marks)
