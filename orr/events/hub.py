"""The event hub: one topic exchange of a broker that kombu speaks to, and the ways in and out of it.

Exchange `plura.events`, routing key = the event's type, one CloudEvents JSON message each, kept on disk.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from kombu import Connection, Exchange, Producer, Queue
from kombu.exceptions import OperationalError

from orr.events import delivery, envelope
from orr.events.models import Outgoing
from orr.lib.errors import OrrError
from orr.lib.sentence import say

logger = logging.getLogger(__name__)

EXCHANGE = Exchange("plura.events", type="topic", durable=True, delivery_mode="persistent")
# Our own notifier's. It is declared by whoever sends too: nothing that is sent falls beside it.
NOTIFIER = Queue("plura.notifier", EXCHANGE, routing_key="ops.approval.#", durable=True)
SECONDS = 3
# Beside the task queue in the same Valkey, with marks of its own: its messages return after a minute.
VALKEY: dict[str, Any] = {
    "unacked_key": "plura.events.unacked",
    "unacked_index_key": "plura.events.unacked_index",
    "unacked_mutex_key": "plura.events.unacked_mutex",
    "visibility_timeout": 60,
    "socket_timeout": SECONDS,
    "socket_connect_timeout": SECONDS,
}
RABBITMQ: dict[str, Any] = {"confirm_publish": True, "read_timeout": SECONDS, "write_timeout": SECONDS}
OPTIONS: dict[str, dict[str, Any]] = {
    "amqp": RABBITMQ,
    "amqps": RABBITMQ,
    "redis": VALKEY,
    "rediss": VALKEY,
    "redis+socket": VALKEY,
}
CREDENTIALS = re.compile(r"//[^/@\s]*@")
LONGEST = 300


class Away(OrrError):
    """The broker cannot be reached: whatever was to be sent waits."""


class Refused(OrrError):
    """The broker is there and did not take this message."""


def configured() -> bool:
    """Whether there is a broker to send to; in one process alone (tests) there is none."""
    return urlsplit(settings.EVENT_HUB_URL).scheme in OPTIONS


def _connection() -> Connection:
    url = settings.EVENT_HUB_URL
    options = OPTIONS[urlsplit(url).scheme]
    return Connection(url, connect_timeout=SECONDS, transport_options=dict(options))


def told(error: BaseException) -> str:
    """What a broker's library says, without anybody's password, in one short line."""
    said = CREDENTIALS.sub("//…@", " ".join(str(error).split())) or type(error).__name__
    return said[:LONGEST]


class Publisher:
    """Sends one message after the other; it connects at the first, and again after a refusal."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._producer: Producer | None = None

    def close(self) -> None:
        """Let the connection go, whatever state it is in."""
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            _release(connection)

    def publish(self, row: Outgoing) -> None:
        """Hand the event over; it is the broker's when this returns. Raises Away, Refused."""
        producer = self._ready()
        assert self._connection is not None  # noqa: S101
        try:
            producer.publish(
                envelope.to_bytes(row.envelope), exchange=EXCHANGE, routing_key=row.type, declare=[NOTIFIER],
                content_type=envelope.MEDIA_TYPE, content_encoding="utf-8", message_id=str(row.event_id),
                type=row.type, timeout=SECONDS, confirm_timeout=SECONDS,
            )  # fmt: skip
        except _broken(self._connection) as error:
            self.close()
            raise Away(say("The event hub is away: %(why)s.", why=told(error))) from error
        except Exception as error:  # the border to a broker: what it cannot take must not hold up the rest
            logger.warning("event %s refused: %s", row.event_id, told(error))
            self.close()
            raise Refused(say("The event hub refused it: %(why)s.", why=told(error))) from error

    def _ready(self) -> Producer:
        if self._producer is None:
            self._connection = _connected()
            self._producer = Producer(self._connection.default_channel)
        return self._producer


class Taken(NamedTuple):
    """kombu's messages, their bodies bytes, the oldest first, and how many besides were rejected."""

    messages: list[Any]
    rejected: int


class Reader:
    """Takes messages from one queue; they come again unless they are acknowledged."""

    def __init__(self, connection: Connection) -> None:
        self._channel: Any = connection.default_channel
        self._broken = (*_broken(connection), *connection.channel_errors)
        delivery.as_sent(self._channel)
        NOTIFIER(self._channel).declare()
        restore = getattr(getattr(self._channel, "qos", None), "restore_visible", None)
        if restore is not None:
            # Valkey itself gives nothing back that a killed reader held: its readers do.
            restore(interval=1)

    def take(self, most: int) -> Taken:
        """At most so many messages; one that cannot be read is rejected for good and holds nothing up."""
        messages: list[Any] = []
        rejected = 0
        for _ in range(most):
            try:
                sent = self._channel.basic_get(queue=NOTIFIER.name, no_ack=False)
            except Exception as error:  # on Valkey kombu reads the message here, and it has left the queue
                self._unless_broken(error)
                _rejected(error)
                rejected += 1
                continue
            if sent is None:
                break
            if (message := self._readable(sent)) is None:
                rejected += 1
            else:
                messages.append(message)
        return Taken(messages, rejected)

    def _readable(self, sent: Any) -> Any:
        try:
            message: Any = self._channel.message_to_python(sent)
            message.body = delivery.body(message)
        except Exception as error:  # foreign content: whatever is wrong with it, it must not come again
            _rejected(error)
            self._channel.basic_reject(sent.delivery_tag, requeue=False)
            return None
        return message

    def _unless_broken(self, error: Exception) -> None:
        # kombu counts KeyError among Valkey's broken connections; here a field of the message is missing.
        if isinstance(error, self._broken) and not isinstance(error, KeyError):
            raise error


def _rejected(error: Exception) -> None:
    logger.warning("a message of the event hub is rejected and does not come again: %s", told(error))


@contextmanager
def reading() -> Iterator[Reader]:
    """A reader of our notifier's queue. Raises Away, also in the body when the connection breaks."""
    connection = _connected()
    try:
        yield Reader(connection)
    except (*_broken(connection), *connection.channel_errors) as error:
        raise Away(say("The event hub is away: %(why)s.", why=told(error))) from error
    finally:
        _release(connection)


def _broken(connection: Connection) -> tuple[type[BaseException], ...]:
    """How this transport says that the connection is gone."""
    return (*connection.connection_errors, OperationalError)


def _connected() -> Connection:
    connection = _connection()
    try:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_max=1, timeout=SECONDS)
        # Valkey connects, and asks for a password, with the first channel only.
        connection.default_channel  # noqa: B018
    except Exception as error:  # the border to a broker: wrong addresses and passwords have many names
        _release(connection)
        raise Away(say("The event hub is away: %(why)s.", why=told(error))) from error
    return connection


def _release(connection: Connection) -> None:
    try:
        connection.release()
    except Exception as error:  # a broken connection may fail to say goodbye; it is gone all the same
        logger.info("the event hub's connection ended badly: %s", told(error))
