"""Brokers, each started once; and events written the way acts write them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from orr.events import outbox, tasks
from orr.events.models import Outgoing
from orr.events.vocabulary import HubEvent
from tests.factories import brokers

DATA = {"acknowledge_by": "2026-11-24T00:00:00Z", "answer_type": "ops.approval.probe.ack"}


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey like the embedded one."""
    with brokers.valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A RabbitMQ."""
    with brokers.rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url


@pytest.fixture(params=["valkey", pytest.param("rabbitmq", marks=pytest.mark.peer)])
def broker(request: pytest.FixtureRequest, settings: Any) -> str:
    """The hub's address, its queues empty, an outsider listening: of each broker in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    brokers.emptied(url)
    settings.EVENT_HUB_URL = url
    return url


@pytest.fixture(autouse=True)
def nobody_wakes_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the tests themselves run the relay."""
    monkeypatch.setattr(tasks, "wake", lambda: None)


Put = Callable[..., Outgoing]


@pytest.fixture
def put(db: None) -> Put:
    """`put("ORR-0001", "a")`: an event of that subject that says `a`, in an act of its own."""

    def write(subject: str, key: str, *, keep: bool = True) -> Outgoing:
        with transaction.atomic():
            row = outbox.put(HubEvent.PROBE, subject=subject, key=f"{subject}:{key}", data=DATA)
            transaction.set_rollback(not keep)
        return row

    return write


def ids(messages: list[Any]) -> list[str]:
    """The CloudEvents ids of messages, in their order."""
    return [json.loads(message.body)["id"] for message in messages]
