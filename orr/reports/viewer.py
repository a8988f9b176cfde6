"""What one person may do in a review now, and their own next step; a sentence for each that they may not."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.models import State as Ended
from approvals.stopping import Right
from orr.accounts.models import Role, User
from orr.accounts.roles import ACTING_ROLES, role_title, roles_of
from orr.decisions import analyses, eligibility, stopping, superseding
from orr.decisions.models import Proposal, Rca
from orr.exits.models import Mode, RunState
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say
from orr.reports.facts import checklist, requirement
from orr.reports.own import own_signature
from orr.reviews.acts import find, state_sentence
from orr.reviews.models import Review
from orr.reviews.states import State, Verb, after

# What a re-review may follow; `void` and `expired` can also be proposed anew as they are.
RE_REVIEWED = frozenset({"no_go", "void", "expired", "withdrawn", "exited"})
EXIT_STATES = frozenset({State.ROLLING_OUT, State.OBSERVING, State.CLOSED})


@transaction.atomic
def for_person(code: str, person: User, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """`{"may": {act: {"ok", "reason"}}, "next": {"title", "sentence", "url", "label"}, "roles": [...],
    "replaceable": {code: {"ok", "reason"}}}`."""
    facts = facts or checklist(code, person)
    review = find(code)
    held = roles_of(person, team=review.team_id)
    proposal = _live_proposal(review)
    seats, sign = _sign(review, proposal, person)
    analysis = analyses.of(review) if facts["rca"] else None
    acts = {"sign": sign, **_acts(review, proposal, person, held, analysis)}
    may = {name: requirement(found) for name, found in acts.items()}
    may |= _stopping(review, proposal, person)
    may["re_review"] = requirement(_may_re_review(facts["state"], held))
    may["attest"] = _may_attest(facts, held)
    return {
        "may": may,
        "roles": sorted(held),
        "next": _next(facts, may),
        "replaceable": {one["id"]: _may_replace(one["id"], person) for one in facts["same_target"]},
        "seats": seats,
        "signature": own_signature(review, proposal, person, facts),
    }


def _sign(
    review: Review, proposal: Proposal | None, person: User
) -> tuple[list[dict[str, Any]], Requirement]:
    """The seats that are open to the person, their own before those of principals; else why there is none."""
    if proposal is None:
        return [], _no_proposal()
    found, allowed = eligibility.seats_of(review, proposal, person, clock.now())
    slots = proposal.request.slots
    return [
        {
            "for": {"id": str(one.principal.pk), "name": str(one.principal)} if one.principal else None,
            "roles": sorted({slots[slot] for slot in one.may}),
            "titles": [role_title(role) for role in dict.fromkeys(slots[slot] for slot in one.may)],
        }
        for one in found
    ], allowed


def _acts(
    review: Review, proposal: Proposal | None, person: User, held: frozenset[str], analysis: Rca | None
) -> dict[str, Requirement]:
    signed = proposal is not None and any(
        one.person_id == person.pk for one in proposal.request.live_approvals()
    )
    runs = _may_run(review, person, held)
    return {
        "withdraw_signature": Met() if signed else Unmet(say("You have not signed this proposal.")),
        "propose": _state(review, Verb.PROPOSE, eligibility.may_propose(review, person, held)),
        "no_go": _state(review, Verb.REFUSE, eligibility.may_refuse(review, person, held)),
        "edit": _state(review, Verb.EDIT, runs),
        "collect": _state(review, Verb.WITHDRAW, _may_write(held)),
        "start": _state(review, Verb.START, runs),
        "stage": _state(review, Verb.STAGE, runs),
        "finish": _state(review, Verb.FINISH, runs),
        "close": _state(review, Verb.CLOSE, runs),
        "exit": _may_exit(review, person, held),
        "write_rca": _may_write_rca(review, person, analysis),
        "close_rca": _may_close_rca(review, person, analysis),
        "withdraw": _state(review, Verb.WITHDRAW, _may_take_back(review, person, held)),
    }


def _stopping(review: Review, proposal: Proposal | None, person: User) -> dict[str, dict[str, Any]]:
    """Whether the person may reject and cancel; `for` names the principal in whose right a deputy does."""
    told = {}
    for name, state in (("reject", Ended.REJECTED), ("cancel", Ended.CANCELLED)):
        right = stopping.right_to(state, review, proposal, person) if proposal else Right(_no_proposal())
        told[name] = requirement(right.requirement) | {"for": str(right.principal or "")}
    return told


def _live_proposal(review: Review) -> Proposal | None:
    return review.proposals.select_related("request").filter(state="open").first()


def _no_proposal() -> Unmet:
    return Unmet(say("There is no proposal to sign."))


def _state(review: Review, verb: Verb, allowed: Requirement) -> Requirement:
    if after(State(review.state), verb) is None:
        return Unmet(
            say(
                "%(code)s is %(state)s; that no longer allows this.",
                code=review.code,
                state=state_sentence(review.state),
            )
        )
    return allowed


def _may_run(review: Review, person: User, held: frozenset[str]) -> Requirement:
    if person.pk == review.requester_id or Role.RELEASE_MANAGER in held:
        return Met()
    return Unmet(say("Only the requester and release managers do this."))


def _may_write(held: frozenset[str]) -> Requirement:
    if not held.isdisjoint(ACTING_ROLES):
        return Met()
    return Unmet(say("Your role reads; it does not change anything."))


def _may_take_back(review: Review, person: User, held: frozenset[str]) -> Requirement:
    if person.pk == review.requester_id or not held.isdisjoint(ACTING_ROLES):
        return Met()
    return Unmet(say("Only the requester, release managers and approvers take a change back."))


def _may_exit(review: Review, person: User, held: frozenset[str]) -> Requirement:
    if review.state != State.EXITING:
        return _state(review, Verb.EXIT, _may_take_back(review, person, held))
    if review.runs.filter(mode=Mode.EXIT, state=RunState.RUNNING).exists():
        return Unmet(say("An Exit is running already."))
    return _may_take_back(review, person, held)


def _may_re_review(state: str, held: frozenset[str]) -> Requirement:
    if state not in RE_REVIEWED:
        return Unmet(say("A re-review follows a review that has ended without its change."))
    return _may_write(held)


def _may_write_rca(review: Review, person: User, found: Rca | None) -> Requirement:
    if found is None or found.closed_at is not None:
        return Unmet(say("There is no open root-cause analysis here."))
    return analyses.may_write(review, person)


def _may_close_rca(review: Review, person: User, found: Rca | None) -> Requirement:
    if found is None or found.closed_at is not None:
        return Unmet(say("There is no open root-cause analysis here."))
    if found.recorded_at is None:
        return Unmet(say("The analysis is not recorded yet; there is nothing to close."))
    return analyses.may_close(review, found, person)


def _may_replace(code: str, person: User) -> dict[str, Any]:
    return requirement(superseding.may_replace(find(code), person))


def _may_attest(facts: dict[str, Any], held: frozenset[str]) -> dict[str, dict[str, Any]]:
    told = {}
    for gate in facts["gates"]:
        for item in gate["items"]:
            role = item["attest_role"]
            if role and item["verdict"] != "not_applicable":
                missing = say("This takes a statement of the role %(role)s.", role=item["attest_role_title"])
                told[item["code"]] = requirement(Met() if role in held else Unmet(missing))
    return told


def _next(facts: dict[str, Any], may: dict[str, Any]) -> dict[str, str]:
    """The one thing the person does next; where there is none, why they wait."""
    at = f"/orr/{facts['id']}"
    for ready, title, label, url in (
        (may["sign"]["ok"], _("Review and sign"), _("Review"), f"{at}/approve"),
        (facts["state"] == "exiting", _("Watch the Exit"), _("Open the Exit"), f"{at}/exit"),
        (_to_write(facts, may), _("Write the RCA"), _("Write the RCA"), f"{at}/rca"),
        (may["close_rca"]["ok"], _("Read and close the RCA"), _("Open the RCA"), f"{at}/rca"),
        (
            may["no_go"]["ok"] and facts["counts"]["red"] > 0,
            _("Record No-Go"),
            _("Record No-Go"),
            f"{at}/decide",
        ),
        (_over(facts, may), _("Open the re-review"), _("Open"), f"/new?re_review_of={facts['id']}"),
        (_decidable(facts, may), _("Propose a decision"), _("Decide"), f"{at}/decide"),
        (
            may["start"]["ok"] and facts["state"] == "effective",
            _("Start the rollout"),
            _("Start"),
            f"{at}/rollout",
        ),
        (may["finish"]["ok"], _("Watch the rollout"), _("Open the rollout"), f"{at}/rollout"),
        (may["close"]["ok"], _("Observe, then close"), _("Open the rollout"), f"{at}/rollout"),
    ):
        if ready:
            return {"title": title, "sentence": facts["next"]["sentence"], "url": url, "label": label}
    item = next(
        (code for code, allowed in may["attest"].items() if allowed["ok"] and _open(facts, code)), None
    )
    if item:
        title = _("State %(item)s") % {"item": item}
        return {
            "title": title,
            "sentence": facts["next"]["sentence"],
            "url": f"{at}/items/{item}",
            "label": _("Open"),
        }
    return {"title": _("Nothing now"), "sentence": facts["next"]["sentence"], "url": "", "label": ""}


def _to_write(facts: dict[str, Any], may: dict[str, Any]) -> bool:
    owed = facts["rca"]
    return bool(owed and owed["state"] == "open" and may["write_rca"]["ok"] and facts["state"] != "exiting")


def _over(facts: dict[str, Any], may: dict[str, Any]) -> bool:
    """Whether the decision expired unused, and the person may open reviews."""
    return bool(facts["state"] == "expired" and facts["decision"] and may["collect"]["ok"])


def _decidable(facts: dict[str, Any], may: dict[str, Any]) -> bool:
    possible = any(one["possible"] for one in facts["options"] if one["decision"] != "no_go")
    waiting = facts["state"] in ("checking", "void", "expired") and not facts["decision"]
    return bool(may["propose"]["ok"] and possible and waiting)


def _open(facts: dict[str, Any], code: str) -> bool:
    items = [item for gate in facts["gates"] for item in gate["items"]]
    return any(item["code"] == code and item["verdict"] in ("pending", "stale") for item in items)
