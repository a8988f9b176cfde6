"""Upward communication: an act publishes, the wiring says who listens.

A handler runs in the act's own transaction, so what it writes stands or falls with the act;
what is slow it hands to `transaction.on_commit`.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from orr.events.vocabulary import Event

Handler = Callable[..., None]
_handlers: dict[Event, list[Handler]] = defaultdict(list)


def subscribe(event: Event, handler: Handler) -> None:
    """Call `handler(subject=…, **data)` whenever `event` is published; once, however often subscribed."""
    if handler not in _handlers[event]:
        _handlers[event].append(handler)


def publish(event: Event, *, subject: str, **data: Any) -> None:
    """Tell every subscriber of `event`, in the order in which they subscribed."""
    for handler in tuple(_handlers[event]):
        handler(subject=subject, **data)
