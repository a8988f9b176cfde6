"""Which labels two series are matched or grouped by."""

from orr.demo.plant.promql.lexer import QueryError
from orr.demo.plant.promql.tree import Grouping

Key = frozenset[tuple[str, str]]


def key_of(labels: dict[str, str], grouping: Grouping | None) -> Key:
    """The labels that count: all but the name without a grouping, else what it keeps."""
    if grouping is None:
        return frozenset((k, v) for k, v in labels.items() if k != "__name__")
    if grouping.without:
        return frozenset((k, v) for k, v in labels.items() if k != "__name__" and k not in grouping.labels)
    return frozenset((k, v) for k, v in labels.items() if k in grouping.labels)


def unique(
    rows: list[tuple[dict[str, str], float]], grouping: Grouping | None, side: str
) -> dict[Key, tuple[dict[str, str], float]]:
    """Rows by key; raises QueryError when two share one, as one-to-one matching demands."""
    found: dict[Key, tuple[dict[str, str], float]] = {}
    for row in rows:
        key = key_of(row[0], grouping)
        if key in found:
            raise QueryError(f"duplicate series on the {side} hand side of the operation")
        found[key] = row
    return found
