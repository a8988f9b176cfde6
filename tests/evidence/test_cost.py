"""G5.1: the worse of two forecasts decides, both are shown, and a day of unknown cost is an error."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from evidence import registry
from evidence.collectors import cost
from evidence.collectors.forecast import needed
from evidence.contract import Malformed, Reading, Unconfigured
from evidence.verdict import Measured, Verdict
from evidence.verdict import judge as verdict_of
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.bill_fixture import AS_OF, AT, FILES, ITEM, SOURCE, Configure, answer, read, rows, steps
from tests.evidence.conftest import rule
from tests.evidence.contract_cases import OPENCOST, day_of_allocations, focus_rows
from tests.lib.rogue import Behaviour, Rogue, answering, serving

Judge = Callable[..., Reading]


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge(behave, kind, …)`: the reading of that bill."""
    return partial(read, configure)


def verdict(found: Reading) -> Verdict:
    measured = Measured("reading", AT, value=found.value, measured_on="baseline", unit=found.unit)
    return verdict_of(measured, rule("G5.1"), AT).verdict


BOTH = [("focus", rows(focus_rows(AS_OF))), ("opencost", steps(*needed(AS_OF)))]


@pytest.mark.parametrize(("kind", "behave"), BOTH, ids=["focus", "opencost"])
def test_a_flat_month_within_its_budget_is_green_and_over_it_red(
    judge: Judge, kind: str, behave: Behaviour
) -> None:
    found = judge(behave, kind, budget=15_500)
    assert (found.value, found.unit, found.text, verdict(found)) == (0.0, "%", "+0.00 %", Verdict.GREEN)
    assert verdict(judge(behave, kind, budget=14_200)) == Verdict.GREEN
    assert verdict(judge(behave, kind, budget=14_000)) == Verdict.RED
    assert str(found.detail) == (
        "9500.00 USD before 2026-03-20; a day costs 500.00 (mean of the month) or 500.00 (mean of the last "
        "7 days). With 12 days left the month ends 0.0 % to 0.0 % over the budget of 15500.00 USD."
    )


def test_ten_per_cent_over_is_not_below_ten_per_cent(judge: Judge) -> None:
    text = focus_rows(AS_OF, cost="550.25")
    assert judge(rows(text)).value == 10.0
    assert verdict(judge(rows(text))) == Verdict.RED


def test_the_interval_is_shown_and_its_worse_end_decides(judge: Judge) -> None:
    dearer = (
        focus_rows(AS_OF, days=7, cost="700.25") + focus_rows(AS_OF - timedelta(days=7)).partition("\r\n")[2]
    )
    found = judge(rows(dearer))
    to_date = 12 * 500 + 7 * 700
    low, high = (100 * ((to_date + rate * 12) / 15_500 - 1) for rate in (to_date / 19, 700))
    assert found.value == pytest.approx(high)
    assert found.text == f"{low:+.2f} … {high:+.2f} %"
    assert verdict(found) == Verdict.RED


def test_a_day_without_rows_is_named_and_never_zero(judge: Judge) -> None:
    lines = focus_rows(AS_OF).splitlines(keepends=True)
    gone = "".join(line for line in lines if "2026-03-07" not in line)
    with pytest.raises(Malformed, match="2026-03-07"):
        judge(rows(gone))
    with pytest.raises(Malformed, match="2026-03-07"):
        judge(steps(*(day for day in needed(AS_OF) if day.day != 7)), "opencost")
    data = [{} if n == 7 else day_of_allocations(datetime(2026, 3, n)) for n in range(1, 20)]
    with pytest.raises(Malformed, match="2026-03-07"):
        judge(answer(data), "opencost")


NOTHING = {
    "no row": ("focus", rows(focus_rows(AS_OF, days=0))),
    "no byte": ("focus", rows("")),
    "no step": ("opencost", answer([])),
    "empty steps": ("opencost", answer([{}] * 19)),
    "null steps": ("opencost", answer([None] * 19)),
    "null": ("opencost", answer(None)),
}


@pytest.mark.parametrize("bill", NOTHING)
def test_nothing_is_never_zero(judge: Judge, bill: str) -> None:
    kind, behave = NOTHING[bill]
    with pytest.raises(Malformed):
        judge(behave, kind)


def test_nothing_but_zero_tells_nothing(judge: Judge) -> None:
    with pytest.raises(Malformed, match="nothing but zero"):
        judge(rows(focus_rows(AS_OF, cost="0.25")))
    with pytest.raises(Malformed, match="nothing but zero"):
        judge(steps(*needed(AS_OF), totalCost=0), "opencost")


