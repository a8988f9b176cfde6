"""Exemplars inform: only ids of traces lead anywhere, and whatever becomes of them the reading stands."""

import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.collectors.exemplars import links, slowest
from evidence.collectors.prometheus import Latency
from evidence.contract import Query, Reading
from orr.lib.errors import Invalid
from orr.sources.items import PrometheusItem
from orr.sources.load import sources
from orr.sources.source import Source
from tests.evidence.conftest import facts_of, rule
from tests.evidence.contract_cases import NOW, WINDOW, query_api
from tests.evidence.test_contract import FAULTS, NO_ANSWERS
from tests.lib.rogue import Behaviour, answering, serving

END = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
START = END - timedelta(minutes=30)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
LINK = "https://tempo.example.org/trace/{trace_id}"


def one(trace: Any = TRACE, value: Any = "1.5", ago: float = 60, label: str = "trace_id") -> dict[str, Any]:
    """One exemplar as the API has it."""
    return {"labels": {label: trace}, "value": value, "timestamp": END.timestamp() - ago}


def told(*exemplars: Any) -> list[Any]:
    return [{"seriesLabels": {"__name__": "search_seconds_bucket"}, "exemplars": list(exemplars)}]


def test_the_slowest_come_first_each_once_and_three_at_most() -> None:
    ids = [f"{n:032x}" for n in range(1, 6)]
    found = told(*(one(trace, str(n)) for n, trace in enumerate(ids)), one(ids[4], "0.1"))
    assert slowest(found, START, END) == [ids[4], ids[3], ids[2]]
    assert slowest(told(one(TRACE.upper(), label="traceID")), START, END) == [TRACE]
    assert slowest(told(one("0af7651916cd43dd")), START, END) == ["0af7651916cd43dd"]


@pytest.mark.parametrize(
    "bad",
    [
        one("../admin"), one("javascript:alert(1)"), one('"><script>'), one(f"{TRACE}0"), one("abc"), one(""),
        one("0" * 32), one(None), one([TRACE]), one(f"{TRACE[:-1]}\n"), one(value="NaN"), one(value="+Inf"),
        one(value=None), one(value="slow"), one(ago=-1), one(ago=1801), one(label="span_id"),
        {**one(), "timestamp": None}, {**one(), "labels": None}, {**one(), "labels": [TRACE]},
        {}, [], None, 1,
    ],
)  # fmt: skip
def test_what_is_no_trace_of_the_window_is_left_out_and_hides_no_other(bad: Any) -> None:
    assert slowest(told(bad, one(value="0.1")), START, END) == [TRACE]


@pytest.mark.parametrize(
    "data", [[], {}, None, "x", 1, [[]], [None], [{}], [{"exemplars": None}], [{"exemplars": {}}]]
)
def test_a_server_that_tells_of_none_names_none(data: Any) -> None:
    assert slowest(data, START, END) == []


def test_a_link_is_made_only_by_a_template() -> None:
    assert links(LINK, [TRACE]) == ((TRACE, f"https://tempo.example.org/trace/{TRACE}"),)
    assert links(None, [TRACE]) == links(LINK, []) == ()


def with_exemplars(behave: Behaviour) -> Behaviour:
    """Prometheus as recorded, whose exemplars are answered by `behave`."""

    def both(connection: socket.socket, head: bytes) -> None:
        (behave if b"/query_exemplars" in head.split(b"\r\n")[0] else query_api)(connection, head)

    return both


def read(behave: Behaviour) -> Reading:
    with serving(with_exemplars(behave)) as rogue:
        source = Source("metrics", "prometheus", rogue.url, internal=True, timeout=1.5)
        item = PrometheusItem(source="metrics", metric="search_seconds", trace_link=LINK)
        return Latency(source, item).collect(Query("G1.2", rule("G1.2"), facts_of()), WINDOW)


OTHERS = {name: behave for name, (behave, _) in FAULTS.items()} | NO_ANSWERS | {
    "look-alike": answering(b'{"status":"success","data":[]}'),
    "refused": answering(b'{"status":"error","error":"not enabled"}', "400 Bad Request"),
    "rubbish": answering(json.dumps({"status": "success", "data": told(one("<b>"))}).encode()),
}  # fmt: skip


@pytest.mark.parametrize("fault", OTHERS)
def test_whatever_becomes_of_exemplars_the_reading_is_the_same(fault: str) -> None:
    began = time.monotonic()
    found = read(OTHERS[fault])
    assert time.monotonic() - began < 1.5
    assert (found.passed, found.links) == (True, ())
    assert found.value is not None and found.samples
    assert "Slowest" not in str(found.detail)
    assert json.loads(found.raw)


def test_the_slowest_trace_is_told_with_its_link() -> None:
    at = (NOW - timedelta(minutes=1)).timestamp()
    found = read(
        answering(json.dumps({"status": "success", "data": told({**one(), "timestamp": at})}).encode())
    )
    assert found.links == ((TRACE, f"https://tempo.example.org/trace/{TRACE}"),)
    assert f" Slowest traces: {TRACE}." in str(found.detail)


@pytest.mark.parametrize(
    "template",
    ["https://tempo.example.org/trace/", "javascript:{trace_id}", 'https://x/{trace_id}\\" onclick'],
)
def test_a_template_that_is_none_is_refused_with_the_file(
    configure: Callable[[str], None], template: str
) -> None:
    source = '[sources.metrics]\nkind = "prometheus"\nurl = "http://127.0.0.1:1"\n'
    configure(source + f'trace_link = "{template}"\n')
    with pytest.raises(Invalid):
        sources()
    configure(source + f'trace_link = "{LINK}"\n')
    assert sources().by_name["metrics"].trace_link == LINK
