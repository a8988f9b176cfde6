"""What a sources file may say: one entry per outside system, and which of them answers which item."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

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
Duration = Annotated[int, BeforeValidator(seconds), Field(ge=1, le=90 * 86_400)]
Metric = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$")]
FilePath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/{}+=,@%-]+$", max_length=500)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceIn(_Frozen):
    """One outside system. Exactly one of `secret_env` and `secret_file`, or neither."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    internal: bool = False
    secret_env: str | None = None
    secret_file: str | None = None
    secret_for: str | None = None
    user: str | None = None
    ca_file: str | None = None
    link: Link | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret_env and self.secret_file:
            raise ValueError("secret_env and secret_file exclude each other")
        if urlsplit(self.url).password is not None:
            raise ValueError("no secret belongs into the url: name it by secret_env or secret_file")
        return self


class _Item(_Frozen):
    source: Name
    measured_on: Literal["baseline", "candidate"] = "baseline"
    link: Link | None = None


class PrometheusItem(_Item):
    """A metric; of a latency the histogram's name without `_bucket`, `metric_unit` that of its buckets."""

    metric: Metric
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


class OtherItem(BaseModel):
    """An item of a kind of source that has no schema of its own here."""

    model_config = ConfigDict(frozen=True, extra="allow")
    source: Name
    measured_on: Literal["baseline", "candidate"] = "baseline"
    link: Link | None = None


KnownItem = PrometheusItem | PostgresItem | OciItem | OpaItem | OfrepItem | OpencostItem | FocusItem
ItemSettings = KnownItem | OtherItem
BY_KIND: dict[str, type[KnownItem]] = {
    "prometheus": PrometheusItem,
    "postgres": PostgresItem,
    "oci": OciItem,
    "opa": OpaItem,
    "ofrep": OfrepItem,
    "opencost": OpencostItem,
    "focus": FocusItem,
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
            if item.get("source") not in self.sources:
                raise ValueError(f"items.{code}: there is no source {item.get('source')!r}")
        return self

    def item_settings(self) -> dict[str, ItemSettings]:
        """Each item's entry, read as its source's kind asks. Raises pydantic's ValidationError."""
        return {
            code: BY_KIND.get(self.sources[item["source"]].kind, OtherItem).model_validate(item)
            for code, item in self.items.items()
        }
