"""What a parsed PromQL expression is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Matcher:
    label: str
    op: str
    value: str


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Selector:
    """Series by name and labels; `window` and `offset` in milliseconds, `window` only for a range."""

    matchers: tuple[Matcher, ...]
    window: int | None = None
    offset: int = 0


@dataclass(frozen=True)
class Call:
    name: str
    args: tuple["Expression", ...]


@dataclass(frozen=True)
class Grouping:
    """`by (…)` keeps these labels, `without (…)` keeps the others."""

    labels: frozenset[str]
    without: bool


@dataclass(frozen=True)
class Aggregate:
    op: str
    of: "Expression"
    grouping: Grouping


@dataclass(frozen=True)
class Binary:
    """`pairing` None matches on all labels but the name; `boolean` answers 0 or 1 instead of filtering."""

    op: str
    left: "Expression"
    right: "Expression"
    boolean: bool = False
    pairing: Grouping | None = None


@dataclass(frozen=True)
class Negative:
    of: "Expression"


Expression = Number | Selector | Call | Aggregate | Binary | Negative
