"""Laws of the forecast: the month so far and its days left, by two run rates; unknown is never zero."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.collectors.forecast import DAY, MissingDay, forecast, needed

BUDGET = Decimal(3100)


def flat(as_of: date, cost: str = "100") -> dict[date, Decimal]:
    return dict.fromkeys(needed(as_of), Decimal(cost))


def test_a_flat_month_ends_where_it_was_going() -> None:
    found = forecast(flat(date(2026, 3, 20)), date(2026, 3, 20), BUDGET)
    assert (found.month_to_date, found.days_left) == (1900, 12)
    assert (found.by_month, found.by_week) == (100, 100)
    assert found.overages == (0, 0)


def test_both_rates_make_the_interval_and_the_higher_one_is_the_worse() -> None:
    as_of = date(2026, 3, 20)
    daily = flat(as_of)
    for day in needed(as_of)[-7:]:
        daily[day] = Decimal(200)
    found = forecast(daily, as_of, BUDGET)
    assert found.month_to_date == 12 * 100 + 7 * 200
    low, high = found.overages
    assert low == (2600 + Decimal(2600) / 19 * 12) / 3100 - 1
    assert high == Decimal(2600 + 200 * 12) / 3100 - 1
    slower = forecast({day: 300 - cost for day, cost in daily.items()}, as_of, BUDGET)
    assert slower.month_to_date == 12 * 200 + 7 * 100
    assert slower.overages == (
        Decimal(3100 + 12 * 100) / 3100 - 1,
        (3100 + Decimal(3100) / 19 * 12) / 3100 - 1,
    )


def test_a_credit_is_subtracted() -> None:
    as_of = date(2026, 3, 20)
    credited = flat(as_of) | {date(2026, 3, 5): Decimal(100) - 950}
    assert forecast(credited, as_of, BUDGET).month_to_date == 950
    assert forecast(credited, as_of, BUDGET).overages[1] == Decimal(950 + 1200) / 3100 - 1


def test_what_comes_later_is_not_looked_at() -> None:
    as_of = date(2026, 3, 20)
    later = {as_of + n * DAY: Decimal(10_000) for n in range(12)}
    assert forecast(flat(as_of) | later, as_of, BUDGET) == forecast(flat(as_of), as_of, BUDGET)


def test_on_the_first_of_a_month_the_last_week_speaks_alone() -> None:
    as_of = date(2026, 3, 1)
    assert needed(as_of)[0] == date(2026, 2, 22)
    found = forecast(flat(as_of), as_of, BUDGET)
    assert (found.month_to_date, found.days_left, found.by_month) == (0, 31, 100)
    assert found.overages == (0, 0)


@pytest.mark.parametrize(("as_of", "left"), [
    (date(2024, 2, 29), 1), (date(2026, 2, 28), 1), (date(2026, 12, 31), 1), (date(2026, 1, 2), 30),
])  # fmt: skip
def test_months_have_their_own_lengths(as_of: date, left: int) -> None:
    assert forecast(flat(as_of), as_of, BUDGET).days_left == left


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.data())
def test_a_day_of_unknown_cost_is_never_zero(as_of: date, data: st.DataObject) -> None:
    daily = flat(as_of)
    gone = data.draw(st.sampled_from(needed(as_of)))
    del daily[gone]
    with pytest.raises(MissingDay) as missing:
        forecast(daily, as_of, BUDGET)
    assert missing.value.day == gone


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.lists(st.integers(0, 10**6), min_size=38, max_size=38)
)
def test_the_interval_holds_both_and_dearer_days_never_lower_it(as_of: date, costs: list[int]) -> None:
    days = needed(as_of)
    daily = {day: Decimal(cost) for day, cost in zip(days, costs, strict=False)}
    low, high = forecast(daily, as_of, BUDGET).overages
    assert low <= high
    dearer = daily | {days[-1]: daily[days[-1]] + 100}
    assert forecast(dearer, as_of, BUDGET).overages >= (low, high)
    assert forecast(daily, as_of, BUDGET * 2).overages[1] <= high


@pytest.mark.parametrize("budget", ["0", "-1", "NaN", "Infinity"])
def test_a_budget_is_above_zero(budget: str) -> None:
    as_of = date(2026, 3, 20)
    with pytest.raises(ValueError, match="above zero"):
        forecast(flat(as_of), as_of, Decimal(budget))


def test_needed_days_are_without_a_gap() -> None:
    for as_of in (date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 31)):
        days = needed(as_of)
        assert days[-1] == as_of - DAY
        assert len(days) == max(as_of.day - 1, 7)
        assert {later - sooner for sooner, later in zip(days, days[1:], strict=False)} == {timedelta(1)}
