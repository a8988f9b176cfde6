"""One row of the list: what it says of a review in a glance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evidence.verdict import Verdict
from orr.board import moments, verdicts, words
from orr.board.moments import parse
from orr.board.turns import OPEN, Reader, turn
from orr.reviews.models import Review
from orr.reviews.states import ENDED

Row = dict[str, Any]
GROUPS = ("mine", "checking", "signing", "signed", "ended")


def rows(reviews: Sequence[Review], who: Reader) -> tuple[list[Row], datetime | None]:
    """Every review as a row, and the next moment at which one of them changes by time alone."""
    judged = verdicts.of_all(reviews, who.now)
    ahead = [until for _found, until in judged.values() if until]
    ahead += [at for at in map(_deadline, reviews) if at and at > who.now]
    return [_row(review, judged[review.code][0], who) for review in reviews], min(ahead, default=None)


def _row(review: Review, found: Mapping[str, Verdict], who: Reader) -> Row:
    counts = Counter(found.values())
    step = turn(review, found, who)
    gates = verdicts.gates(found)
    status, icon, word, about = _said(review, counts, who.now)
    proposal = review.proposal or {}  # type: ignore[attr-defined]
    return {
        "code": review.code,
        "title": review.title,
        "profiles": review.profiles,
        "environment": review.environment,
        "shadow": review.shadow,
        "state": review.state,
        "s": status,
        "icon": icon,
        "word": word,
        "about": about,
        "gates": gates,
        "gates_said": _gates_said(gates),
        "filled": len(proposal.get("signed") or []),
        "needed": len(proposal.get("slots") or verdicts.rules_of(review).policy.slots),
        "turn": step,
        "group": _group(review, step.mine),
        "owes": bool((review.rca or {}).get("open")),  # type: ignore[attr-defined]
        "updated_at": review.updated_at,
        "ended": review.state in ENDED,
        "approve_by": proposal.get("approve_by"),
    }


def _deadline(review: Review) -> datetime | None:
    """The moment at which the review expires: its proposal unsigned, or its decision not started."""
    if review.state == "proposed":
        return parse((review.proposal or {}).get("approve_by"))  # type: ignore[attr-defined]
    decision = getattr(review, "decision", None)
    return decision.valid_until if decision and review.state == "effective" else None


def _group(review: Review, mine: bool) -> str:
    if mine:
        return "mine"
    if review.state in ENDED:
        return "ended"
    return {"checking": "checking", "void": "checking", "proposed": "signing"}.get(review.state, "signed")


def _gates_said(gates: Sequence[Mapping[str, Any]]) -> str:
    loud = [g for g in gates if g["verdict"] not in {"green", "not_applicable"}]
    if not loud:
        return _("Gates: all 8 pass")
    named = ", ".join(f"{g['number']} {words.VERDICTS[g['verdict']][2]}" for g in loud)
    return _("Gates: %(which)s") % {"which": named}


def _said(review: Review, counts: Counter[Verdict], now: datetime) -> tuple[str, str, str, str]:
    """Status, icon, word and the line below."""
    state = review.state
    if state in {"checking", "void"}:
        return _checking(review, counts)
    if state == "proposed":
        return _proposed(review, now)
    if state == "exiting" and review.exit_state:  # type: ignore[attr-defined]
        status, icon, word = words.EXITS[review.exit_state]  # type: ignore[attr-defined]
        until = moments.hour(review.exit_deadline, True)  # type: ignore[attr-defined]
        return status, icon, str(word), _("deadline %(at)s") % {"at": until}
    deadline = _deadline(review)
    if state == "effective" and deadline and now >= deadline:
        state = "expired"
    status, icon, title = words.shape("state", state)
    return status, icon, str(title), _analysis(review, now) or _about(review, now)


def _analysis(review: Review, now: datetime) -> str:
    owed = review.rca or {"open": False}  # type: ignore[attr-defined]
    if not owed["open"]:
        return ""
    if owed["recorded_at"]:
        return _("root cause recorded; a second person closes it")
    due = parse(owed["due_at"])
    if due and due <= now:
        return _("root cause overdue since %(when)s") % {"when": moments.when(due, now)}
    return _("root cause due %(when)s") % {"when": moments.when(due, now)}


def _checking(review: Review, counts: Counter[Verdict]) -> tuple[str, str, str, str]:
    applicable = sum(n for verdict, n in counts.items() if verdict is not Verdict.NOT_APPLICABLE)
    done = _("%(n)s / %(m)s pass") % {"n": counts[Verdict.GREEN], "m": applicable}
    who = f"{done} · {review.requester.name}"
    if counts[Verdict.RED]:
        red = ngettext("%(n)s check is red", "%(n)s checks are red", counts[Verdict.RED]) % {
            "n": counts[Verdict.RED]
        }
        return "fail", "fail", _("Only No-Go"), f"{red} · {who}"
    if any(counts[verdict] for verdict in OPEN):
        return "wait", "wait", _("Not decidable yet"), who
    if review.state == "void":
        return "warn", "warn", _("Proposal ended"), who
    return "pass", "pass", _("Checks done"), who


def _proposed(review: Review, now: datetime) -> tuple[str, str, str, str]:
    proposal = review.proposal or {}  # type: ignore[attr-defined]
    filled, by = parse(proposal.get("filled_at")), parse(proposal.get("approve_by"))
    if by and by <= now:
        return (
            "warn",
            "clock",
            _("Expired"),
            _("was to be signed by %(when)s") % {"when": moments.when(by, now)},
        )
    if proposal.get("break_glass") is not None:
        return (
            "warn",
            "warn",
            _("Break-glass"),
            _("to be signed by %(when)s") % {"when": moments.when(by, now)},
        )
    if filled:
        ready = filled + timedelta(seconds=verdicts.rules_of(review).policy.timelock)
        return "run", "lock", _("Timelock"), _("in effect at %(at)s") % {"at": moments.hour(ready, True)}
    word = _("Being signed") if proposal.get("signed") else _("Proposed")
    return "run", "run", word, _("to be signed by %(when)s") % {"when": moments.when(by, now)}


def _about(review: Review, now: datetime) -> str:
    decision, rollout = getattr(review, "decision", None), getattr(review, "rollout", None)
    title = str(words.DECISIONS[decision.decision][2]) if decision else ""
    if review.state == "effective" and decision and decision.valid_until:
        return f"{title} · " + _("start by %(when)s") % {"when": moments.when(decision.valid_until, now)}
    if review.state == "rolling_out" and rollout:
        return f"{title} · {rollout.percent} %"
    if review.state == "observing" and rollout:
        return f"{title} · " + _("observed until %(at)s") % {"at": moments.hour(rollout.observation_until)}
    return title
