"""Law: no message is unpacked, and one that cannot be read is rejected once and holds nothing up."""

import bz2
import json
import logging
import zlib
from typing import Any

import pytest
from kombu import Connection

from orr.events import delivery, envelope, hub, relay
from orr.messages import notify
from orr.messages.models import Acknowledgement, Receipt
from tests.events.conftest import Put
from tests.factories.brokers import say_outside
from tests.messages.test_our_notifier_receives_each_event_once import ack

ACK = "ops.approval.probe.ack"
REJECTED = "is rejected and does not come again"


def held(url: str) -> int:
    """How many messages the broker keeps for us, in the queue or in a reader's hand."""
    with Connection(url) as connection:
        channel: Any = connection.default_channel
        waiting = int(hub.NOTIFIER(channel).queue_declare().message_count)
        return waiting + (channel.client.hlen(hub.VALKEY["unacked_key"]) if hasattr(channel, "client") else 0)


@pytest.mark.parametrize("named", ["zstd-none", "gzip", "application/x-bz2", "bzip2"])
def test_a_compression_that_a_header_names_holds_nothing_up(named: str, broker: str, put: Put) -> None:
    put("probe/1", "a")
    say_outside(broker, b"x", ACK, {"compression": named})
    relay.run()
    assert (notify.drain(), notify.drain()) == (2, 0)
    assert Receipt.objects.count() == 1 and held(broker) == 0


@pytest.mark.parametrize(("named", "packed"), [("gzip", zlib.compress), ("bzip2", bz2.compress)])
def test_what_is_compressed_stays_as_it_was_sent(named: str, packed: Any, broker: str, put: Put) -> None:
    bomb, answer = packed(b" " * 20_000_000), packed(ack(put("probe/1", "a")))
    for body in (bomb, answer):
        say_outside(broker, body, ACK, {"compression": named, "more": "kept"})
    with hub.reading() as reader:
        messages, rejected = reader.take(5)
        assert [message.body for message in messages] == [bomb, answer] and rejected == 0
        assert [message.headers["more"] for message in messages] == ["kept", "kept"]
        assert not any(notify.receive(message.body) for message in messages)
        for message in messages:
            message.ack()
    assert not Acknowledgement.objects.exists()


def test_what_is_larger_than_an_event_is_rejected_at_once(
    broker: str, put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ack(put("probe/1", "a"))
    for body in (b"x" * (envelope.LARGEST + 1), answer, b"x" * 1_000_000):
        say_outside(broker, body, ACK)
    with caplog.at_level(logging.WARNING, "orr.events.hub"), hub.reading() as reader:
        messages, rejected = reader.take(5)
        assert ([message.body for message in messages], rejected) == ([answer], 2)
        messages[0].ack()
    assert [REJECTED in line for line in caplog.messages] == [True, True]
    assert held(broker) == 0


def test_a_batch_of_nothing_but_refuse_does_not_end_the_reading(
    broker: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "BATCH", 2)
    for _ in range(4):
        say_outside(broker, b"x" * (envelope.LARGEST + 1), ACK)
    say_outside(broker, ack(put("probe/1", "a")), ACK)
    assert (notify.drain(), notify.drain()) == (5, 0)
    assert Acknowledgement.objects.get().consumer == "pager"


def test_whatever_a_message_does_to_its_reader_it_does_once(
    broker: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, plain = ack(put("probe/1", "a")), delivery.body

    def fails(message: Any) -> bytes:
        if message.headers.get("poison"):
            raise KeyError("nobody thought of that")
        return plain(message)

    monkeypatch.setattr(delivery, "body", fails)
    say_outside(broker, answer, ACK, {"poison": "yes"})
    say_outside(broker, answer, ACK)
    assert (notify.drain(), notify.drain(), held(broker)) == (2, 0, 0)
    assert Acknowledgement.objects.count() == 1


def raw(**changed: Any) -> dict[str, Any]:
    """A message as it lies in Valkey, where whoever may write may write anything."""
    info = {"exchange": "plura.events", "routing_key": ACK}
    known = {"delivery_tag": "t", "delivery_info": info, "priority": 0}
    return {"body": "x", "headers": {}, "properties": known, **changed}


RAW: dict[str, Any] = {
    "no JSON": "{",
    "a list": [],
    "no properties": {"body": "x"},
    "no tag": raw(properties={}),
    "no place": raw(properties={"delivery_tag": "t"}),
    "headers a list": raw(headers=["compression"]),
    "body a number": raw(body=5_000_000_000),
    "body a map": raw(body={"a": 1}),
    "body null": raw(body=None),
    "body half a surrogate pair": raw(body="\ud800"),
    "body in no such encoding": raw(properties={**raw()["properties"], "body_encoding": "rot13"}),
    "body no base64": raw(body="x", properties={**raw()["properties"], "body_encoding": "base64"}),
}


@pytest.mark.parametrize("wrong", RAW)
def test_on_valkey_no_raw_message_comes_twice(wrong: str, valkey_url: str, put: Put, settings: Any) -> None:
    settings.EVENT_HUB_URL = valkey_url
    with Connection(valkey_url) as connection:
        hub.NOTIFIER(connection.default_channel).declare()
        hub.NOTIFIER(connection.default_channel).purge()
        lies = RAW[wrong] if isinstance(RAW[wrong], str) else json.dumps(RAW[wrong])
        connection.default_channel.client.lpush(hub.NOTIFIER.name, lies)
    say_outside(valkey_url, ack(put("probe/1", "a")), ACK)
    assert (notify.drain(), notify.drain(), held(valkey_url)) == (2, 0, 0)
    assert Acknowledgement.objects.count() == 1
