"""What an item's entry in the sources file may say, by the kind of the source that answers it."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from orr.sources.words import (
    Duration,
    FilePath,
    Frozen,
    Label,
    LabelValue,
    Link,
    Metric,
    Name,
    PagePath,
    TraceLink,
    Word,
)


class _Item(Frozen):
    source: Name
    measured_on: Literal["baseline", "candidate"] = "baseline"
    link: Link | None = None


class PrometheusItem(_Item):
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


class PostgresItem(_Item):
    """Schemas whose views the reader reads; the source's own login has to be that reader."""

    schemas: Annotated[tuple[Word, ...], Field(min_length=1)]
    probe: Probe


class OciItem(_Item):
    """A registry that answers an item; the names and tags are those of the change set."""


class OpaItem(_Item):
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


class OfrepItem(_Item):
    """The flags that brake load or cost, and the context that they are evaluated in."""

    flags: Annotated[tuple[FlagKey, ...], Field(min_length=1, max_length=50)]
    context: dict[str, str | bool | int | float] = {"targetingKey": "plura-orr"}

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.flags)) != len(self.flags):
            raise ValueError("a flag stands there twice")
        return self


class CostItem(_Item):
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


Server = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class BackupItem(_Item):
    """A database cluster's backups; `rpo` is how old the newest may be, the profile's is never exceeded."""

    rpo: Duration | None = None


class PgbackrestItem(BackupItem):
    """What `pgbackrest info --output=json` printed, published below the source's address."""

    path: FilePath
    stanza: Server


class BarmanItem(BackupItem):
    """What `barman check` and `barman show-backup SERVER latest` printed, each with `--format json`."""

    check: FilePath
    backup: FilePath
    server: Server


class KubernetesItem(_Item):
    """Objects of one namespace with all of these labels; `max_age` beside the profile's freshness."""

    resource: Literal["restores", "volumesnapshots"] = "restores"
    namespace: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    labels: Annotated[dict[Label, LabelValue], Field(min_length=1, max_length=10)]
    max_age: Duration | None = None

    @property
    def group(self) -> str:
        """The API group and version of what is listed."""
        return "velero.io/v1" if self.resource == "restores" else "snapshot.storage.k8s.io/v1"

    @property
    def address(self) -> str:
        """Where it is listed, below the source's address."""
        return f"/apis/{self.group}/namespaces/{self.namespace}/{self.resource}"


class Pages(Frozen):
    """Where a service's runbook and continuity plan stand, below the source's address."""

    runbook: PagePath | None = None
    continuity: PagePath | None = None


class RunbooksItem(_Item):
    """The pages of each service by its id; `max_age` beside the profile's, the stricter counts."""

    services: Annotated[dict[str, Pages], Field(min_length=1, max_length=2000)]
    max_age: Duration | None = None


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


class CalendarItem(_Item):
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
