"""Law: our notifier records each event once, believes no forged one, and acknowledges a probe."""

import json
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from orr.events import envelope, hub, relay
from orr.events.models import Outgoing
from orr.lib.errors import OrrError
from orr.messages import notify, tasks
from orr.messages.models import Acknowledgement, Receipt
from tests.demo.peers import free_port
from tests.events.conftest import Put
from tests.factories.brokers import say_outside


def ack(probe: Outgoing | str, consumer: str = "pager", **changed: Any) -> bytes:
    named = probe if isinstance(probe, str) else str(probe.event_id)
    event = {
        "specversion": "1.0", "id": str(uuid4()), "source": "https://pager.example", "subject": "pager",
        "type": "ops.approval.probe.ack", "time": "2026-11-24T00:00:00Z",
        "datacontenttype": "application/json", "data": {"probe": named, "consumer": consumer}, **changed,
    }  # fmt: skip
    return json.dumps(event).encode()


def received(message: bytes) -> bool:
    with transaction.atomic():
        return notify.receive(message)


def test_what_was_sent_is_received_once_however_often_it_comes(broker: str, put: Put) -> None:
    row = put("probe/1", "a")
    relay.run()
    say_outside(broker, envelope.to_bytes(row.envelope), row.type)
    assert notify.drain() == 2
    receipt, seen = Receipt.objects.get(), Acknowledgement.objects.get()
    assert receipt.event == row and receipt.received_at > row.recorded_at
    assert (seen.probe, seen.consumer) == (row, "notifier") and seen.at > row.recorded_at
    assert notify.drain() == 0


def test_a_message_that_was_not_acknowledged_comes_again(
    broker: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("probe/1", "a")
    relay.run()
    plain = notify.receive

    def fails(_message: bytes) -> bool:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(notify, "receive", fails)
    with pytest.raises(RuntimeError):
        notify.drain()
    monkeypatch.setattr(notify, "receive", plain)
    assert notify.drain() == 1
    assert Receipt.objects.count() == 1


def test_two_readers_at_once_receive_each_once(broker: str, put: Put, transactional_db: None) -> None:
    for n in range(20):
        put(f"probe/{n}", "a")
    relay.run()
    counts: list[int] = []

    def work() -> None:
        counts.append(notify.drain())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) + notify.drain() == 20
    assert Receipt.objects.count() == 20


def test_an_event_that_the_outbox_does_not_hold_is_refused(put: Put) -> None:
    row = put("probe/1", "a")
    forged = [
        {**row.envelope, "id": str(uuid4())},
        {**row.envelope, "id": "probe"},
        {**row.envelope, "subject": "ORR-0001"},
        {**row.envelope, "source": "https://elsewhere.example"},
        {**row.envelope, "data": {**row.envelope["data"], "acknowledge_by": "2030-01-01T00:00:00Z"}},
    ]
    assert [received(json.dumps(one).encode()) for one in forged] == [False] * len(forged)
    assert not Receipt.objects.exists() and not Acknowledgement.objects.exists()
    assert received(json.dumps(row.envelope).encode())


def test_an_outsider_acknowledges_by_an_event_and_never_in_our_name(broker: str, put: Put) -> None:
    probe, other = put("probe/1", "a"), put("probe/2", "a")
    for message in (ack(probe), ack(probe), ack(probe, "notifier"), ack(str(uuid4())), ack(other, "")):
        say_outside(broker, message, "ops.approval.probe.ack")
    assert notify.drain() == 5
    seen = Acknowledgement.objects.get()
    assert (seen.probe, seen.consumer) == (probe, "pager")


WRONG: dict[str, bytes] = {
    "empty": b"",
    "not UTF-8": b"\xff",
    "NUL": b"\x00",
    "no JSON": b"{",
    "list": b"[]",
    "deep": b"[" * 60_000,
    "large": b'{"a": "' + b"x" * 70_000 + b'"}',
    "twice": b'{"id": "a", "id": "b"}',
    "NaN": b'{"data": NaN}',
    "long number": b'{"data": ' + b"9" * 6000 + b"}",
    "no type": b'{"specversion": "1.0", "id": "a", "source": "b", "data": {}}',
    "other type": ack(str(uuid4()), type="ops.other"),
    "other version": ack(str(uuid4()), specversion="0.3"),
    "data a text": ack(str(uuid4()), data="x"),
    "more data": ack(str(uuid4()), data={"probe": str(uuid4()), "consumer": "a", "more": 1}),
    "no uuid": ack("x" * 36),
    "control": ack(str(uuid4()), source="a\nb"),
    "surrogate": ack(str(uuid4()), source="a\ud800"),
    "newline at the end": ack(str(uuid4()), "pager\n"),
    "control in an extension": ack(str(uuid4()), traceparent="a\x07"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.django_db
def test_what_is_no_event_is_refused_and_holds_nothing_up(wrong: str) -> None:
    with pytest.raises(OrrError) as refusal:
        envelope.read(WRONG[wrong])
    assert str(refusal.value)
    assert received(WRONG[wrong]) is False


def test_an_extension_attribute_is_no_mistake(put: Put) -> None:
    assert received(ack(put("probe/1", "a"), traceparent="00-abc"))


def test_a_refused_message_does_not_come_again(broker: str, put: Put) -> None:
    say_outside(broker, b"{", "ops.approval.probe.ack")
    assert (notify.drain(), notify.drain()) == (1, 0)


def test_a_broker_that_is_away_is_named_and_the_task_lives_on(settings: Any) -> None:
    settings.EVENT_HUB_URL = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    with pytest.raises(hub.Away) as away:
        notify.drain()
    assert "away" in str(away.value) and "guest" not in str(away.value)
    tasks.notify()


@pytest.mark.django_db
def test_the_database_keeps_receipts_and_lets_only_probes_be_acknowledged(put: Put) -> None:
    row = put("probe/1", "a")
    assert received(json.dumps(row.envelope).encode())
    for act in (
        lambda: Receipt.objects.update(received_at=row.recorded_at),
        lambda: Acknowledgement.objects.update(consumer="other"),
    ):
        with pytest.raises(Exception, match="stays received|never changed"), transaction.atomic():
            act()
