"""Law: nothing is published of an act that was taken back, and everything of one that was kept, in order."""

import json
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from orr.events import hub, outbox, relay
from orr.events.models import Outgoing
from orr.events.relay import Outcome
from orr.events.vocabulary import HubEvent
from tests.demo.peers import free_port
from tests.events.conftest import DATA, Put, ids
from tests.factories.brokers import outside


def test_what_was_kept_arrives_and_what_was_taken_back_does_not(broker: str, put: Put) -> None:
    kept, gone = put("ORR-0001", "a"), put("ORR-0001", "b", keep=False)
    assert relay.run() == 1
    (message,) = outside(broker)
    body = json.loads(message.body)
    assert body == kept.envelope
    assert body["id"] == str(kept.event_id) != str(gone.event_id)
    assert message.content_type == "application/cloudevents+json"
    assert message.delivery_info["routing_key"] == "ops.approval.probe"
    row = Outgoing.objects.get()
    assert row.sent_at and row.sent_at >= row.recorded_at and (row.tries, row.why) == (1, None)
    assert relay.run() == 0 and outside(broker) == []


def test_an_event_is_never_written_outside_of_an_act(transactional_db: None) -> None:
    with pytest.raises(TransactionManagementError):
        outbox.put(HubEvent.PROBE, subject="ORR-0001", key="a", data=DATA)


def test_the_same_is_said_once(put: Put) -> None:
    assert put("ORR-0001", "a").event_id == put("ORR-0001", "a").event_id
    assert Outgoing.objects.count() == 1


def test_events_of_one_subject_arrive_in_their_order(broker: str, put: Put) -> None:
    written = [put(f"ORR-000{n % 3}", str(n)) for n in range(12)]
    assert relay.run() == 12
    arrived = ids(outside(broker))
    for subject in {row.subject for row in written}:
        wanted = [str(row.event_id) for row in written if row.subject == subject]
        assert [one for one in arrived if one in wanted] == wanted


def test_two_relays_at_once_send_each_once(broker: str, put: Put, transactional_db: None) -> None:
    written = [str(put(f"ORR-{n % 10:04d}", str(n)).event_id) for n in range(60)]
    start, sent = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        # One relay ends when the other holds all that is due: a sweep later it looks again.
        sent.append(sum(relay.run() for _ in range(5)))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    relay.run()
    assert sorted(ids(outside(broker))) == sorted(written)


def test_a_broker_that_is_away_loses_nothing_and_buries_nothing(broker: str, put: Put, settings: Any) -> None:
    settings.EVENT_HUB_URL = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    first, second = put("ORR-0001", "a"), put("ORR-0001", "b")
    other = put("ORR-0002", "a")
    for _ in range(relay.REFUSALS + 2):
        Outgoing.objects.update(due_at=first.recorded_at)
        assert relay.run() == 0
    row = Outgoing.objects.get(pk=first.pk)
    assert row.why is not None and "away" in str(row.why) and "guest:guest" not in str(row.why)
    assert (row.dead_at, row.refused) == (None, 0) and row.tries > relay.REFUSALS
    assert row.due_at > row.recorded_at
    settings.EVENT_HUB_URL = broker
    assert relay.run() in (0, 1), "it pauses after a failure"
    Outgoing.objects.filter(sent_at=None).update(due_at=first.recorded_at)
    relay.run()
    arrived = ids(outside(broker))
    assert sorted(arrived) == sorted(str(one.event_id) for one in (first, second, other))
    assert arrived.index(str(first.event_id)) < arrived.index(str(second.event_id))


class Refusing(hub.Publisher):
    """A publisher whose broker refuses one subject."""

    def __init__(self, subject: str) -> None:
        super().__init__()
        self.subject = subject

    def publish(self, row: Outgoing) -> None:
        if row.subject == self.subject:
            raise hub.Refused(hub.say("The event hub refused it: %(why)s.", why="too large"))
        super().publish(row)


def test_what_the_broker_refuses_becomes_a_dead_letter_and_blocks_its_own_subject_only(
    broker: str, put: Put
) -> None:
    bad, behind, good = put("ORR-0001", "a"), put("ORR-0001", "b"), put("ORR-0002", "a")
    for _ in range(relay.REFUSALS + 1):
        Outgoing.objects.filter(sent_at=None).update(due_at=bad.recorded_at)
        relay.run(Refusing("ORR-0001"))
    assert ids(outside(broker)) == [str(good.event_id)]
    row = Outgoing.objects.get(pk=bad.pk)
    assert row.dead_at and row.refused == relay.REFUSALS and "too large" in str(row.why)
    assert Outgoing.objects.get(pk=behind.pk).tries == 0
    assert relay.run() == 0, "a dead letter is not tried again by itself"


def test_an_unroutable_broker_answer_is_a_refusal_and_the_next_event_goes_on(
    broker: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = put("ORR-0001", "a"), put("ORR-0002", "a")
    plain = hub.envelope.to_bytes
    monkeypatch.setattr(
        hub.envelope, "to_bytes",
        lambda whole: object() if whole["id"] == str(bad.event_id) else plain(whole),
    )  # fmt: skip
    assert relay.run() == 1
    assert ids(outside(broker)) == [str(good.event_id)]
    assert Outgoing.objects.get(pk=bad.pk).refused == 1


def test_one_event_is_sent_at_once_where_nobody_else_holds_it(broker: str, put: Put) -> None:
    first, second = put("ORR-0001", "a"), put("ORR-0001", "b")
    assert relay.send(second) is Outcome.NOTHING
    assert relay.send(first) is Outcome.SENT
    assert relay.send(first) is Outcome.NOTHING
    assert relay.send(second) is Outcome.SENT
    assert len(outside(broker)) == 2


def test_without_a_broker_nothing_is_tried(put: Put, settings: Any) -> None:
    settings.EVENT_HUB_URL = "memory://"
    put("ORR-0001", "a")
    assert relay.run() == 0 and Outgoing.objects.get().tries == 0


def test_probes_are_forgotten_and_what_was_refused_stays(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("probe/1", "a")
    refused = put("probe/2", "a")
    Outgoing.objects.filter(pk=refused.pk).update(refused=1)
    assert relay.forget_probes() == 0
    monkeypatch.setattr(relay, "PROBES_KEPT", relay.timedelta(0))
    assert relay.forget_probes() == 1
    assert Outgoing.objects.get() == refused


def test_the_database_keeps_what_an_event_says(put: Put) -> None:
    row = put("ORR-0001", "a")
    for wrong in ({"subject": "ORR-0002"}, {"envelope": {}}, {"event_id": uuid4()}, {"type": "ops.x"}):
        with pytest.raises(Exception, match="never changed"), transaction.atomic():
            Outgoing.objects.filter(pk=row.pk).update(**wrong)
    Outgoing.objects.filter(pk=row.pk).update(sent_at=row.recorded_at, tries=1)
    for wrong in ({"sent_at": None}, {"tries": 0}):
        with pytest.raises(Exception, match="stays tried and sent"), transaction.atomic():
            Outgoing.objects.filter(pk=row.pk).update(**wrong)
