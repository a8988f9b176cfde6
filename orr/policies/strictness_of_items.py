"""Where the rule of an item is weaker than another: one sentence for each place (pure)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

from orr.accounts.roles import role_sentence as role
from orr.lib.sentence import Sentence, say
from orr.policies.comparing import Judge, fields
from orr.policies.wording import BINDS_TO, MEASURED_ON, amount, comparator, span
from orr.profiles.schema import BindsTo, NamedFreeze, Rule

BINDING = get_args(BindsTo)
MEASURED = ("any", "baseline", "candidate")


def items(was: Mapping[str, Rule], now: Mapping[str, Rule]) -> Iterator[Sentence]:
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
    for what in fields(_rule_judges(was, now), was, now, say(code)):
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
