"""The change set as it is sent: every field, its limits, nothing else."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from orr.lib.bounds import plausible

Kind = Literal[
    "image", "artifact", "flag", "rule", "model", "schema", "index", "topic", "config", "key", "tenant"
]
TITLE_MAX = 120
TEXT_MAX = 2000
ITEMS_MAX = 200

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_MAX)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=2000)]


def _text_only(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("a time is a text, RFC 3339")
    return value


def _plausible(at: datetime) -> datetime:
    if not plausible(at):
        raise ValueError("a time lies between the years 2000 and 2200")
    return at


Moment = Annotated[
    AwareDatetime, BeforeValidator(_text_only), AfterValidator(_plausible), Field(strict=False)
]
Seconds = Annotated[int, Field(ge=1, le=300)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Version(_Closed):
    """A version of an item and the digest of its bytes."""

    version: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    digest: Digest | None = None


class Rehearse(_Closed):
    """Where the key may be tried without touching production."""

    target: Line


class RollbackKey(_Closed):
    """What takes one item back: at `target`, to `desired`, by the driver of the target's source."""

    driver: Line | None = None
    target: Line
    desired: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    after: Annotated[list[Line], Field(max_length=20)] = []
    timeout: Seconds | None = None
    rehearse: Rehearse | None = None


class Migration(_Closed):
    """Where a schema item stands between expand and contract."""

    stage: Literal["expand", "migrate", "contract"]
    backfill: Annotated[float, Field(ge=0, le=100, strict=False)] = 0
    old_readers: Annotated[int, Field(ge=0)] = 0
    plan_url: Url | None = None


class File(_Closed):
    """A file of the item, sent beforehand, by its hash."""

    name: Line
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Item(_Closed):
    """One thing that changes."""

    kind: Kind
    name: Line
    target: Line | None = None
    from_: Annotated[Version | None, Field(alias="from")] = None
    to: Version
    rollback_key: RollbackKey | None = None
    migration: Migration | None = None
    files: Annotated[list[File], Field(max_length=50)] = []


class DataPath(_Closed):
    """One act on the data path when the change is taken back."""

    action: Literal["stop_dual_write", "stop_shadow", "repoint_replica", "repoint_topic", "drop_temporary"]
    driver: Line | None = None
    target: Line
    desired: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Author(_Closed):
    """Who wrote the change: the forge's id, and the name."""

    id: Line
    name: Line


class Contacts(_Closed):
    """Whom to call."""

    oncall: Line | None = None
    sre: Line | None = None
    csirt: Line | None = None
    product: Line | None = None
    csm: Line | None = None
    escalation: Annotated[list[Line], Field(max_length=20)] = []


class ChangeSetIn(_Closed):
    """A change set: what goes to production, why, and how it comes back."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_MAX)]
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_MAX)]
    purpose: Text = ""
    expected_outcome: Text = ""
    security_impact: Text = ""
    environment: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    service_ids: Annotated[list[Line], Field(max_length=100)] = []
    planned_start: Moment | None = None
    planned_end: Moment | None = None
    risk: Text = ""
    mitigation: Text = ""
    release_notes_url: Url | None = None
    authors: Annotated[list[Author], Field(max_length=100)] = []
    items: Annotated[list[Item], Field(min_length=1, max_length=ITEMS_MAX)]
    data_path: Annotated[list[DataPath], Field(max_length=50)] = []
    contacts: Contacts | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [(item.kind, item.name) for item in self.items]
        if len(set(names)) != len(names):
            raise ValueError("two items have the same kind and name")
        if self.planned_start and self.planned_end and self.planned_end <= self.planned_start:
            raise ValueError("planned_end is not after planned_start")
        return self
