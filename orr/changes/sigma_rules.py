"""Sigma rules: parsed by pySigma, their conditions too, and validated by its core validators."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

from evidence.contract import Unavailable
from orr.changes.bounded import Unreadable, text_of, yaml_of
from orr.changes.files import in_time
from orr.lib.sentence import Sentence, say

logger = logging.getLogger(__name__)

MOST_BYTES = 128 * 1024
MOST_RULES = 200
LONGEST_CONDITION = 1000
# pySigma copies every detection that a condition selects: what both may multiply to is bounded.
MOST_DETECTIONS = 100
MOST_CONDITIONS = 10
DEEPEST_CONDITION = 16
# These two fetch their lists from the network.
LEFT_OUT = frozenset({"attacktag", "d3_fendtag"})
CORE = tuple(check for name, check in sorted(validators.items()) if name not in LEFT_OUT)


def read(data: bytes) -> list[dict[str, Any]]:
    """The rules of one file as they are written, at least one. Raises Unreadable."""
    found = [one for one in yaml_of(text_of(data, MOST_BYTES)) if one is not None]
    if not found or not all(isinstance(one, dict) for one in found):
        raise Unreadable(say("It holds no Sigma rule."))
    if len(found) > MOST_RULES:
        raise Unreadable(say("It holds more than %(n)s rules.", n=MOST_RULES))
    if any(_is_wide(rule) for rule in found):
        raise Unreadable(say("A rule holds too many detections or conditions."))
    for condition in (one for rule in found for one in _conditions(rule)):
        if len(condition) > LONGEST_CONDITION or _depth(condition) > DEEPEST_CONDITION:
            raise Unreadable(say("A condition is too long or nested too deep."))
    return found


def findings(
    written: Mapping[str, Sequence[Mapping[str, Any]]], *, until: float
) -> dict[str, list[Sentence]]:
    """Everything that pySigma finds in the rules of each file; what is between files stands at one of them.

    `until` as with `orr.changes.files.in_time`, which raises Unavailable.
    """
    found: dict[str, list[Sentence]] = {name: [] for name in written}
    read: dict[str, SigmaCollection] = {}
    for name, rules in written.items():
        try:
            read[name] = _parsed(rules)
            found[name] += [_said(error) for error in _errors(read[name], until)]
        except Unavailable:
            raise
        except Exception as error:
            # pySigma means to collect its errors, and lets some of what it trips over through.
            logger.info("pySigma tripped over a rule: %r", error)
            found[name].append(say("pySigma cannot read it: %(why)s", why=type(error).__name__))
    sound = {name: one for name, one in read.items() if not found[name]}
    _validate(sound, found, until)
    return found


def _parsed(rules: Sequence[Mapping[str, Any]]) -> SigmaCollection:
    return SigmaCollection.from_dicts([dict(one) for one in rules], True, resolve_references=False)


def _errors(read: SigmaCollection, until: float) -> list[SigmaError]:
    """Those of the parser, and those of the conditions, which it parses when they are asked for."""
    errors = list(read.errors)
    for rule in read.rules:
        in_time(until)
        if not isinstance(rule, SigmaRule) or rule.errors:
            continue
        for condition in rule.detection.parsed_condition:
            in_time(until)
            try:
                _ = condition.parsed
            except SigmaError as error:
                errors.append(error)
    return errors


def _validate(sound: Mapping[str, SigmaCollection], found: dict[str, list[Sentence]], until: float) -> None:
    """Validate all files together, so that what has to be unique is unique among them."""
    home = {id(rule): name for name, one in sound.items() for rule in one.rules}
    try:
        SigmaCollection.merge(sound.values())
        # It validates correlations as well, and its own type only names rules.
        rules: Any = _each(sound, until)
        issues = SigmaValidator(CORE).validate_rules(rules)
    except SigmaError as error:
        # A rule that correlates others names one that none of the files holds.
        found[next(iter(sound))].append(_said(error))
        return
    for issue in issues:
        name = next((home[id(rule)] for rule in issue.rules if id(rule) in home), next(iter(sound)))
        found[name].append(say("pySigma: %(why)s", why=f"{type(issue).__name__}: {issue.description}"[:300]))


def _each(sound: Mapping[str, SigmaCollection], until: float) -> Iterator[Any]:
    for rule in (rule for one in sound.values() for rule in one.rules):
        in_time(until)
        yield rule


def _said(error: SigmaError) -> Sentence:
    return say("pySigma: %(why)s", why=str(error)[:300])


def _depth(condition: str) -> int:
    """How deep its parentheses go."""
    levels = accumulate((one == "(") - (one == ")") for one in condition)
    return max(levels, default=0)


def _is_wide(rule: Mapping[str, Any]) -> bool:
    detection = rule.get("detection")
    many = isinstance(detection, dict) and len(detection) > MOST_DETECTIONS
    return many or len(_conditions(rule)) > MOST_CONDITIONS


def _conditions(rule: Mapping[str, Any]) -> list[str]:
    detection = rule.get("detection")
    stated = detection.get("condition") if isinstance(detection, dict) else None
    return [one for one in (stated if isinstance(stated, list) else [stated]) if isinstance(one, str)]
