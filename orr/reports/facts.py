"""The facts of one review: what page, API, command and report all tell, in the same words.

Everything here is read at one moment of the database's clock; sentences are worded in the active language.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evidence import actions as evidence_actions
from evidence.trend import trend
from orr.accounts.models import User
from orr.accounts.roles import holders
from orr.decisions import actions as decision_actions
from orr.decisions import eligibility, rules
from orr.decisions.models import Decision, Proposal
from orr.exits import progress as exit_progress
from orr.exits.models import Mode, Run
from orr.hooks.shown import answers_of
from orr.lib import clock
from orr.lib.met import Requirement
from orr.plans import plan as plans
from orr.reports import course, wording
from orr.reports.analysis import analysis
from orr.reports.gates import counts, gates, people_in
from orr.reports.glass import glass_of
from orr.reports.hands import hands
from orr.reports.lineage import lineage
from orr.reports.next_step import next_step
from orr.reports.out_of_sight import veiled
from orr.reports.unblock import unblock
from orr.reviews.acts import find
from orr.reviews.models import Review, code_of
from orr.reviews.standing import Standing, standing
from orr.reviews.states import COLLECTING
from orr.rollouts import progress as rollout_progress
from orr.tlog import log

TAT_GOAL = 900


@transaction.atomic
def checklist(code: str, reader: User | None = None) -> dict[str, Any]:
    """The review as the API's `checklist` answers it, and what pages show beside. Raises NotFound.

    Other reviews are named to a `reader` who sees them; without one, to those of the review's own team.
    """
    review = find(code)
    now = clock.now()
    proposals = course.proposals_of(review)
    related = ("by", "proposal__request", "debt__second_look__by")
    decided = Decision.objects.select_related(*related).filter(review=review).first()
    decided_at = course.judged_at(review, decided)
    live = standing(review, decided_at or now, until=decided_at)
    rollout = rollout_progress.progress(review)
    state = "expired" if _expired(review, proposals, decided, rollout, now) else review.state
    facts = {
        **_identity(review, state),
        **_times(review, proposals, decided, now),
        **_checks(review, live),
        **_course(review, proposals, decided, now),
        **lineage(review, live),
        "rca": analysis(review, now),
        "rollout": rollout,
        "exit": _run(review, Mode.EXIT, exit_progress.progress),
        "answers": answers_of(review),
        "rehearsal": _run(review, Mode.REHEARSAL, exit_progress.rehearsal),
        "version": review.version,
        "now": wording.moment(now),
    }
    facts = veiled(facts, review, reader)
    facts |= {"hands": hands(facts), "unblock": _unblock(review, facts)}
    told: dict[str, Any] = wording.plain({**facts, "next": next_step(facts)})
    return told


def _identity(review: Review, state: str) -> dict[str, Any]:
    body = review.body
    return {
        "id": review.code,
        "title": review.title,
        "summary": body["summary"],
        "purpose": body.get("purpose", ""),
        "state": state,
        "state_title": wording.state_title(state),
        "state_status": wording.STATE_STATUS[state],
        "environment": review.environment,
        "shadow": review.shadow,
        "service_ids": body.get("service_ids", []),
        "planned_start": body.get("planned_start"),
        "planned_end": body.get("planned_end"),
        "change_set": body,
        "change_set_digest": review.change_set.digest,
        "profiles": [{**one, "title": wording.title(one["title"])} for one in review.profiles],
        "profile_digest": review.profile_digest,
        "policy": review.profile["policy"],
        "canary": review.profile["canary"],
        "requester": {"id": str(review.requester_id), "name": review.requester.name},
        "opened_at": wording.moment(review.opened_at),
        "re_review_of": code_of(review.re_review_of_id) if review.re_review_of_id else None,
    }


def _checks(review: Review, live: Standing) -> dict[str, Any]:
    names = _names(people_in(live))
    logged = log.entries_of(review.code)
    indices = {
        digest: entry.index
        for entry in logged
        if entry.index is not None
        for digest in entry.artefacts.values()
    }
    progress = evidence_actions.progress(review.code)
    return {
        "gates": gates(review.code, live, names, trend(review.code), indices),
        "counts": counts(live),
        "options": [_option(option) for option in decision_actions.options(review, live)],
        "glass": glass_of(review, live),
        "progress": {"done": progress.done, "total": progress.total, "running": progress.running},
        "next_boundary": wording.moment(live.next_boundary),
        "risk": _risk(),
        "log": {
            "entries": [
                {
                    "index": e.index,
                    "seq": e.seq,
                    "kind": e.kind,
                    "at": wording.moment(e.at),
                    "artefacts": dict(e.artefacts),
                }
                for e in logged
            ],
            "count": len(logged),
            "gap": log.gap(review.code, proofs=False),
        },
        "plan": _plan(review),
    }


def _course(
    review: Review, proposals: list[Proposal], decided: Decision | None, now: datetime
) -> dict[str, Any]:
    live = proposals[0] if proposals and proposals[0].state in course.LIVE else None
    return {
        "approval": course.approval(live, now, _available(review, live, now)) if live else None,
        "proposals": course.history(proposals),
        "decision": course.decision(decided),
        "guards": course.guards(review),
        "seats": _seats(review, now) if review.state in COLLECTING and live is None else [],
    }


def _unblock(review: Review, facts: dict[str, Any]) -> list[dict[str, Any]]:
    unmapped = eligibility.bars_of(review, None).unmapped if review.body.get("authors") else ()
    return unblock(facts, unmapped, holders(review.team_id))


def _available(review: Review, proposal: Proposal | None, now: datetime) -> dict[str, list[str]]:
    """Who could sign now, by role."""
    slots = proposal.request.slots if proposal else list(review.profile["policy"]["slots"])
    standing = proposal.request.standing_approvals if proposal else ()  # type: ignore[attr-defined]
    could = eligibility.could(review, slots, eligibility.bars_of(review, proposal), now, standing)
    available: dict[str, list[str]] = {}
    for one in could:
        for index in one.may:
            names = available.setdefault(slots[index], [])
            told = _named(one)
            if told not in names:
                names.append(told)
    return available


def _named(one: eligibility.Capacity) -> str:
    if one.principal is None:
        return one.person.name
    return _("%(name)s for %(principal)s") % {"name": one.person.name, "principal": one.principal.name}


def _seats(review: Review, now: datetime) -> list[dict[str, Any]]:
    """The seats that a proposal will have, with who could fill each: a role with nobody in it shows early."""
    available = _available(review, None, now)
    return [
        {"index": index, "role": role, "title": wording.role(role), "available": available.get(role, [])}
        for index, role in enumerate(review.profile["policy"]["slots"])
    ]


def _times(
    review: Review, proposals: list[Proposal], decided: Decision | None, now: datetime
) -> dict[str, Any]:
    """The decision's turn-around time: decidable until the last slot was filled, or No-Go; no timelock."""
    filled = [p.request.filled_at for p in proposals if p.state in course.LIVE and p.request.filled_at]
    until = filled[0] if filled else decided.effective_at if decided else None
    since = review.decidable_at
    running = since is not None and until is None and review.state in COLLECTING
    seconds = max(0, int(((until or now) - since).total_seconds())) if since and (until or running) else None
    told = {
        "since": wording.moment(since),
        "until": wording.moment(until),
        "seconds": seconds,
        "goal": TAT_GOAL,
        "running": running,
    }
    return {"decision_tat_seconds": seconds, "tat": told}


