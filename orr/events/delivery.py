"""A message as a broker hands it over: its body is what was sent, not unpacked, no larger than an event."""

from typing import Any

from kombu import Message

from orr.events.envelope import LARGEST
from orr.lib.errors import OrrError
from orr.lib.sentence import say


class Unfit(OrrError):
    """The message has no body that an event could have."""


class AsSent(Message):
    """A message whose `compression` header means nothing.

    kombu unpacks what that header names while it builds the message: with no bound, before anybody looks,
    and an algorithm it does not know is an error each time the message comes.
    """

    def __init__(self, *, headers: Any = None, **rest: Any) -> None:
        plain = {name: value for name, value in dict(headers or {}).items() if name != "compression"}
        super().__init__(headers=plain, **rest)


def as_sent(channel: Any) -> None:
    """Have this channel make its messages so: the transport's own class builds upon ours, not kombu's."""
    channel.Message = type("Message", (channel.Message, AsSent), {})


def body(message: Any) -> bytes:
    """The bytes that were sent. Raises Unfit; whatever kombu could not make of them is raised as it was."""
    if message.errors:
        raise message.errors[0][1]
    sent = message.body.tobytes() if isinstance(message.body, memoryview) else message.body
    if not isinstance(sent, str | bytes):
        raise Unfit(say("It is no JSON that means one thing."))
    if len(sent) > LARGEST:
        raise Unfit(say("It is larger than %(n)s bytes.", n=LARGEST))
    return sent.encode("utf-8", "surrogatepass") if isinstance(sent, str) else sent
