"""The history of a review: every act in the order of time, with who did it and where it stands in the log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orr.accounts.models import Denial
from orr.board import logs, moments
from orr.board.moments import Moment, parse
from orr.board.story_sources import Sources
from orr.reviews.models import Review

Facts = Mapping[str, Any]
TOGETHER = 3
KINDS: dict[str, Promise] = {
    "review": gettext_lazy("Review"),
    "checks": gettext_lazy("Checks"),
    "decision": gettext_lazy("Decision and signatures"),
    "rollout": gettext_lazy("Guards and rollout"),
    "exit": gettext_lazy("Exit and rehearsals"),
    "refusals": gettext_lazy("Refusals"),
}
OF_PREFIX = {
    "evidence": "checks",
    "proposal": "decision",
    "signature": "decision",
    "decision": "decision",
    "break_glass": "decision",
    "guard": "rollout",
    "rollout": "rollout",
    "exit": "exit",
    "rehearsal": "exit",
}
GROUPED = frozenset({"evidence.recorded", "evidence.pushed", "guard.confirmed", "exit.key_proven"})


@dataclass(frozen=True)
class Act:
    """One act: when, what, by whom, what it said, its index in the log; `count` acts of a kind in one."""

    at: Moment
    name: str
    kind: str
    title: str
    s: str
    icon: str
    who: str = ""
    lines: tuple[str, ...] = ()
    proposal: int | None = None
    index: int | None = None
    logged: bool = True
    count: int = 1
    last: int | None = None


def acts(review: Review, f: Facts) -> list[Act]:
    """Every act of the review, the oldest first."""
    sources = Sources(review)
    found = [_logged(entry, sources) for entry in f["log"]["entries"]]
    found += [_refused(one) for one in Denial.objects.filter(subject=review.code).select_related("person")]
    found += _expired(f)
    return sorted(found, key=lambda one: parse(one.at) or 0)


def shown(found: Sequence[Act], kind: str, oldest: bool) -> list[tuple[str, list[Act]]]:
    """The acts of a kind (all for none) under their days; runs of answers stand together."""
    wanted = [one for one in found if kind in ("", one.kind)]
    rows = _together(wanted)
    days = groupby(rows if oldest else reversed(rows), key=lambda one: moments.long_day(one.at))
    return [(day, list(rows)) for day, rows in days]


def counts(found: Iterable[Act]) -> dict[str, int]:
    """How many acts there are of each kind."""
    told = dict.fromkeys(KINDS, 0)
    for one in found:
        told[one.kind] += 1
    return told


def _logged(entry: Mapping[str, Any], sources: Sources) -> Act:
    name = str(entry["kind"])
    prefix = name.split(".")[0]
    icon, status = logs.SHAPES.get(name) or logs.SHAPES.get(prefix, ("doc", "wait"))
    told = sources.behind(entry)
    if told.red:
        icon, status = "fail", "fail"
    return Act(
        entry["at"], name, OF_PREFIX.get(prefix, "review"), str(logs.TITLES.get(name, name)), status, icon,
        told.who, told.lines, told.proposal, entry["index"],
    )  # fmt: skip


def _refused(one: Denial) -> Act:
    who = one.person.name if one.person else ""
    lines = (str(one.reason), f"{one.method} {one.route}")
    return Act(one.at, "refused", "refusals", _("Refused"), "warn", "na", who, lines, logged=False)


def _expired(f: Facts) -> list[Act]:
    """That time ran out: nobody does it and nothing stores it, so it stands in no log."""
    if f["state"] != "expired":
        return []
    decision, approval = f["decision"], f["approval"]
    if decision:
        line = _("No rollout had begun; the change needs a new review.")
        return [
            Act(decision["valid_until"], "expired", "decision", _("Decision expired"), "warn", "clock",
                lines=(line,), proposal=decision["proposal"], logged=False)
        ]  # fmt: skip
    if not approval:
        return []
    signed = ", ".join(slot["person"]["name"] for slot in approval["slots"] if slot["person"])
    had = _("signed then: %(names)s") % {"names": signed} if signed else _("nobody had signed")
    return [
        Act(approval["approve_by"], "expired", "decision", _("Proposal expired"), "warn", "clock",
            lines=(had,), proposal=approval["number"], logged=False)
    ]  # fmt: skip


def _together(found: Sequence[Act]) -> list[Act]:
    """Three or more answers in a row as one line; a red one never disappears in it."""
    rows: list[Act] = []
    for (name, red), same in groupby(found, key=lambda one: (one.name, one.s == "fail")):
        run = list(same)
        if name in GROUPED and not red and len(run) >= TOGETHER:
            items = ", ".join(dict.fromkeys(one.lines[0] for one in run if one.lines))
            first = replace(run[0], count=len(run), lines=(items,) if items else (), last=run[-1].index)
            rows.append(first)
        else:
            rows += run
    return rows
