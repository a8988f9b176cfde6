"""The sources as a person reads them: the file's entries, and how each did when it was last asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orr.drivers.registry import KINDS
from orr.lib.errors import Invalid
from orr.sources import health, load
from orr.sources.address import bound_to
from orr.sources.models import Answer, Outcome
from orr.sources.source import Source
from orr.sources.standing import Stands, stands

Row = dict[str, Any]
SHAPES = {
    Stands.WITHHELD: ("fail", "fail", gettext_lazy("Not asked: no secret")),
    Stands.SILENT: ("fail", "fail", gettext_lazy("No answer")),
    Stands.UNUSABLE: ("warn", "warn", gettext_lazy("Not all can be read")),
    Stands.UNKNOWN: ("wait", "wait", gettext_lazy("Not known")),
    Stands.ANSWERS: ("pass", "check", gettext_lazy("Answers")),
}
_OF_OUTCOME = {
    Outcome.ANSWERED: ("pass", "check", gettext_lazy("Answered")),
    Outcome.UNUSABLE: ("warn", "warn", gettext_lazy("Unusable")),
    Outcome.SILENT: ("fail", "fail", gettext_lazy("No answer")),
}
TITLES = {
    "prometheus": "Prometheus",
    "oci": gettext_lazy("OCI registry"),
    "postgres": "PostgreSQL",
    "opa": "Open Policy Agent",
    "ofrep": "OFREP",
    "opencost": "OpenCost",
    "focus": "FOCUS",
    "webhook": gettext_lazy("Signed webhook"),
}
# The registry is named by the targets of a change set, not by the sources file.
BY_TARGET = {"oci": ("G2.3",)}
SPARK = 24


def told(wanted: str, now: datetime) -> dict[str, Any]:
    """`rows`, those in trouble first, and `one` of them; `wrong`: why the file cannot be read, and where."""
    try:
        found = load.sources()
    except Invalid as wrong:
        places = [{"where": one.pointer, "why": str(one.sentence)} for one in wrong.errors]
        return {"rows": [], "one": None, "wrong": {"title": str(wrong), "places": places}, "answering": 0}
    items: dict[str, list[str]] = {}
    for code, item in sorted(found.by_item.items()):
        items.setdefault(item.source.name, []).append(code)
    answers = health.answers(found.by_name.values())
    rows = [_row(one, items.get(one.name, []), answers[one.name], now) for one in found.by_name.values()]
    order = list(Stands)
    rows.sort(key=lambda row: (order.index(row["stands"]), row["name"]))
    named = next((row for row in rows if row["name"] == wanted), rows[0] if rows else None)
    answering = sum(row["stands"] == Stands.ANSWERS for row in rows)
    return {"rows": rows, "one": named, "wrong": None, "answering": answering}


def _row(source: Source, stated: Sequence[str], rows: Sequence[Answer], now: datetime) -> Row:
    items = [*stated, *(code for code in BY_TARGET.get(source.kind, ()) if code not in stated)]
    how = stands(rows, items, source.problem is not None, now)
    status, icon, word = SHAPES[how]
    newest = health.latest_by_item(rows)
    last = rows[0] if rows else None
    return {
        "name": source.name,
        "kind": str(TITLES.get(source.kind, source.kind)),
        "address": _address(source.url),
        "bound_to": bound_to(source.url),
        "internal": source.internal,
        "problem": str(source.problem) if source.problem else "",
        "waits_for_trust": source.waits_for_trust,
        "timeout": source.timeout,
        "items": items,
        "drives": source.kind in KINDS,
        "stands": how,
        "s": status,
        "icon": icon,
        "word": str(word),
        "last": _answer(last) if last else None,
        "succeeded_at": health.last_success(rows),
        "trend": [row.milliseconds for row in reversed(rows[:SPARK]) if row.outcome != Outcome.SILENT],
        "by_item": [_answer(newest[code]) for code in ["", *items] if code in newest],
        "without": _without(items, source.kind in KINDS),
    }


def _answer(row: Answer) -> Row:
    status, icon, word = _OF_OUTCOME[Outcome(row.outcome)]
    return {
        "item": row.item,
        "at": row.asked_at,
        "milliseconds": row.milliseconds,
        "said": str(row.said),
        "s": status,
        "icon": icon,
        "word": str(word),
    }


def _address(url: str) -> str:
    """The address without a user's name or anything that could hold a secret; a secret in it is refused."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"[:200]


def _without(items: Sequence[str], drives: bool) -> str:
    """What follows while it does not answer: unknown is neither green nor red."""
    if items:
        return ngettext("%(num)s check is in error", "%(num)s checks are in error", len(items)) % {
            "num": len(items)
        }
    return _("its keys and guards cannot be read back") if drives else _("nothing depends on it")
