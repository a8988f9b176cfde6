"""The form of a root-cause analysis: its rows as they are kept, as they were typed, and what they mean."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from orr.decisions.rca import Content, Remedy, RootCause
from orr.lib.bounds import plausible

Fields = dict[str, Any]
FAULT = "measurement"
CAUSE = ("text", "kind", "item")
ACTION = ("what", "owner", "due", "done")
# So many empty rows stand at the end, for those without scripts.
SPARE = 2


def fields(told: Mapping[str, Any]) -> Fields:
    """The form's fields for an analysis as the facts tell it."""
    causes = [
        {"text": c["text"], "kind": FAULT if c["measurement_fault"] else "", "item": c["item"]}
        for c in told["causes"]
    ]
    actions = [
        {
            "what": a["what"],
            "owner": a["owner_id"],
            "due": _typed_time(a["due"]),
            "done": "1" if a["done"] else "",
        }
        for a in told["actions"]
    ]
    return _with_spare({"happened": told["happened"], "causes": causes, "actions": actions})


def typed(sent: QueryDict) -> Fields:
    """The fields as they were sent."""
    return _with_spare(
        {
            "happened": sent.get("happened", ""),
            "causes": _rows(sent, "cause", CAUSE),
            "actions": _rows(sent, "action", ACTION),
        }
    )


def content(shown: Fields) -> Content:
    """What the fields mean. Times are UTC; one that is no time stays out, so that it is asked for."""
    return Content(
        shown["happened"].replace("\r\n", "\n"),
        tuple(RootCause(row["text"], row["kind"] == FAULT, row["item"]) for row in shown["causes"]),
        tuple(
            Remedy(row["what"], row["owner"][:40], _moment(row["due"]), row["done"] == "1")
            for row in shown["actions"]
        ),
    )


def _rows(sent: QueryDict, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    values = [sent.getlist(f"{name}_{column}") for column in columns]
    rows = [dict(zip(columns, row, strict=True)) for row in zip_longest(*values, fillvalue="")]
    return [row for row in rows if any(row.values())]


def _with_spare(shown: Fields) -> Fields:
    for name, columns in (("causes", CAUSE), ("actions", ACTION)):
        shown[name] = [*shown[name], *(dict.fromkeys(columns, "") for _ in range(SPARE))]
    return shown


def _typed_time(due: datetime | str | None) -> str:
    at = datetime.fromisoformat(due) if isinstance(due, str) else due
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if at else ""


def _moment(text: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        return ""
    due = at.replace(tzinfo=at.tzinfo or UTC)
    # What lies beyond is refused where it is kept, with its place.
    return due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if plausible(due) else text
