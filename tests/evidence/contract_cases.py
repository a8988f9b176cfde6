"""Every collector that asks over HTTP, with the recorded answers that it reads well."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from evidence.collectors import oci
from evidence.collectors.backups import PointInTime
from evidence.collectors.calendar import ChangeCalendar
from evidence.collectors.cost import Overage
from evidence.collectors.kubernetes import Rehearsals
from evidence.collectors.ofrep import Flags
from evidence.collectors.opa import Policy
from evidence.collectors.prometheus import Latency, NoIncrease, SuccessRate
from evidence.collectors.runbooks import Runbooks
from evidence.contract import Collector, Window
from orr.sources.recovery import BarmanItem, KubernetesItem, Pages, PgbackrestItem, RunbooksItem
from orr.sources.schema import Feed, FocusItem, OfrepItem, OpaItem, OpencostItem, PrometheusItem
from orr.sources.source import Source
from tests.evidence.conftest import NEW, OLD
from tests.lib.rogue import Behaviour, answering

HERE = Path(__file__).parent / "recorded"
RECORDED = json.loads((HERE / "prometheus-2.42.json").read_text())
OPA = json.loads((HERE / "opa.json").read_text())
OPENCOST = json.loads((HERE / "opencost.json").read_text())
OFREP = json.loads((HERE / "ofrep.json").read_text())
PGBACKREST = json.loads((HERE / "pgbackrest-2.45.json").read_text())
BARMAN = json.loads((HERE / "barman-3.4.json").read_text())
KUBERNETES = json.loads((HERE / "kubernetes.json").read_text())
NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window.before(NOW, 1800)
Make = Callable[[Source], Collector]


@dataclass(frozen=True)
class Case:
    """A collector, the item it answers, and the recorded answers it reads well."""

    code: str
    make: Make
    good: Behaviour
    kind: str = "prometheus"


def query_api(connection: socket.socket, head: bytes) -> None:
    """What Prometheus 2.42 answered to each form of query, for the time that is asked for."""
    url = urlsplit(head.split()[1].decode())
    asked = parse_qs(url.query)
    body = json.loads(json.dumps(RECORDED[_form(url.path, asked["query"][0])]))
    if url.path == "/api/v1/query":
        for series in body["data"]["result"]:
            series["value"][0] = float(asked["time"][0])
    answering(json.dumps(body).encode())(connection, head)


def _form(path: str, promql: str) -> str:
    if path.endswith("exemplars"):
        return "exemplars"
    if promql.startswith("count by (le)"):
        return "boundaries"
    if "unless" in promql:
        return "empty"
    return "share" if "/" in promql else "number"


def registry(connection: socket.socket, head: bytes) -> None:
    """What a registry answers: the tag reads the old digest, the new one is there."""
    reads = NEW if NEW.encode() in head.split()[1] else OLD
    answering(b"", headers=f"Docker-Content-Digest: {reads}\r\n")(connection, head)


def metric(kind: Any) -> Make:
    return lambda source: kind(source, PrometheusItem(source="metrics", metric="search_seconds"))


def pinned(_source: Source) -> Collector:
    return oci.PinnedDigests(timeout=0.7)


def policy(source: Source) -> Collector:
    return Policy(source, OpaItem(source="metrics", path="orr/allow"))


def flag_server(connection: socket.socket, head: bytes) -> None:
    """Each flag has a value."""
    key = urlsplit(head.split()[1].decode()).path.rpartition("/")[2]
    answering(json.dumps({**OFREP["value"], "key": key}).encode())(connection, head)


def flags(source: Source) -> Collector:
    return Flags(source, OfrepItem(source="metrics", flags=("search.brake", "ingest.brake")))


def allocations(connection: socket.socket, head: bytes) -> None:
    """OpenCost's answer in steps of a day for the window that is asked for."""
    asked = parse_qs(urlsplit(head.split()[1].decode()).query)["window"][0].split(",")
    start, end = (datetime.fromisoformat(at) for at in asked)
    steps = [start + timedelta(days=n) for n in range((end - start).days)]
    data = [day_of_allocations(at) for at in steps]
    answering(json.dumps({**OPENCOST["allocation"], "data": data}).encode())(connection, head)


def day_of_allocations(at: datetime, **changes: Any) -> dict[str, Any]:
    """One step of an answer: that day's allocations, 500 all together."""
    window = {"start": f"{at:%FT%TZ}", "end": f"{at + timedelta(days=1):%FT%TZ}"}
    step = OPENCOST["allocation"]["data"][0]
    return {name: {**allocation, "window": window, **changes} for name, allocation in step.items()}


