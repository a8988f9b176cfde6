"""What can be wrong with an Exit plan; each finding says which key it is of (pure)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from orr.lib.sentence import Sentence, say
from orr.plans import phases
from orr.plans.key import About, Key, Plan, Problem, Severity

WhyNot = Callable[[str, str | None], Sentence | None]


def of_drivers(plan: Plan, why_not: WhyNot) -> list[Problem]:
    """A pending problem for each target that no driver reaches; `why_not(target, driver)`: why, or None."""
    found = []
    for key in plan.keys:
        reason = why_not(key.target, key.driver)
        if reason is not None:
            found.append(Problem(Severity.PENDING, About.KEY, key.name, _worded(key.name, reason)))
        if key.rehearse_target and (reason := why_not(key.rehearse_target, key.driver)) is not None:
            found.append(Problem(Severity.PENDING, About.REHEARSAL, key.name, _worded(key.name, reason)))
    return found


def _worded(name: str, reason: Sentence) -> Sentence:
    return say("%(key)s: %(reason)s", key=name, reason=reason)


def red(name: str, sentence: Sentence) -> Problem:
    """A problem of a key that makes it No-Go."""
    return Problem(Severity.RED, About.KEY, name, sentence)


def of_waiting(key: Key, name: str, before: Sequence[int]) -> Iterator[Problem]:
    """What is wrong with `key` waiting for `name`; `before`: the phases of the keys that this names."""
    if not before:
        sentence = say("The key %(key)s waits for %(name)s, which is no key here.", key=key.name, name=name)
        yield red(key.name, sentence)
    if key.in_clock and phases.CLEAN_UP in before:
        sentence = say("The key %(key)s waits for the clean-up %(name)s.", key=key.name, name=name)
        yield red(key.name, sentence)


def missing(change_set: Mapping[str, Any]) -> Iterator[Problem]:
    """Items without a key."""
    for item in change_set["items"]:
        if not item.get("rollback_key"):
            yield red(item["name"], say("The item %(item)s has no rollback key.", item=item["name"]))


def of_values(keys: Sequence[Key]) -> Iterator[Problem]:
    """Keys that contradict each other, or themselves."""
    wanted: dict[str, Key] = {}
    names = Counter(key.name for key in keys)
    for key in keys:
        first = wanted.setdefault(key.target, key)
        if first.desired != key.desired:
            what = {"one": first.name, "other": key.name, "target": key.target}
            yield red(
                key.name, say("The keys %(one)s and %(other)s want different values at %(target)s.", **what)
            )
        if names[key.name] > 1:
            yield red(key.name, say("The key %(key)s stands in the plan twice.", key=key.name))
        if key.desired in key.expected_to:
            wrong = say("The key %(key)s wants what the change writes: it takes nothing back.", key=key.name)
            yield red(key.name, wrong)


def of_rehearsal(keys: Sequence[Key]) -> Iterator[Problem]:
    """Keys of items that have no rehearsal target of their own."""
    live = {key.target for key in keys}
    shared = Counter(key.rehearse_target for key in keys if key.rehearse_target)
    for key in keys:
        if key.item is None:
            continue
        if key.rehearse_target is None:
            sentence = say("The key %(key)s has no rehearsal target to be tried on.", key=key.name)
        elif key.rehearse_target in live:
            sentence = say("The key %(key)s would be rehearsed on a live target.", key=key.name)
        elif not is_shadow(key.rehearse_target):
            sentence = say("The rehearsal target of %(key)s is not named as a shadow.", key=key.name)
        elif shared[key.rehearse_target] > 1:
            sentence = say("The key %(key)s shares its rehearsal target with another one.", key=key.name)
        else:
            continue
        yield Problem(Severity.PENDING, About.REHEARSAL, key.name, sentence)


def is_shadow(target: str) -> bool:
    """Whether a part of the target is `shadow` or ends in `-shadow`.

    A rehearsal writes before anybody signed anything, so it may write nowhere else.
    """
    return any(part == "shadow" or part.endswith("-shadow") for part in re.split("[/:]", target))


def no_return(change_set: Mapping[str, Any]) -> Iterator[Sentence]:
    """What can never be taken back, said before the decision."""
    for item in change_set["items"]:
        if (item.get("migration") or {}).get("stage") == "contract":
            yield say(
                "%(item)s is a destructive migration: after it has run it cannot be taken back.",
                item=item["name"],
            )
