"""Where a profile is weaker than another: one sentence for each place (pure).

What cannot be compared counts as weaker, and so does a field that this rule does not know: a policy gets
laxer only by its own approval, never because nobody thought of a case.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from orr.accounts.roles import role_sentence as role
from orr.lib.sentence import Sentence, say
from orr.policies.comparing import Judge, fields
from orr.policies.strictness_of_items import items
from orr.policies.wording import STEP_UP, amount, span
from orr.profiles.schema import Canary, Policy, Profile, StepUp

PROOFS = get_args(StepUp)


def weaker(in_force: Profile, wanted: Profile) -> tuple[Sentence, ...]:
    """One sentence for each place in which `wanted` is weaker than `in_force`; empty where it is nowhere."""
    return tuple(fields(PROFILE, in_force, wanted, say("profile")))


def _slots(was: Sequence[str], now: Sequence[str]) -> Iterator[Sentence]:
    for name in sorted((Counter(was) - Counter(now)).elements()):
        yield say("The seat of %(role)s is gone.", role=role(name))


def _timelock(was: int, now: int) -> Iterator[Sentence]:
    if now < was:
        yield say("The timelock is %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _approve_within(was: int, now: int) -> Iterator[Sentence]:
    # A longer time to sign lets a first signature rest on what was true long before the last one.
    if now > was:
        yield say("The time to sign is %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _valid_for(was: int, now: int) -> Iterator[Sentence]:
    # The longer a decision can be used, the less of what was judged still holds when it is.
    if now > was:
        yield say("A decision is valid for %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _veto(was: Sequence[str], now: Sequence[str]) -> Iterator[Sentence]:
    for name in sorted(set(was) - set(now)):
        yield say("%(role)s has no veto any more.", role=role(name))


def _step_up(was: str, now: str) -> Iterator[Sentence]:
    if PROOFS.index(now) < PROOFS.index(was):
        proofs = {"now": STEP_UP[now], "was": STEP_UP[was]}
        yield say("A signature needs only %(now)s instead of %(was)s.", **proofs)


def _break_glass(was: Any, now: Any) -> Iterator[Sentence]:
    if was is None:
        yield say("Break-glass becomes possible: two people without the timelock.")
    elif now is not None:
        yield from fields({"second_look_within": _second_look}, was, now, say("break-glass"))


def _second_look(was: int, now: int) -> Iterator[Sentence]:
    if now > was:
        yield say(
            "The second look after break-glass is due within %(now)s instead of %(was)s.",
            now=span(now),
            was=span(was),
        )


def _gate_roles(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Sentence]:
    for gate in sorted({*was, *now}):
        if was.get(gate) != now.get(gate):
            yield say(
                "Gate %(gate)s is answered for by %(now)s instead of %(was)s.",
                gate=gate,
                now=_answering(now.get(gate)),
                was=_answering(was.get(gate)),
            )


def _answering(name: str | None) -> Sentence:
    return role(name) if name else say("nobody")


def _stages(was: Sequence[Any], now: Sequence[Any]) -> Iterator[Sentence]:
    stays = {stage.percent: stage.seconds for stage in now}
    for stage in was:
        if stage.percent not in stays:
            yield say("The canary stage at %(percent)s %% is gone.", percent=stage.percent)
        elif stays[stage.percent] < stage.seconds:
            yield say(
                "The canary stage at %(percent)s %% lasts %(now)s instead of %(was)s.",
                percent=stage.percent,
                now=span(stays[stage.percent]),
                was=span(stage.seconds),
            )


def _observation(was: int, now: int) -> Iterator[Sentence]:
    if now < was:
        yield say("The observation lasts %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _allow_below(was: float, now: float) -> Iterator[Sentence]:
    if now > was:
        yield say(
            "Plain Go is possible up to risk %(now)s instead of %(was)s.", now=amount(now), was=amount(was)
        )


def _deny_above(was: float, now: float) -> Iterator[Sentence]:
    if now > was:
        yield say("Only risk above %(now)s instead of %(was)s is denied.", now=amount(now), was=amount(was))


def _recovery_time(was: int, now: int) -> Iterator[Sentence]:
    if now < was:
        yield say(
            "Recovery after an Exit is watched for %(now)s instead of %(was)s.", now=span(now), was=span(was)
        )


def _recovery_samples(was: int, now: int) -> Iterator[Sentence]:
    if now < was:
        yield say("Recovery is proven by %(now)s samples instead of %(was)s.", now=now, was=was)


POLICY: Mapping[str, Judge | None] = {
    "slots": _slots, "timelock": _timelock, "approve_within": _approve_within, "valid_for": _valid_for,
    "veto": _veto, "step_up": _step_up, "break_glass": _break_glass, "gate_roles": _gate_roles,
}  # fmt: skip
CANARY: Mapping[str, Judge | None] = {"stages": _stages, "observation": _observation}
RISK: Mapping[str, Judge | None] = {"allow_below": _allow_below, "deny_above": _deny_above}
RECOVERY: Mapping[str, Judge | None] = {"seconds": _recovery_time, "min_samples": _recovery_samples}


def _policy(was: Policy, now: Policy) -> Iterator[Sentence]:
    return fields(POLICY, was, now, say("policy"))


def _canary(was: Canary, now: Canary) -> Iterator[Sentence]:
    return fields(CANARY, was, now, say("canary"))


def _risk(was: BaseModel, now: BaseModel) -> Iterator[Sentence]:
    return fields(RISK, was, now, say("risk"))


def _recovery(was: BaseModel, now: BaseModel) -> Iterator[Sentence]:
    return fields(RECOVERY, was, now, say("recovery"))


# Name, version, title and reasons are words for people: they judge nothing.
PROFILE: Mapping[str, Judge | None] = {
    "name": None, "version": None, "title": None, "policy": _policy, "canary": _canary,
    "risk": _risk, "recovery": _recovery, "items": items,
}  # fmt: skip