def focus_rows(until: date, days: int = 40, cost: str = "500.25", currency: str = "USD") -> str:
    """FOCUS rows of the days before `until`, the newest first, with a credit each."""
    lines = ["BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart"]
    for n in range(1, days + 1):
        at = f"{until - timedelta(days=n)}T00:00:00Z"
        lines += [f"{cost},{currency},Usage,{at}", f"-0.25,{currency},Credit,{at}"]
    return "\r\n".join(lines) + "\r\n"


def cost_by_opencost(source: Source) -> Collector:
    return Overage(source, OpencostItem(source="metrics", budget=Decimal(20_000), currency="USD"))


def cost_by_focus(source: Source) -> Collector:
    item = FocusItem(source="metrics", budget=Decimal(20_000), currency="USD", paths=("/focus.csv",))
    return Overage(source, item)


def an_hour_ago() -> int:
    return int((NOW - timedelta(hours=1)).timestamp())


def by_pgbackrest(connection: socket.socket, head: bytes) -> None:
    """The stanza's backup, which ended an hour ago."""
    told = json.loads(json.dumps(PGBACKREST["whole"]))
    told[0]["backup"][0]["timestamp"]["stop"] = an_hour_ago()
    answering(json.dumps(told).encode())(connection, head)


def by_barman(connection: socket.socket, head: bytes) -> None:
    """The server's checks, or its backup, which ended an hour ago."""
    told = json.loads(json.dumps(BARMAN["backup" if b"/backup" in head.split(b"\r\n")[0] else "check"]))
    if "backup_id" in told["main"]:
        told["main"]["base_backup_information"]["end_time_timestamp"] = str(an_hour_ago())
    answering(json.dumps(told).encode())(connection, head)


def backups_by_pgbackrest(source: Source) -> Collector:
    return PointInTime(source, PgbackrestItem(source="metrics", path="/info.json", stanza="main"))


def backups_by_barman(source: Source) -> Collector:
    item = BarmanItem(source="metrics", check="/check.json", backup="/backup.json", server="main")
    return PointInTime(source, item)


def listed(resource: str) -> Behaviour:
    """The recorded list, of an hour ago."""
    text = json.dumps(KUBERNETES[resource])
    return answering(text.replace("2026-03-01T02", f"{NOW - timedelta(hours=1):%FT%H}").encode())


def kubernetes(resource: Any) -> Make:
    item = KubernetesItem(
        source="metrics", resource=resource, namespace="velero", labels={"rehearsal": "search"}
    )
    return lambda source: Rehearsals(source, item)


def runbooks(source: Source) -> Collector:
    pages = Pages(runbook="/runbooks/search", continuity="/plans/search")
    return Runbooks(source, RunbooksItem(source="metrics", services={"search": pages}))


def http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def calendar_feed(source: Source) -> Collector:
    """Of feeds alone: our own calendar is the database's."""
    feeds = (Feed(path="/changes.ics", kind="entry", for_everyone=True),)
    return ChangeCalendar(source, feeds, own=lambda _begin, _end: [])


CASES = [
    Case("G1.1", metric(Latency), query_api),
    Case("G1.2", metric(Latency), query_api),
    Case("G1.3", metric(Latency), query_api),
    Case("G1.4", metric(SuccessRate), query_api),
    Case("G3.2", metric(NoIncrease), query_api),
    Case("G2.3", pinned, registry, "oci"),
    Case("G3.1", policy, answering(json.dumps(OPA["true"]).encode()), "opa"),
    Case("G5.2", flags, flag_server, "ofrep"),
    Case("G5.1", cost_by_opencost, allocations, "opencost"),
    Case("G5.1", cost_by_focus, answering(focus_rows(NOW.date()).encode()), "focus"),
    Case("G6.1", backups_by_pgbackrest, by_pgbackrest, "pgbackrest"),
    Case("G6.1", backups_by_barman, by_barman, "barman"),
    Case("G6.2", kubernetes("restores"), listed("restores"), "velero"),
    Case("G6.2", kubernetes("volumesnapshots"), listed("volumesnapshots"), "snapshots"),
    Case("G6.3", kubernetes("restores"), listed("restores"), "velero"),
    Case(
        "G7.4",
        runbooks,
        answering(b"# Search", headers=f"Last-Modified: {http_date(NOW - timedelta(days=9))}\r\n"),
        "runbooks",
    ),
    Case("G7.3", calendar_feed, answering((HERE / "changes.ics").read_bytes()), "icalendar"),
]
