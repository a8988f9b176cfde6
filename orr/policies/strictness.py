"""Where a profile is weaker than another: one sentence for each place (pure).

What cannot be compared counts as weaker, and so does a field that this rule does not know: a policy gets
laxer only by its own approval, never because nobody thought of a case.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from orr.accounts.roles import role_sentence as role
from orr.lib.sentence import Sentence, say
from orr.policies.wording import BINDS_TO, MEASURED_ON, STEP_UP, amount, comparator, span
from orr.profiles.schema import BindsTo, NamedFreeze, Profile, Rule, StepUp

Judge = Callable[[Any, Any], Iterator[Sentence]]

PROOFS = get_args(StepUp)
BINDING = get_args(BindsTo)
MEASURED = ("any", "baseline", "candidate")


def weaker(in_force: Profile, wanted: Profile) -> tuple[Sentence, ...]:
    """One sentence for each place in which `wanted` is weaker than `in_force`; empty where it is nowhere."""
    return tuple(_fields(PROFILE, in_force, wanted, say("profile")))


def _fields(
    judges: Mapping[str, Judge | None], was: BaseModel, now: BaseModel, where: Sentence
) -> Iterator[Sentence]:
    """Judge every field that differs; None stands for a field that judges nothing."""
    for name in type(was).model_fields:
        before, after = getattr(was, name), getattr(now, name)
        if before == after:
            continue
        if name not in judges:
            yield say("%(where)s: “%(field)s” is another, and cannot be compared.", where=where, field=name)
        elif (judge := judges[name]) is not None:
            yield from judge(before, after)


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
        yield from _fields({"second_look_within": _second_look}, was, now, say("break-glass"))


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


def _items(was: Mapping[str, Rule], now: Mapping[str, Rule]) -> Iterator[Sentence]:
    for code in sorted({*was, *now}):
        if code not in now:
            yield say("%(item)s is no longer asked for.", item=code)
        elif code in was:
            yield from _item(code, was[code], now[code])


def _item(code: str, was: Rule, now: Rule) -> Iterator[Sentence]:
    if not was.adopted:
        return  # nothing was asked for, so whatever is asked for now is no less
    if not now.adopted:
        yield say("%(item)s is no longer asked for.", item=code)
        return
    for what in _fields(_rule_judges(was, now), was, now, say(code)):
        yield say("%(item)s: %(what)s", item=code, what=what)


def _rule_judges(was: Rule, now: Rule) -> Mapping[str, Judge | None]:
    """The judges of one item; a threshold is judged by its comparator, in its unit."""
    comparable = was.comparator == now.comparator and was.unit == now.unit
    return {**RULE, "threshold": _threshold_of(was, now) if comparable else None}


def _threshold_of(was: Rule, now: Rule) -> Judge:
    softer: Callable[[float, float], bool] = {
        "le": lambda before, after: after > before,
        "lt": lambda before, after: after > before,
        "ge": lambda before, after: after < before,
    }.get(was.comparator, lambda before, after: before != after)

    def judge(before: float | None, after: float | None) -> Iterator[Sentence]:
        if before is None or after is None or softer(before, after):
            yield say("the threshold is %(now)s instead of %(was)s.", now=amount(after), was=amount(before))

    return judge


def _comparator(was: str, now: str) -> Iterator[Sentence]:
    ways = {"now": comparator(now), "was": comparator(was)}
    yield say("it is compared in another way (%(now)s instead of %(was)s).", **ways)


def _unit(was: str, now: str) -> Iterator[Sentence]:
    yield say("it is measured in %(now)s instead of %(was)s.", now=now or "–", was=was or "–")


def _freshness(was: int, now: int) -> Iterator[Sentence]:
    if now > was:
        yield say("evidence stays fresh for %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _window(was: int, now: int) -> Iterator[Sentence]:
    # A longer window dilutes a spike, a shorter one misses a drift: the two cannot be compared.
    if now != was:
        yield say("it is measured over %(now)s instead of %(was)s.", now=span(now), was=span(was))


def _max_age(was: int, now: int) -> Iterator[Sentence]:
    if was and not now:
        yield say("the age of what is shown is no longer asked for.")
    elif was and now > was:
        yield say("what is shown may be %(now)s old instead of %(was)s.", now=span(now), was=span(was))


def _min_samples(was: int, now: int) -> Iterator[Sentence]:
    if now < was:
        yield say("%(now)s samples are enough instead of %(was)s.", now=now, was=was)


def _attest(was: str | None, now: str | None) -> Iterator[Sentence]:
    if now is None:
        return
    if was is None:
        yield say("a statement by %(role)s counts now.", role=role(now))
    else:
        yield say("a statement by %(now)s counts instead of %(was)s.", now=role(now), was=role(was))


def _push(was: bool, now: bool) -> Iterator[Sentence]:
    if now:
        yield say("a pushed result counts now.")


def _binds_to(was: str, now: str) -> Iterator[Sentence]:
    if BINDING.index(now) < BINDING.index(was):
        bound = {"now": BINDS_TO[now], "was": BINDS_TO[was]}
        yield say("evidence is bound to %(now)s instead of %(was)s, so more of it is carried over.", **bound)


def _measured_on(was: str, now: str) -> Iterator[Sentence]:
    if MEASURED.index(now) < MEASURED.index(was):
        yield say(
            "it may be measured on %(now)s instead of %(was)s.", now=MEASURED_ON[now], was=MEASURED_ON[was]
        )


def _kinds(was: Sequence[str], now: Sequence[str]) -> Iterator[Sentence]:
    """No kind at all means every kind."""
    if now and not was:
        yield say("it applies only to %(kinds)s.", kinds=", ".join(sorted(now)))
    elif now and (gone := sorted(set(was) - set(now))):
        yield say("it no longer applies to %(kinds)s.", kinds=", ".join(gone))


def _freezes(was: Sequence[NamedFreeze], now: Sequence[NamedFreeze]) -> Iterator[Sentence]:
    """A freeze newly named is one that no longer stops a change; another reason is words for people."""
    known = {one.name for one in was}
    for one in now:
        if one.name not in known:
            yield say("a change may go under the freeze “%(name)s”.", name=one.name)


def _leaves_freezes(was: bool, now: bool) -> Iterator[Sentence]:
    if now:
        yield say("it is left to other profiles under which freezes a change may go.")


RULE: Mapping[str, Judge | None] = {
    "comparator": _comparator, "unit": _unit, "threshold": None, "freshness": _freshness,
    "window": _window, "max_age": _max_age, "min_samples": _min_samples, "attest": _attest, "push": _push,
    "binds_to": _binds_to, "measured_on": _measured_on, "kinds": _kinds, "adopted": None, "reason": None,
    "freezes": _freezes, "leaves_freezes": _leaves_freezes,
}  # fmt: skip
POLICY: Mapping[str, Judge | None] = {
    "slots": _slots, "timelock": _timelock, "approve_within": _approve_within, "valid_for": _valid_for,
    "veto": _veto, "step_up": _step_up, "break_glass": _break_glass, "gate_roles": _gate_roles,
}  # fmt: skip
CANARY: Mapping[str, Judge | None] = {"stages": _stages, "observation": _observation}
RISK: Mapping[str, Judge | None] = {"allow_below": _allow_below, "deny_above": _deny_above}
RECOVERY: Mapping[str, Judge | None] = {"seconds": _recovery_time, "min_samples": _recovery_samples}


# Name, version, title and reasons are words for people: they judge nothing.
PROFILE: Mapping[str, Judge | None] = {
    "name": None, "version": None, "title": None, "items": _items,
    "policy": lambda was, now: _fields(POLICY, was, now, say("policy")),
    "canary": lambda was, now: _fields(CANARY, was, now, say("canary")),
    "risk": lambda was, now: _fields(RISK, was, now, say("risk")),
    "recovery": lambda was, now: _fields(RECOVERY, was, now, say("recovery")),
}  # fmt: skip
