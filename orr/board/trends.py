"""How an item's value went: in this review over the last day, and in the reviews before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.trend import Point, hours, last_of_each
from orr.accounts.models import User
from orr.board.filters import number
from orr.reviews import sight
from orr.reviews.models import Review, code_of, number_of

# So many reviews back are looked through, and so many of them shown.
LOOKED_AT = 100
SHOWN = 8


def of_item(f: Mapping[str, Any], item: Mapping[str, Any], reader: User) -> dict[str, Any]:
    """`hours`: how many readings of the last day, with their `line`; `reviews`: earlier ones in sight."""
    points = hours(f["id"], item["code"])
    unit = points[-1].unit if points else ""
    # A unit that changed on the way makes another scale.
    line = [point.value for point in points if point.unit == unit]
    return {
        "hours": len(line),
        "line": line,
        **(_ends(line, unit) if line else {}),
        "reviews": [_row(point) for point in _before(f, item["code"], reader)],
    }


def _ends(line: Sequence[float], unit: str) -> dict[str, str]:
    named = {"first": line[0], "last": line[-1], "low": min(line), "high": max(line)}
    return {name: _shown(value, unit) for name, value in named.items()}


def _before(f: Mapping[str, Any], code: str, reader: User) -> list[Point]:
    """The last value of each earlier review that this person sees, of a shared service and environment."""
    services = set(f["service_ids"])
    found = (
        Review.objects.filter(
            sight.seen_by(reader), environment=f["environment"], pk__lt=number_of(f["id"]) or 0
        )
        .order_by("-pk")
        .values_list("pk", "change_set__body__service_ids")[:LOOKED_AT]
    )
    alike = [code_of(pk) for pk, theirs in found if _alike(services, set(theirs or []))]
    known = last_of_each(alike, code)
    return [known[one] for one in alike if one in known][:SHOWN]


def _alike(ours: set[str], theirs: set[str]) -> bool:
    return bool(ours & theirs) or not (ours or theirs)


def _row(point: Point) -> dict[str, Any]:
    shown = _shown(point.value, point.unit)
    return {"code": point.subject, "at": point.at, "verdict": point.judged, "display": shown}


def _shown(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip()
