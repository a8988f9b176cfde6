"""The course of a review as lanes over its time, from its records: checks, decision, rollout, proof."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orr.board import moments
from orr.board.lanes import Mark, Span, draw
from orr.board.moments import parse
from orr.board.story import Act

Facts = Mapping[str, Any]
CHECK, DECISION, ROLLOUT, PROOF = range(4)
ENDED = frozenset({"no_go", "withdrawn", "closed", "exited", "expired"})
SIGNED = "proposal.signed"
# What closes a proposal without an effect, as the log calls it.
STOPPED = frozenset({"proposal.rejected", "proposal.cancelled"})
ENDINGS = STOPPED | {"proposal.void", "proposal.expired", "expired"}
BY_PEOPLE = STOPPED | {"proposal.made", SIGNED, "signature.withdrawn"}
# What ends a review outside its rollout.
LEFT = frozenset({"review.withdrawn", "review.replaced", "expired"})
# Below this the axis tells seconds, so that no two ticks read the same.
BRIEF = timedelta(minutes=10)
SHADES = ("seg1", "seg2", "seg3")


def chart(f: Facts, acts: Sequence[Act]) -> dict[str, Any] | None:
    """The drawing and its words; None where nothing of the review lasted long enough to have a length."""
    until = _until(f, acts)
    begin = _at(f["opened_at"])
    if until <= begin:
        return None
    within = [one for one in acts if begin <= _at(one.at) <= until]
    spans = [*_checks(f, until), *_decision_spans(f, within, until), *_rollout_spans(f, until)]
    marks = [*_decision_marks(f, within), *_rollout_marks(f, until), *_proof(f, acts, until)]
    opened = Mark(CHECK, begin, "pt", "")
    same_day = timezone.localtime(begin).date() == timezone.localtime(until).date()
    seconds = until - begin < BRIEF
    tick = (lambda at: moments.hour(at, seconds)) if same_day else lambda at: moments.when(at, None, seconds)
    drawn = draw(4, spans, [opened, *marks], timezone.get_current_timezone(), tick)
    if drawn is None:
        return None
    return {
        "drawn": drawn,
        "titles": [_("Checks"), _("Decision and approval"), _("Rollout"), _("Proof")],
        "title": _("From opening to %(end)s") % {"end": f["pill"]["word"]},
        "told": [f"{moments.when(one.at, None)} {one.title} {one.who}".strip() for one in _people(within)],
    }


def _at(moment: Any) -> datetime:
    at = parse(moment)
    if at is None:
        raise ValueError("a record without its time")
    return at


def _until(f: Facts, acts: Sequence[Act]) -> datetime:
    """Where the course ends; while it runs, now. Analyses and documents that follow are no part of it."""
    if f["state"] not in ENDED:
        return _at(f["now"])
    rollout, exit_, decision = f["rollout"] or {}, f["exit"] or {}, f["decision"] or {}
    found = {
        "closed": rollout.get("closed_at"),
        "exited": exit_.get("ended_at"),
        "no_go": decision.get("effective_at"),
    }.get(f["state"])
    last = [one.at for one in acts if one.name in LEFT | {"review.closed"}]
    return _at(found or (last[-1] if last else acts[-1].at if acts else f["opened_at"]))


def _checks(f: Facts, until: datetime) -> Iterator[Span]:
    begin, done = _at(f["opened_at"]), parse((f["tat"] or {}).get("since"))
    if done and begin < done <= until:
        passed = _("%(n)s of %(m)s pass") % {"n": f["counts"]["passing"], "m": f["counts"]["items"]}
        took = moments.clock((done - begin).total_seconds())
        yield Span(CHECK, begin, done, "seg2", f"{passed} · {took}", beside=True)
    elif not done:
        red = f["counts"]["red"]
        label = ngettext("%(num)s red", "%(num)s red", red) % {"num": red} if red else _("not decidable yet")
        yield Span(CHECK, begin, until, "wait1", label)


def _number_of(one: Act) -> int:
    return one.proposal or 0


def _rounds(acts: Sequence[Act]) -> Iterator[tuple[list[Act], Act | None]]:
    """Each proposal's own acts in time, and how it ended where nothing came of it."""
    own = [one for one in acts if one.proposal and one.name in BY_PEOPLE | ENDINGS]
    for _number, found in groupby(sorted(own, key=_number_of), key=_number_of):
        steps = sorted(found, key=lambda one: _at(one.at))
        yield steps, next((one for one in steps if one.name in ENDINGS), None)


