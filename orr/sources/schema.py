"""What a sources file may say: one entry per outside system, and which of them answers which item."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from orr.sources.address import origin
from orr.sources.hooks import HookIn

_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds(text: object) -> object:
    """Seconds of ``30m``; whole numbers stay. Raises ValueError for other texts."""
    if not isinstance(text, str):
        return text
    parts = _DURATION.fullmatch(text)
    if parts is None:
        raise ValueError("a duration looks like 30s, 5m, 24h or 7d")
    return int(parts[1]) * _SECONDS[parts[2]]


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']+$", max_length=2000)]
# Where one trace is seen; the id stands in the place of ``{trace_id}``.
TraceLink = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s<>\"']*\{trace_id\}[^\s<>\"']*$", max_length=2000)
]
Duration = Annotated[int, BeforeValidator(seconds), Field(ge=1, le=90 * 86_400)]
Metric = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$")]
FilePath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/{}+=,@%-]+$", max_length=500)]
PagePath = Annotated[str, StringConstraints(pattern=r"^/[^\s<>\"'#\\]*$", max_length=500)]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$")]
LabelValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,199}$")]
SecretPath = Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,1000}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceIn(_Frozen):
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
        parts = urlsplit(self.url)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise ValueError("no secret belongs into the url: name it by secret_env or secret_file")
        return self

    @model_validator(mode="after")
    def _addresses_lead_somewhere(self) -> Self:
        for address in (self.url, self.secret_for):
            if address is not None:
                origin(address)
        return self


class _Item(_Frozen):
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


class Probe(_Frozen):
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


class Pages(_Frozen):
    """Where a service's runbook and continuity plan stand, below the source's address."""

    runbook: PagePath | None = None
    continuity: PagePath | None = None


class RunbooksItem(_Item):
    """The pages of each service by its id; `max_age` beside the profile's, the stricter counts."""

    services: Annotated[dict[str, Pages], Field(min_length=1, max_length=2000)]
    max_age: Duration | None = None


FreezeName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class Feed(_Frozen):
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


class FileIn(_Frozen):
    """The whole file."""

    sources: dict[Name, SourceIn] = {}
    items: dict[str, dict[str, Any]] = {}
    hooks: dict[Name, HookIn] = {}

    @model_validator(mode="after")
    def _hooks_answer_their_own_kind(self) -> Self:
        for name, hook in self.hooks.items():
            if hook.source is None:
                continue
            answered = self.sources.get(hook.source)
            if answered is None or answered.kind != hook.kind:
                raise ValueError(f"hooks.{name}: there is no source {hook.source!r} of kind {hook.kind}")
        return self

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
