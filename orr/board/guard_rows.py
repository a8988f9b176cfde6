"""The rows of the guards form: what they suggest at first, what was typed, and the guards they mean."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from orr.board.moments import parse

Row = dict[str, str]
FIELDS = ("kind", "target", "value", "owner", "until")
SUGGESTED_KINDS = {"flag": "flag", "config": "cache"}
MOST = 50


def suggested(f: Mapping[str, Any], me: str) -> list[Row]:
    """A row for each flag and configuration of the change set; where there is none, one to fill."""
    until = _until(f)
    contacts = f["change_set"].get("contacts") or {}
    owner = str(contacts.get("oncall") or me)
    rows = [
        {
            "kind": SUGGESTED_KINDS[item["kind"]],
            "target": (item.get("rollback_key") or {}).get("target", ""),
            "value": item["to"]["version"],
            "owner": owner,
            "until": until,
        }
        for item in f["change_set"]["items"]
        if item["kind"] in SUGGESTED_KINDS and item.get("rollback_key")
    ]
    return rows or [{"kind": "flag", "target": "", "value": "", "owner": owner, "until": until}]


def _until(f: Mapping[str, Any]) -> str:
    end = parse(f["planned_end"])
    now = parse(f["now"]) or datetime.now(UTC)
    settled = max(end or now, now + timedelta(seconds=f["policy"]["valid_for"])) + timedelta(days=1)
    return settled.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def typed(sent: QueryDict) -> list[Row]:
    """The rows as they were sent, at most 50; at least one, so that the form has one to fill."""
    columns = [sent.getlist(f"guard_{field}")[:MOST] for field in FIELDS]
    rows = [dict(zip(FIELDS, values, strict=False)) for values in zip(*columns, strict=False)]
    return rows or [dict.fromkeys(FIELDS, "")]


def guards(rows: list[Row]) -> list[dict[str, Any]]:
    """The guards that the rows mean: a row without target and value means none. Times are UTC."""
    meant = []
    for row in rows:
        if row["target"].strip() or (row["value"].strip() and row["kind"] == "observation"):
            meant.append(
                {
                    "kind": row["kind"],
                    "target": row["target"].strip(),
                    "value": row["value"].strip(),
                    "owner": row["owner"].strip(),
                    "expires_at": _moment(row["until"]),
                }
            )
    return meant


def _moment(text: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    return at.replace(tzinfo=at.tzinfo or UTC).isoformat().replace("+00:00", "Z") if at else text[:40]
