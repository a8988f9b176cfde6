"""FOCUS files: only whole days that are over count, in one currency; what cannot be read is pointed at."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from urllib.parse import urlsplit

import pytest

from evidence.collectors import cost
from evidence.contract import Malformed, Reading, Unavailable
from tests.evidence.bill_fixture import AS_OF, Configure, read, rows
from tests.evidence.contract_cases import focus_rows
from tests.lib.rogue import Rogue, answering

Judge = Callable[..., Reading]


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge(behave, kind, …)`: the reading of that bill."""
    return partial(read, configure)


def test_what_is_of_today_or_later_is_not_looked_at(judge: Judge) -> None:
    good = focus_rows(AS_OF)
    later = "many,EUR,Usage,2026-03-20T00:00:00Z\r\n1e9,USD,Usage,2026-03-31T00:00:00Z\r\n"
    zoned = "1e9,USD,Usage,2026-03-20T08:00:00+07:00\r\n"
    assert judge(rows(good + later + zoned)).value == judge(rows(good)).value == 0


def test_the_days_that_the_data_lag_behind_are_not_looked_at(judge: Judge) -> None:
    partial = focus_rows(AS_OF).replace("500.25,USD,Usage,2026-03-19", "3.25,USD,Usage,2026-03-19")
    assert judge(rows(partial)).value < 0
    found = judge(rows(partial), more='paths = ["/focus.csv"]')
    assert found.value == 0
    assert "2026-03-19" in str(found.detail)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("BilledCost", "Cost", "no column BilledCost"),
        ("ChargePeriodStart", "BilledCost", "no column BilledCost"),
        ("USD,Usage,2026-03-07", "EUR,Usage,2026-03-07", "line 26: the currency is “EUR”"),
        ("500.25,USD,Usage,2026-03-07", ",USD,Usage,2026-03-07", "line 26: BilledCost"),
        ("500.25,USD,Usage,2026-03-07", "NaN,USD,Usage,2026-03-07", "line 26: BilledCost"),
        ("500.25,USD,Usage,2026-03-07", "1_0,USD,Usage,2026-03-07", "line 26: BilledCost"),
        ("500.25,USD,Usage,2026-03-07", "9e999,USD,Usage,2026-03-07", "line 26: BilledCost"),
        ("500.25,USD,Usage,2026-03-07", '"1,5",USD,Usage,2026-03-07', "line 26: BilledCost"),
        ("500.25,USD,Usage,2026-03-07", "USD,Usage,2026-03-07", "line 26: another number of fields"),
        ("2026-03-07T00:00:00Z", "2026-03-07T00:00:00", "line 26: ChargePeriodStart"),
        ("2026-03-07T00:00:00Z", "yesterday", "line 26: ChargePeriodStart"),
        ("500.25,USD,Usage,2026-03-07", '"500.25,USD,Usage,2026-03-07', "no CSV"),
    ],
)
def test_a_row_that_cannot_be_read_is_pointed_at(judge: Judge, before: str, after: str, why: str) -> None:
    good = focus_rows(AS_OF)
    assert before in good
    with pytest.raises(Malformed, match=why):
        judge(rows(good.replace(before, after, 1)))


def test_a_file_in_another_encoding_is_no_answer(judge: Judge) -> None:
    with pytest.raises(Malformed, match="no CSV"):
        judge(answering(focus_rows(AS_OF).encode("utf-16")))
    assert judge(answering(b"\xef\xbb\xbf" + focus_rows(AS_OF).encode())).value == 0


def monthly(connection: socket.socket, head: bytes) -> None:
    """One file a month: each holds its own month's days."""
    month = urlsplit(head.split()[1].decode()).path.removeprefix("/cost-").removesuffix(".csv")
    head_line, *lines = focus_rows(date(2026, 3, 4)).splitlines(keepends=True)
    mine = "".join([head_line, *(line for line in lines if f",{month}-" in line)])
    answering(mine.encode())(connection, head)


def test_a_file_for_each_month_that_the_days_lie_in(judge: Judge) -> None:
    seen: list[Rogue] = []
    more = 'lag = 0\npaths = ["/cost-{month}.csv"]'
    found = judge(monthly, more=more, seen=seen, at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    assert found.value == 0
    assert found.query == "GET /cost-2026-02.csv\nGET /cost-2026-03.csv"
    assert seen[0].connects == 2
    told = json.loads(found.raw)["answers"]
    assert [one["answer"].partition(",")[0] for one in told] == ["BilledCost", "BilledCost"]


def test_the_files_of_a_reading_share_the_cap_on_bytes(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    body = focus_rows(AS_OF)
    monkeypatch.setattr(cost, "MAX_BYTES", len(body) + 10)
    assert judge(rows(body)).value == 0
    with pytest.raises(Unavailable, match="the rest was not read"):
        judge(rows(body), more='lag = 0\npaths = ["/a.csv", "/b.csv"]')


def test_a_bill_that_is_silent_is_not_one_of_nothing(judge: Judge) -> None:
    good = focus_rows(AS_OF)
    head_line = good.splitlines(keepends=True)[0]

    def second_is_empty(connection: socket.socket, head: bytes) -> None:
        answering((head_line if b"/b.csv" in head else good).encode())(connection, head)

    with pytest.raises(Malformed, match="holds no cost of"):
        judge(second_is_empty, more='lag = 0\npaths = ["/a.csv", "/b.csv"]')


def test_a_bill_by_months_that_lacks_a_day_is_not_filled_by_another(judge: Judge) -> None:
    def without_a_day(connection: socket.socket, head: bytes) -> None:
        whole = focus_rows(AS_OF).splitlines(keepends=True)
        part = [line for line in whole if b"/all.csv" in head or ",2026-03-15" not in line]
        assert b"/all.csv" in head or len(part) < len(whole)
        answering("".join(part).encode())(connection, head)

    with pytest.raises(Malformed, match="holds no cost of"):
        judge(without_a_day, more='lag = 0\npaths = ["/all.csv", "/cost-{month}.csv"]')
