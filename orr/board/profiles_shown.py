"""Policies as the settings pages show them: what is in force, why, what waits, and who is asked."""

from typing import Any

from django.utils.translation import gettext as _

from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.accounts.stepup import PASSWORD
from orr.board import policy_proposals, replays_shown
from orr.lib.errors import NotFound, Unavailable
from orr.lib.sentence import Sentence, say
from orr.policies import actions as policies
from orr.policies import record
from orr.policies.models import PolicyVersion, State
from orr.policies.standing import Standing
from orr.policies.wording import STEP_UP
from orr.profiles import load
from orr.profiles.load import BASE
from orr.profiles.schema import Policy, Profile, Rule
from orr.reports import wording
from orr.reviews.checklist import ITEMS

Row = dict[str, Any]
HISTORY = 20
# What waits for somebody stands first.
URGENT = frozenset({"unreadable", "waits", "broken", "proposed"})


def rows() -> list[Row]:
    """Every policy in a line, those that wait for somebody first."""
    proposed = policy_proposals.by_name()
    found = [_row(policies.look(name), proposed.get(name)) for name in policies.names()]
    return sorted(found, key=lambda row: (row["state"] not in URGENT, row["name"]))


def _row(found: Standing, proposed: Row | None) -> Row:
    """One line of the list; a version in force that cannot be read says so, and the others stand as usual."""
    try:
        return _readable(found, proposed)
    except Unavailable as error:
        return _unreadable(found, str(error))


def _unreadable(found: Standing, error: str) -> Row:
    return {
        "name": found.name,
        "linked": False,
        "title": found.name,
        "version": None,
        "digest": found.row.digest if found.row else "",
        "seats": [],
        "timelock": None,
        "state": "unreadable",
        "weaker": 0,
        "proposed": None,
        "error": error,
    }


def _readable(found: Standing, proposed: Row | None) -> Row:
    shown = found.in_force or found.file
    policy = shown.policy if shown else None
    return {
        "name": found.name,
        "linked": bool(load.NAME.match(found.name)),
        "title": shown.title.model_dump() if shown else found.name,
        "version": shown.version if shown else None,
        "digest": found.row.digest if found.row else "",
        "seats": [role_title(role) for role in policy.slots] if policy else [],
        "timelock": policy.timelock if policy else None,
        "state": "proposed" if proposed else state_of(found),
        "weaker": len(found.weaker),
        "proposed": proposed,
        "error": str(found.error or ""),
    }


def state_of(found: Standing) -> str:
    """`waits` for an approval, `adopts` with the next review, `broken` or `deleted` file, or `in_force`."""
    if found.waits:
        return "waits"
    if found.file is None:
        return "broken" if found.name in load.names() else "deleted"
    return "adopts" if found.differs else "in_force"


def one(name: str, person: User) -> Row:
    """The page of one policy. Raises NotFound."""
    if name not in policies.names():
        raise NotFound(say("There is no profile “%(name)s”.", name=name))
    found = policies.look(name)
    profile = found.in_force or found.file
    return {
        **_readable(found, policy_proposals.by_name().get(name)),
        "row": found.row,
        "step_up": _least_proof(found),
        "file_digest": record.digest_of(record.body_of(found.file)) if found.file else "",
        "differences": [str(sentence) for sentence in found.weaker],
        "fresh_name": found.row is None,
        "proposal": policy_proposals.live(name, person),
        "profile": profile,
        "items": [_item(rule, found.weaker) for rule in profile.items.values()] if profile else [],
        "adopted": sum(rule.adopted for rule in profile.items.values()) if profile else 0,
        "policy": _policy(profile.policy) if profile else None,
        "stages": _stages(profile) if profile else [],
        "history": _history(name),
        "replay": replays_shown.before_it_counts(name, found, person),
    }


def _least_proof(found: Standing) -> str:
    """The weakest proof that counts for a signature: what is in force says so, for a new name `standard`."""
    governing = found.in_force or policies.look(BASE).in_force
    return governing.policy.step_up if governing else PASSWORD


def _item(rule: Rule, weaker: tuple[Sentence, ...]) -> Row:
    return {
        "code": rule.code,
        "gate": rule.gate,
        "title": str(ITEMS[rule.code].title),
        "adopted": rule.adopted,
        "threshold": wording.threshold_display(rule),
        "freshness": rule.freshness,
        "window": rule.window,
        "max_age": rule.max_age,
        "samples": rule.min_samples,
        "attest": role_title(rule.attest) if rule.attest else "",
        "push": rule.push,
        "kinds": rule.kinds,
        "freezes": [{"name": one.name, "reason": one.reason} for one in rule.freezes],
        "leaves_freezes": rule.leaves_freezes,
        "reason": _(rule.reason) if rule.reason else "",
        "weaker": [
            str(one.params.get("what") or one) for one in weaker if one.params.get("item") == rule.code
        ],
    }


def _policy(policy: Policy) -> Row:
    glass = policy.break_glass
    answers: dict[str, list[str]] = {}
    for gate, role in sorted(policy.gate_roles.items()):
        answers.setdefault(role, []).append(gate)
    return {
        **policy.model_dump(),
        "seats": [
            {"title": role_title(role), "gates": ", ".join(answers.get(role, []))} for role in policy.slots
        ],
        "veto": [role_title(role) for role in policy.veto],
        "proof": str(STEP_UP[policy.step_up]),
        "second_look": glass.second_look_within if glass else None,
    }


def _stages(profile: Profile) -> list[Row]:
    return [{"percent": stage.percent, "seconds": stage.seconds} for stage in profile.canary.stages]


def _history(name: str) -> list[Row]:
    versions = PolicyVersion.objects.filter(name=name).exclude(state=State.PROPOSED)
    found = versions.select_related("proposed_by", "ended_by").order_by("-made_at")[:HISTORY]
    return [
        {
            "digest": row.digest,
            "at": row.adopted_at or row.ended_at,
            "state": row.state,
            "how": row.origin,
            "by": str(row.proposed_by or ""),
            "reason": row.reason,
            "ended_reason": str(row.ended_reason or ""),
        }
        for row in found
    ]
