"""The words of a sources file: durations, names, links, paths, and what every item says."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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


class Frozen(BaseModel):
    """A part of the file: nothing in it that is not known, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(Frozen):
    """Which source answers an item, what is measured, and what a person opens."""

    source: Name
    measured_on: Literal["baseline", "candidate"] = "baseline"
    link: Link | None = None
