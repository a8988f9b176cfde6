"""Bills as FOCUS files and as OpenCost's answers, and the reading of one, as of the 20th of March."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from evidence.collectors import cost
from evidence.contract import Query, Reading, Window
from tests.evidence.conftest import facts_of, rule
from tests.evidence.contract_cases import OPENCOST, day_of_allocations
from tests.lib.rogue import Behaviour, Rogue, answering, serving

AT = datetime(2026, 3, 20, 14, 30, tzinfo=UTC)
AS_OF = AT.date()
SOURCE = '[sources.bill]\nkind = "{kind}"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
ITEM = '[items."G5.1"]\nsource = "bill"\nbudget = {budget}\ncurrency = "USD"\n{more}\n'
FILES = 'lag = 0\npaths = ["/focus.csv"]'
Configure = Callable[[str], None]
Judge = Callable[..., Reading]


def read(
    configure: Configure, behave: Behaviour, kind: str = "focus", *, budget: float = 15_500,
    more: str | None = None, seen: list[Rogue] | None = None, at: datetime = AT,
) -> Reading:  # fmt: skip
    """The reading of that bill; `seen` gets the server, `more` is the rest of the item's entry."""
    if more is None:
        more = FILES if kind == "focus" else ""
    with serving(behave) as rogue:
        if seen is not None:
            seen.append(rogue)
        configure(SOURCE.format(kind=kind, url=rogue.url) + ITEM.format(budget=budget, more=more))
        return cost.factory().collect(Query("G5.1", rule("G5.1"), facts_of()), Window.before(at, 1))


def rows(text: str) -> Behaviour:
    return answering(text.encode())


def steps(*days: date, **changes: Any) -> Behaviour:
    """OpenCost's answer about these days, 500 each."""
    at = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    return answer([day_of_allocations(one, **changes) for one in at])


def answer(data: Any, **changes: Any) -> Behaviour:
    return answering(json.dumps({**OPENCOST["allocation"], "data": data, **changes}).encode())
