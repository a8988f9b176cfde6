"""The one contract of every collector: a query and a window in, one reading or one named error out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from orr.accounts.models import DEFAULT_TEAM
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence
from orr.profiles.schema import Rule

MeasuredOn = Literal["baseline", "candidate"]


@dataclass(frozen=True)
class Facts:
    """What a collector may know of what is reviewed; evidence never names a review itself."""

    subject: str
    change_set: Mapping[str, Any]
    change_set_digest: str
    items_digest: str
    item_digests: list[str]
    environment: str
    opened_at: datetime
    # The team in which people hold the roles that count here; the team of everyone unless said.
    team: UUID = DEFAULT_TEAM

    def bound(self) -> dict[str, str]:
        """What evidence is bound to, by kind of binding."""
        return {
            "environment": self.environment,
            "items": self.items_digest,
            "change_set": self.change_set_digest,
        }


@dataclass(frozen=True)
class Query:
    """Which item is asked for, by which rule, of which change set."""

    item: str
    rule: Rule
    facts: Facts


@dataclass(frozen=True)
class Window:
    """The time that is looked at, half open; aware datetimes."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """Its length in whole seconds, at least 1."""
        return max(1, round((self.end - self.start).total_seconds()))

    @classmethod
    def before(cls, end: datetime, seconds: int) -> "Window":
        """The window of that length that ends now."""
        return cls(end - timedelta(seconds=seconds), end)


@dataclass(frozen=True)
class Reading:
    """One measurement. `passed` given: it decides, and `value` is for display; else `value` is compared.

    `value` is in the rule's unit; `text` is a short, language-neutral display (``5 / 5``); `raw` is the
    answer as it came; `url` is what a person opens, `links` (label, address) where they see more of it.
    `holds_until`: when what it tells of gets too old, where that comes before the rule's freshness ends.
    `wants_rehearsal`: it is half of what the item asks for, and counts with a pushed rehearsal only.
    """

    value: float | None
    passed: bool | None
    raw: bytes
    query: str
    source: str
    measured_at: datetime
    text: str = ""
    unit: str = ""
    samples: int | None = None
    media_type: str = "application/json"
    url: str = ""
    measured_on: MeasuredOn = "baseline"
    detail: Sentence | None = None
    links: tuple[tuple[str, str], ...] = ()
    holds_until: datetime | None = None
    wants_rehearsal: bool = False


class CollectError(OrrError):
    """There is no reading; `sentence` says why, to be shown as it is. `raw` is what came instead, if any."""

    def __init__(self, sentence: Sentence, *, raw: bytes = b"", query: str = "") -> None:
        super().__init__(sentence)
        self.raw = raw
        self.query = query


class Unavailable(CollectError):
    """The source did not answer, or not in time."""


class Denied(CollectError):
    """The source, or our own egress rule, refused the question."""


class Malformed(CollectError):
    """The source answered, and what it said is no answer to the question."""


class Unconfigured(CollectError):
    """Nothing is configured that could be asked: the item waits, it is no error."""


class Lacking(CollectError):
    """What is reviewed lacks something the item needs: it is pending, and no former reading stands."""


class Collector(Protocol):
    """A frozen dataclass whose fields are its configuration.

    Optional attributes: `timeout` (seconds, default 10) is its own deadline; `own_facts = True` says
    that it reads our database and is run in the task's own thread; `wants_rehearsal = True` that its
    readings count with a pushed rehearsal only; `never_carried = True` that its answer may be another by
    now, so that no other subject takes it over.
    """

    def collect(self, query: Query, window: Window) -> Reading:
        """One reading. Raises Unavailable, Denied, Malformed, Unconfigured."""
        ...
