"""What a sources file may say: one entry per outside system, and which of them answers which item."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from orr.sources.address import origin
from orr.sources.recovery import BarmanItem, KubernetesItem, PgbackrestItem, RunbooksItem
from orr.sources.terms import Duration, FilePath, Frozen, Item, Link, Metric, Name, TraceLink, Word

SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,199}$")]
SecretPath = Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,1000}$")]


class SourceIn(Frozen):
    """One outside system. Exactly one of `secret_env` and `secret_file`, or neither."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    internal: bool = False
    secret_env: SecretName | None = None
    secret_file: SecretPath | None = None
    secret_for: str | None = None
    user: str | None = None
    ca_file: str | None = None
    link: Link | None = None
    trace_link: TraceLink | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret_env and self.secret_file:
            raise ValueError("secret_env and secret_file exclude each other")
        if urlsplit(self.url).password is not None:
            raise ValueError("no secret belongs into the url: name it by secret_env or secret_file")
        return self

    @model_validator(mode="after")
    def _addresses_lead_somewhere(self) -> Self:
        for address in (self.url, self.secret_for):
            if address is not None:
                origin(address)
        return self


class PrometheusItem(Item):
    """A metric; of a latency the histogram's name without `_bucket`, `metric_unit` that of its buckets."""

    metric: Metric
    trace_link: TraceLink | None = None
    selector: Annotated[str, StringConstraints(pattern=r"^[^{}\n]*$", max_length=500)] = ""
    window: Duration | None = None
    metric_unit: Literal["s", "ms"] = "s"


class Probe(Frozen):
    """How the reader says whose rows it may see, and the column that says whose a row is."""

    setting: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")]
    value: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    column: Word


class PostgresItem(Item):
    """Schemas whose views the reader reads; the source's own login has to be that reader."""

    schemas: Annotated[tuple[Word, ...], Field(min_length=1)]
    probe: Probe


class OciItem(Item):
    """A registry that answers an item; the names and tags are those of the change set."""


class OpaItem(Item):
    """A document of the data API; `key` where it is an object, and the region of each environment.

    `bundle` names the one whose revision the link shows, where there are several.
    """

    path: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,19}$", max_length=200)
    ]
    key: Word | None = None
    bundle: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    regions: dict[str, Annotated[str, StringConstraints(min_length=1, max_length=60)]] = {}


FlagKey = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f/?#]{1,200}$")]


class OfrepItem(Item):
    """The flags that brake load or cost, and the context that they are evaluated in."""

    flags: Annotated[tuple[FlagKey, ...], Field(min_length=1, max_length=50)]
    context: dict[str, str | bool | int | float] = {"targetingKey": "plura-orr"}

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.flags)) != len(self.flags):
            raise ValueError("a flag stands there twice")
        return self


class CostItem(Item):
    """A month's budget, and how many days the cost data lag behind: those days are not looked at."""

    budget: Annotated[Decimal, Field(gt=0, le=10**12)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    lag: Annotated[int, Field(ge=0, le=7)]


class OpencostItem(CostItem):
    """Allocations in the currency that OpenCost is set up with; `filter` in its filter language."""

    lag: Annotated[int, Field(ge=0, le=7)] = 0
    filter: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class FocusItem(CostItem):
    """FOCUS 1.0 files below the source's address; ``{month}`` stands for ``2026-03``."""

    lag: Annotated[int, Field(ge=0, le=7)] = 1
    paths: Annotated[tuple[FilePath, ...], Field(min_length=1, max_length=12)]


FreezeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class Feed(Frozen):
    """One iCalendar file below the source's address: what its events are, of what, and whose.

    An entry counts for a change whose code it says; `for_everyone`: for every change in its time. `zone`:
    of whole days, and of times without one. `reason`: where an event has no description.
    """

    path: FilePath
    kind: Literal["entry", "freeze", "peak"]
    environment: Annotated[str, StringConstraints(max_length=60)] = ""
    services: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    zone: Annotated[str, StringConstraints(max_length=64)] = "UTC"
    for_everyone: bool = False
    name: FreezeName | None = None
    owner: Literal["sre", "security", "product", "data"] | None = None
    reason: Annotated[str, StringConstraints(max_length=500)] = ""

    @model_validator(mode="after")
    def _a_freeze_is_somebodys(self) -> Self:
        if self.kind == "freeze" and (self.name is None or self.owner is None):
            raise ValueError("a feed of freezes says their name and their owner, a role that signs")
        if self.zone not in available_timezones():
            raise ValueError(f"there is no time zone {self.zone!r}")
        return self


class CalendarItem(Item):
    """The feeds of a change calendar; our own calendar is asked beside them."""

    feeds: Annotated[tuple[Feed, ...], Field(min_length=1, max_length=10)]


class OtherItem(BaseModel):
    """An item of a kind of source that has no schema of its own here."""

    model_config = ConfigDict(frozen=True, extra="allow")
    source: Name
    measured_on: Literal["baseline", "candidate"] = "baseline"
    link: Link | None = None


KnownItem = (
    PrometheusItem
    | PostgresItem
    | OciItem
    | OpaItem
    | OfrepItem
    | OpencostItem
    | FocusItem
    | PgbackrestItem
    | BarmanItem
    | KubernetesItem
    | RunbooksItem
    | CalendarItem
)
ItemSettings = KnownItem | OtherItem
BY_KIND: dict[str, type[KnownItem]] = {
    "prometheus": PrometheusItem,
    "postgres": PostgresItem,
    "oci": OciItem,
    "opa": OpaItem,
    "ofrep": OfrepItem,
    "opencost": OpencostItem,
    "focus": FocusItem,
    "pgbackrest": PgbackrestItem,
    "barman": BarmanItem,
    "kubernetes": KubernetesItem,
    "runbooks": RunbooksItem,
    "icalendar": CalendarItem,
}


class FileIn(Frozen):
    """The whole file."""

    sources: dict[Name, SourceIn] = {}
    items: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _items_name_what_is_there(self) -> Self:
        for code, item in self.items.items():
            if not re.fullmatch(r"G[1-8]\.[1-9]", code):
                raise ValueError(f"{code} is no item code")
            if not isinstance(item.get("source"), str) or item["source"] not in self.sources:
                raise ValueError(f"items.{code}: there is no source {item.get('source')!r}")
            if item.get("resource") == "volumesnapshots" and code != "G6.2":
                raise ValueError(f"items.{code}: snapshots of volumes answer G6.2 only")
        return self

    def item_settings(self) -> dict[str, ItemSettings]:
        """Each item's entry, read as its source's kind asks. Raises pydantic's ValidationError."""
        return {
            code: BY_KIND.get(self.sources[item["source"]].kind, OtherItem).model_validate(item)
            for code, item in self.items.items()
        }