def test_opencost_is_asked_for_each_day_with_the_idle_cost(judge: Judge) -> None:
    seen: list[Rogue] = []
    found = judge(steps(*needed(AS_OF)), "opencost", more="filter = 'namespace:\"search\"'", seen=seen)
    asked = parse_qs(urlsplit(seen[0].requests[0].split()[1].decode()).query)
    assert asked == {
        "window": ["2026-03-01T00:00:00Z,2026-03-20T00:00:00Z"],
        "step": ["1d"],
        "aggregate": ["cluster"],
        "includeIdle": ["true"],
        "filter": ['namespace:"search"'],
    }
    assert found.samples == 2 * 19


FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [day_of_allocations(FIRST + timedelta(days=n)) for n in range(19)]
NOT_DAYS = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-20T00:00:00Z"}


NOT_WHOLE = {
    "one step": answer([day_of_allocations(FIRST, window=NOT_DAYS), *DAYS[1:]]),
    "shifted": answer([day_of_allocations(FIRST + timedelta(hours=9)), *DAYS[1:]]),
    "a day twice": answer([*DAYS, DAYS[3]]),
    "two days in a step": answer([{**DAYS[0], "other": DAYS[1]["cluster-one"]}, *DAYS[1:]]),
    "no window": answer([day_of_allocations(FIRST, window=None), *DAYS[1:]]),
    "no cost": answer([day_of_allocations(FIRST, totalCost=None), *DAYS[1:]]),
    "a text": answer([day_of_allocations(FIRST, totalCost="500"), *DAYS[1:]]),
    "a truth": answer([day_of_allocations(FIRST, totalCost=True), *DAYS[1:]]),
    "NaN": answer([day_of_allocations(FIRST, totalCost=float("nan")), *DAYS[1:]]),
    "too large": answer([day_of_allocations(FIRST, totalCost=1e300), *DAYS[1:]]),
    "no step": answer([DAYS[0]["cluster-one"], *DAYS[1:]]),
    "a list": answer([list(DAYS[0].values()), *DAYS[1:]]),
    "a number": answer([1, *DAYS[1:]]),
    "a warning": answer(DAYS, warning="some of the data could not be read"),
    "an error": answer(DAYS, code=500),
    "refused": answering(json.dumps(OPENCOST["refused"]).encode()),
}


@pytest.mark.parametrize("bill", NOT_WHOLE)
def test_what_is_no_whole_answer_of_opencost_is_an_error(judge: Judge, bill: str) -> None:
    with pytest.raises(Malformed) as failed:
        judge(NOT_WHOLE[bill], "opencost")
    assert str(failed.value)


def test_without_its_source_the_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    with pytest.raises(Unconfigured) as waits:
        cost.factory()
    assert waits.value.sentence == registry.waiting("G5.1")
    assert "budget" in str(waits.value)


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("budget = 15500", "budget = 0", "/budget"),
        ("budget = 15500", "budget = nan", "/budget"),
        ("budget = 15500", "budget = inf", "/budget"),
        ("budget = 15500\n", "", "/budget"),
        ('currency = "USD"', 'currency = "usd"', "/currency"),
        ('currency = "USD"\n', "", "/currency"),
        ("lag = 0", "lag = -1", "/lag"),
        ('"/focus.csv"', '"focus.csv"', "/paths/0"),
        ('"/focus.csv"', '"/focus.csv?token=x"', "/paths/0"),
        ('["/focus.csv"]', "[]", "/paths"),
    ],
)
def test_what_is_wrong_in_the_file_is_pointed_at(
    configure: Configure, before: str, after: str, where: str
) -> None:
    good = SOURCE.format(kind="focus", url="http://127.0.0.1:1") + ITEM.format(budget=15500, more=FILES)
    assert before in good
    configure(good.replace(before, after))
    with pytest.raises(Invalid) as refused:
        sources()
    assert where in [one.pointer for one in refused.value.errors]


CHECKED = {
    "rows": ("focus", rows(focus_rows(AS_OF)), True),
    "a page": ("focus", rows("<html>sign in</html>"), False),
    "no file": ("focus", answering(b"", "404 Not Found"), False),
    "allocations": ("opencost", answer([{}]), True),
    "no data": ("opencost", answer(None), False),
    "a list": ("opencost", rows("[]"), False),
}


@pytest.mark.parametrize("case", CHECKED)
def test_the_check_asks_each_kind_once(configure: Configure, case: str) -> None:
    kind, behave, ok = CHECKED[case]
    with serving(behave) as rogue:
        more = FILES if kind == "focus" else ""
        configure(SOURCE.format(kind=kind, url=rogue.url) + ITEM.format(budget=1, more=more))
        assert ask(sources().by_name["bill"]).ok is ok
        assert rogue.connects == 1