def _decision_spans(f: Facts, acts: Sequence[Act], until: datetime) -> Iterator[Span]:
    effect = parse((f["decision"] or {}).get("effective_at"))
    for steps, ended in _rounds(acts):
        begin = _at(steps[0].at)
        lasted = _at(ended.at) if ended else effect or until
        signed = [_at(one.at) for one in steps if one.name == SIGNED]
        last = signed[-1] if signed else begin
        if last > begin:
            yield Span(DECISION, begin, last, "seg2")
        if lasted > last:
            yield Span(DECISION, last, lasted, "wait1", _waited(f, ended, effect, last), beside=bool(effect))


def _waited(f: Facts, ended: Act | None, effect: datetime | None, last: datetime) -> str:
    """What the dashed time was: the timelock before an effect; before another ending it says nothing."""
    if ended or effect is None or (f["decision"] or {}).get("break_glass") is not None:
        return ""
    took = _("in effect after %(span)s") % {"span": moments.brief((effect - last).total_seconds())}
    tat = f["decision_tat_seconds"]
    return took if tat is None else f"{took} · TAT {moments.brief(tat)}"


def _decision_marks(f: Facts, acts: Sequence[Act]) -> Iterator[Mark]:
    for one in acts:
        if one.name == "proposal.made":
            yield Mark(DECISION, _at(one.at), "pt", _("Proposed"))
        elif one.name == SIGNED:
            yield Mark(DECISION, _at(one.at), "pt", one.lines[0] if one.lines else "")
        elif one.name in BY_PEOPLE:
            yield Mark(DECISION, _at(one.at), "pt")
        elif one.name in LEFT:
            kind = "late" if one.name == "expired" else "end"
            yield Mark(DECISION, _at(one.at), kind, one.title, beside=True, strong=True)
    decision = f["decision"]
    if decision:
        kind = "bad" if decision["decision"] == "no_go" else "end"
        last = f["rollout"] is None and f["state"] in ("no_go", "effective")
        word = decision["title"] if last else ""
        yield Mark(DECISION, _at(decision["effective_at"]), kind, word, beside=True, strong=last)


def _rollout_spans(f: Facts, until: datetime) -> Iterator[Span]:
    rollout, exit_ = f["rollout"], f["exit"]
    back = parse(exit_["started_at"]) if exit_ else None
    begun = [one for one in (rollout or {}).get("stages", ()) if one["started_at"]]
    for number, one in enumerate(begun):
        start, end = _at(one["started_at"]), parse(one["ended_at"]) or until
        end = min(end, back) if back else end
        shade = SHADES[min(number, 2)] if one["percent"] < 100 else SHADES[2]
        if end > start:
            yield Span(ROLLOUT, start, end, shade, f"{one['percent']} %")
    if exit_ and back:
        yield Span(ROLLOUT, back, parse(exit_["ended_at"]) or until, "bad", "Exit")


def _rollout_marks(f: Facts, until: datetime) -> Iterator[Mark]:
    if f["state"] in ("closed", "exited") and f["rollout"]:
        word = "prod:stable" if f["state"] == "closed" else f["pill"]["word"]
        yield Mark(ROLLOUT, until, "end" if f["state"] == "closed" else "bad", str(word), True, strong=True)
    elif f["exit"] and f["state"] == "exited":
        yield Mark(ROLLOUT, until, "bad", str(f["pill"]["word"]), True, True)


def _proof(f: Facts, acts: Sequence[Act], until: datetime) -> Iterator[Mark]:
    """A dot for each record, green once it stands in the signed log; those after the end are counted."""
    logged = [one for one in acts if one.logged]
    inside = [one for one in logged if _at(one.at) <= until]
    for one in inside:
        yield Mark(PROOF, _at(one.at), "ok" if one.index is not None else "late")
    if not inside:
        return
    proven, late = sum(one.index is not None for one in logged), len(logged) - len(inside)
    words = _("%(n)s of %(m)s records in the signed log") % {"n": proven, "m": len(logged)}
    after = _(", %(n)s after the end") % {"n": late} if late else ""
    yield Mark(PROOF, _at(inside[0].at), "none", words + after)


def _people(acts: Sequence[Act]) -> list[Act]:
    """What the words beside the chart tell: every act of the course but the single answers."""
    return [one for one in acts if one.kind in ("review", "decision", "rollout", "exit")]
