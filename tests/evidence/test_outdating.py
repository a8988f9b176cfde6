"""Law: what was measured before something changed stands no more, nor what is still being measured then."""

import pytest

from evidence import actions, record, registry
from evidence.collectors.calendar import ChangeCalendar
from evidence.contract import Reading
from evidence.latest import latest
from evidence.models import Collection
from orr.lib import clock
from orr.lib.sentence import say
from tests.evidence.conftest import facts_of, rule

pytestmark = pytest.mark.django_db
FACTS, RULE = facts_of(), rule("G7.3")
WHY = say("The calendar was changed; it is asked again.")


def green() -> Reading:
    """A reading of a collection that begins now."""
    return Reading(
        value=1.0, passed=True, text="Release week", samples=1, raw=b"{}", query="calendar",
        source="calendar", url="/calendar", measured_at=clock.now(), measured_on="candidate",
    )  # fmt: skip


def keep(found: Reading) -> None:
    record.reading(record.About(FACTS, RULE, "calendar", None), found)


def outdate() -> None:
    actions.outdate(facts=FACTS, rules=[RULE], item="G7.3", why=WHY)


def newest() -> tuple[str, str]:
    row = latest(FACTS.subject, bound=FACTS.bound())["G7.3"].evidence
    return row.outcome, row.judged


@pytest.mark.parametrize("before", ["nothing", "a reading", "lacking"])
def test_an_answer_that_was_under_way_does_not_stand(before: str) -> None:
    if before == "a reading":
        keep(green())
    elif before == "lacking":
        outdate()
    under_way = green()
    outdate()
    keep(under_way)
    assert newest() == ("lacking", "pending")


def test_what_is_measured_afterwards_stands() -> None:
    outdate()
    keep(green())
    assert newest()[0] == "reading"


def test_it_is_asked_again(collectors: dict[str, registry.Factory]) -> None:
    collectors["G7.3"] = ChangeCalendar
    outdate()
    asked = Collection.objects.get(subject=FACTS.subject)
    assert [one.item for one in asked.items.all()] == ["G7.3"]


def test_an_item_that_no_profile_asks_for_gets_no_row() -> None:
    actions.outdate(facts=FACTS, rules=[], item="G7.3", why=WHY)
    assert "G7.3" not in latest(FACTS.subject, bound=FACTS.bound())
