"""Law: the approval route is green only where a consumer acknowledged this very probe, in time."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from evidence import engine, registry
from evidence.collectors import event_hub
from evidence.collectors.event_hub import ApprovalRoute
from evidence.contract import Query, Reading, Unavailable, Unconfigured
from orr.events.models import Outgoing
from orr.messages import probing
from orr.messages.models import Acknowledgement
from tests.demo.peers import free_port
from tests.events.conftest import broker as broker
from tests.events.conftest import nobody_wakes_the_relay as nobody_wakes_the_relay
from tests.evidence.conftest import facts_of, rule
from tests.evidence.contract_cases import WINDOW
from tests.factories.brokers import outside, say_outside
from tests.lib.rogue import serving
from tests.messages.test_our_notifier_receives_each_event_once import ack

QUERY = Query("G7.2", rule("G7.2"), facts_of())
QUICK = ApprovalRoute(timeout=2.0)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our notifier reads nothing."""
    monkeypatch.setattr(probing, "listen", lambda: None)


@pytest.mark.django_db
def test_a_probe_that_our_notifier_acknowledged_is_a_whole_reading(broker: str) -> None:
    found = ApprovalRoute().collect(QUERY, WINDOW)
    probe, seen = Outgoing.objects.get(), Acknowledgement.objects.get()
    assert (found.passed, found.source, found.samples) == (True, "notifier", 1)
    assert found.measured_at == seen.at > probe.recorded_at
    raw = json.loads(found.raw)
    assert (raw["probe"], raw["consumer"]) == (str(probe.event_id), "notifier")
    assert str(probe.event_id) in found.query and found.url.endswith("/audit/events")
    (message,) = outside(broker)
    assert json.loads(message.body)["type"] == "ops.approval.probe"


@pytest.mark.django_db
def test_each_reading_has_a_probe_of_its_own(broker: str) -> None:
    first, second = (ApprovalRoute().collect(QUERY, WINDOW) for _ in range(2))
    assert first.query != second.query and Outgoing.objects.count() == 2


@pytest.mark.django_db
def test_where_nobody_acknowledges_it_is_an_error_in_time_and_never_green(broker: str, deaf: None) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable, match="notifier did not acknowledge the probe within 2 seconds"):
        QUICK.collect(QUERY, WINDOW)
    assert time.monotonic() - began < 3
    assert Outgoing.objects.get().sent_at is not None


@pytest.mark.django_db
def test_the_answer_to_another_probe_does_not_count(
    broker: str, deaf: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = probing.ask(9)

    def answer_the_older() -> None:
        say_outside(broker, ack(older, "pager"), "ops.approval.probe.ack")
        Acknowledgement.objects.create(probe=older, consumer="notifier", at=older.recorded_at)

    monkeypatch.setattr(probing, "listen", answer_the_older)
    with pytest.raises(Unavailable, match="did not acknowledge"):
        QUICK.collect(QUERY, WINDOW)


@pytest.mark.parametrize(("late", "counts"), [(-0.001, True), (0.0, False), (0.5, False)])
@pytest.mark.django_db
def test_an_answer_counts_only_before_the_deadline_of_its_probe(
    late: float, counts: bool, broker: str, deaf: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered() -> None:
        probe = Outgoing.objects.get()
        deadline = datetime.fromisoformat(probe.envelope["data"]["acknowledge_by"])
        at = deadline + timedelta(seconds=late)
        Acknowledgement.objects.create(probe=probe, consumer="notifier", at=at)

    monkeypatch.setattr(probing, "listen", answered)
    if counts:
        assert QUICK.collect(QUERY, WINDOW).passed
        return
    with pytest.raises(Unavailable, match="did not acknowledge the probe"):
        QUICK.collect(QUERY, WINDOW)


@pytest.mark.django_db
def test_an_outside_consumer_counts_where_the_settings_name_it_and_ours_does_not(
    broker: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENT_HUB_CONSUMER = "pager"
    listen = probing.listen
    with pytest.raises(Unavailable, match="pager did not acknowledge"):
        QUICK.collect(QUERY, WINDOW)
    assert Acknowledgement.objects.get().consumer == "notifier"
    outside(broker)

    def pager() -> None:
        (message,) = outside(broker)
        say_outside(broker, ack(json.loads(message.body)["id"], "pager"), "ops.approval.probe.ack")
        listen()

    monkeypatch.setattr(probing, "listen", pager)
    found = QUICK.collect(QUERY, WINDOW)
    assert (found.passed, found.source) == (True, "pager")


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named_at_once(settings: Any) -> None:
    settings.EVENT_HUB_URL = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    began = time.monotonic()
    with pytest.raises(Unavailable, match="The event hub is away") as failed:
        ApprovalRoute().collect(QUERY, WINDOW)
    assert time.monotonic() - began < 5
    assert "guest:guest" not in str(failed.value)


def _closes(connection: Any, _head: bytes) -> None:
    connection.close()


FAULTS: dict[str, Callable[..., None]] = {
    "closes": _closes,
    "no broker": lambda connection, _head: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.django_db
def test_what_is_no_broker_is_an_error_with_its_reason(fault: str, scheme: str, settings: Any) -> None:
    with serving(FAULTS[fault]) as rogue:
        settings.EVENT_HUB_URL = f"{scheme}://127.0.0.1:{rogue.port}/"
        with pytest.raises(Unavailable, match="The event hub") as failed:
            ApprovalRoute().collect(QUERY, WINDOW)
    assert str(failed.value.sentence)


def test_without_a_broker_the_item_waits_and_says_for_what(settings: Any) -> None:
    settings.EVENT_HUB_URL = "memory://"
    with pytest.raises(Unconfigured, match="no broker is configured"):
        event_hub.factory()
    settings.EVENT_HUB_URL = "redis://localhost"
    assert isinstance(event_hub.factory(), ApprovalRoute)


def test_a_whole_collection_asks_in_a_thread_of_its_own(
    broker: str, transactional_db: None, collectors: dict[str, Any]
) -> None:
    registry.register("G7.2", event_hub.factory)
    job = engine.Job(QUERY, WINDOW, registry.collector("G7.2"))
    (attempt,) = engine.fan_out([job])
    assert isinstance(attempt.result, Reading) and attempt.result.passed
    assert attempt.source == "event hub"


def test_it_counts_for_an_hour() -> None:
    assert rule("G7.2").freshness == 3600
