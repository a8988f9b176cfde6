"""The FOCUS cost rows of the cases: their sums, both run rates, the forecast and its verdict."""

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors.focus import Costs
from evidence.collectors.forecast import Forecast, forecast, needed
from evidence.verdict import Measured, judge
from orr.profiles import load

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]


@pytest.fixture
def expected(cases: Cases) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cases("focus") / "expected.json").read_text())
    return found


@pytest.fixture
def body(cases: Cases, expected: dict[str, Any]) -> bytes:
    return (cases("focus") / expected["file"]).read_bytes()


def the_day(expected: dict[str, Any]) -> date:
    return datetime.fromisoformat(expected["as_of"]).date()


def costs_of(body: bytes, expected: dict[str, Any], *between: date) -> Costs:
    since, until = between or (needed(the_day(expected))[0], the_day(expected))
    costs = Costs(since, until, "USD")
    costs.add(expected["file"], body)
    return costs


def forecast_of(body: bytes, expected: dict[str, Any]) -> Forecast:
    costs = costs_of(body, expected)
    return forecast(costs.daily, the_day(expected), Decimal(str(expected["budget_month"])))


def test_every_row_is_read(body: bytes, expected: dict[str, Any]) -> None:
    assert costs_of(body, expected, date(2026, 1, 1), date(2026, 4, 1)).rows == expected["rows"]


def test_the_months_sums(body: bytes, expected: dict[str, Any]) -> None:
    def month(n: int) -> float:
        costs = costs_of(body, expected, date(2026, n, 1), date(2026, n + 1, 1))
        return float(sum(costs.daily.values()))

    assert month(2) == pytest.approx(expected["previous_month_billed"], abs=5e-5)
    assert month(3) == pytest.approx(expected["actual_month_billed"], abs=5e-5)


def test_the_forecast_and_its_verdict(body: bytes, expected: dict[str, Any]) -> None:
    found = forecast_of(body, expected)
    assert the_day(expected).day - 1 == expected["days_done"]
    assert found.days_left == expected["days_left"]
    assert float(found.month_to_date) == pytest.approx(expected["month_to_date_billed"], abs=5e-5)
    assert float(found.by_month) == pytest.approx(expected["mean_daily_month_to_date"], abs=5e-5)
    assert float(found.by_week) == pytest.approx(expected["mean_daily_last_7_days"], abs=5e-5)
    asked = expected["forecast_overage"]
    low, high = sorted([asked["by_mean_month_to_date"], asked["by_mean_last_7_days"]])
    assert [float(end) for end in found.overages] == pytest.approx([low, high], abs=5e-5)
    at = datetime.fromisoformat(expected["as_of"])
    measured = Measured("reading", at, value=float(found.overages[1]) * 100, unit="%", measured_on="baseline")
    assert judge(measured, load.get("standard").items["G5.1"], at).verdict == expected["expected"]


def test_rows_of_the_day_and_later_are_not_looked_at(body: bytes, expected: dict[str, Any]) -> None:
    lines = body.decode().splitlines(keepends=True)
    place = next(csv.reader(lines)).index("ChargePeriodStart")
    past = [line for line in lines[1:] if line.split(",")[place] < expected["as_of"]]
    assert len(past) < len(lines) - 1
    assert forecast_of("".join([lines[0], *past]).encode(), expected) == forecast_of(body, expected)


def test_the_credit_is_subtracted(body: bytes, expected: dict[str, Any]) -> None:
    rows = list(csv.DictReader(body.decode().splitlines()))
    in_march = [row for row in rows if "2026-03-01" <= row["ChargePeriodStart"] < expected["as_of"]]
    credits = [Decimal(row["BilledCost"]) for row in in_march if row["ChargeCategory"] == "Credit"]
    assert credits and all(credit < 0 for credit in credits)
    charged = sum(Decimal(row["BilledCost"]) for row in in_march if row["ChargeCategory"] != "Credit")
    assert forecast_of(body, expected).month_to_date == charged + sum(credits)