def _expired(
    review: Review, proposals: list[Proposal], decided: Decision | None, rollout: Any, now: datetime
) -> bool:
    if review.state not in ("proposed", "effective"):
        return False
    return course.expired(proposals, decided, rollout is not None, now)


def _run(review: Review, mode: Mode, tell: Callable[[Run], dict[str, Any]]) -> dict[str, Any] | None:
    runs = Run.objects.select_related("started_by", "review").filter(review=review, mode=mode)
    latest = runs.order_by("-started_at").first()
    return tell(latest) if latest else None


def _option(option: rules.Option) -> dict[str, Any]:
    return {
        "decision": option.decision.value,
        "title": wording.decision_title(option.decision.value),
        "possible": option.possible,
        "reasons": [str(reason) for reason in option.reasons],
    }


def _risk() -> dict[str, Any]:
    """Nothing was simulated yet: the verdict is unknown, and no number is shown."""
    return {
        "verdict": rules.UNKNOWN.verdict,
        "score": None,
        "planned_residual": None,
        "proven_residual": None,
        "blast_radius": None,
        "explained": wording.risk_unknown(),
    }


def _plan(review: Review) -> dict[str, Any]:
    built = plans.build(review.body)
    return {
        "keys": [key.as_json() for key in built.keys],
        "problems": [
            {"severity": p.severity.value, "name": p.name, "sentence": str(p.sentence)}
            for p in built.problems
        ],
        "points_of_no_return": [str(sentence) for sentence in built.points_of_no_return],
    }


def _names(people: set[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}


def requirement(found: Requirement) -> dict[str, Any]:
    """A requirement as pages show it: `{"ok", "reason"}`."""
    return {"ok": bool(found), "reason": "" if found else str(getattr(found, "reason", ""))}
