"""The one contract of every driver: observe a target, apply a value, prove that it holds."""

from dataclasses import dataclass
from typing import Protocol

from orr.lib.sentence import Sentence


@dataclass(frozen=True)
class Observation:
    """What the target reads now, and the raw answer that said so."""

    current: str
    raw: bytes


@dataclass(frozen=True)
class Answer:
    """The receiver took the order. No sign of success: only a proof is."""

    status: int
    raw: bytes


@dataclass(frozen=True)
class Proof:
    """Whether the target, read back, holds the desired value; with what it reads and the raw answer."""

    ok: bool
    current: str
    raw: bytes


class DriverError(Exception):
    """The driver could not do it; `sentence` says why, to be shown as it is."""

    slug = "error"

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class Unavailable(DriverError):
    """The system is away, too slow or has a fault of its own: trying again may help."""

    slug = "unavailable"


class Denied(DriverError):
    """The system, or our own egress rule, refuses us: trying again will not help by itself."""

    slug = "denied"


class Malformed(DriverError):
    """The system answered what cannot be understood."""

    slug = "malformed"


class NoDriver(DriverError):
    """There is no driver for this target."""

    slug = "no-driver"


class Driver(Protocol):
    """Raises Unavailable, Denied or Malformed; never anything else of the network."""

    @property
    def idempotent(self) -> bool:
        """Whether the receiver does an order once, however often the same idempotency key comes."""
        ...

    def observe(self, target: str) -> Observation:
        """What `target` reads now."""
        ...

    def apply(self, target: str, desired: str, idempotency_key: str) -> Answer:
        """Order `desired` at `target`."""
        ...

    def prove(self, target: str, desired: str) -> Proof:
        """Read `target` back and compare."""
        ...


def text_of(value: object) -> str:
    """The one textual form in which values are compared: JSON's for numbers and booleans, else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
