"""Rehearsals that somebody pushed, as the other half of what a source tells of its backups.

A source can tell that a backup is there, not that it was ever brought back: where an item asks for both,
neither is green alone. A rehearsal that failed is red by itself.
"""

from dataclasses import replace
from datetime import datetime

from evidence import freshness, record
from evidence.contract import CollectError, Lacking, Reading
from evidence.models import PUSHED, Evidence, Outcome
from evidence.verdict import Judgement, Measured, Verdict, judge
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import Rule


def newest(subject: str, rule: Rule, bound_digest: str) -> Evidence | None:
    """The newest result that was pushed for the item, of what the subject is bound to now."""
    pushed = Evidence.objects.filter(subject=subject, item=rule.code, collector__startswith=PUSHED)
    ours = pushed.filter(
        binds_to=rule.binds_to, bound_digest=bound_digest, outcome__in=(Outcome.READING, Outcome.PART)
    )
    return ours.order_by("-measured_at", "-recorded_at").first()


def completed(about: record.About, result: Reading | CollectError, now: datetime) -> Reading | CollectError:
    """What came of an item, together with its rehearsal where it wants one."""
    if not isinstance(result, Reading) or not result.wants_rehearsal:
        return result
    rule = about.rule
    row = newest(about.facts.subject, rule, about.facts.bound()[rule.binds_to])
    return joined(result, row.measured if row else None, rule, now)


def joined(found: Reading, rehearsal: Measured | None, rule: Rule, now: datetime) -> Reading | Lacking:
    """Both halves as one (pure): red by either, pending without a fresh rehearsal, good until one is too old.

    `samples` of the whole are those of the rehearsal.
    """
    if not found.passed:
        return found
    if rehearsal is None:
        return _lacking(found, say("A rehearsal is missing: its result has to be pushed."))
    judged = judge(replace(rehearsal, outcome="reading"), rule, now)
    at = f"{rehearsal.measured_at:%Y-%m-%d %H:%M} UTC"
    if judged.verdict is Verdict.RED:
        why = say("The rehearsal of %(at)s failed: %(why)s", at=at, why=judged.reason or "–")
        return replace(found, passed=False, detail=_with(found, why), holds_until=None)
    if judged.verdict is not Verdict.GREEN:
        return _lacking(found, _no_longer(judged, at))
    until = freshness.fresh_until(rehearsal.measured_at, rule, found.holds_until)
    rehearsed = say("Rehearsed %(at)s.", at=at)
    return replace(found, detail=_with(found, rehearsed), holds_until=until, samples=rehearsal.samples)


def _no_longer(judged: Judgement, at: str) -> Sentence:
    if judged.verdict is Verdict.STALE:
        return say("The rehearsal of %(at)s is too old: a newer one has to be pushed.", at=at)
    return say("The rehearsal of %(at)s does not count: %(why)s", at=at, why=judged.reason or "–")


def _lacking(found: Reading, why: Sentence) -> Lacking:
    return Lacking(_with(found, why), raw=found.raw, query=found.query)


def _with(found: Reading, more: Sentence) -> Sentence:
    return more if found.detail is None else say("%(first)s %(second)s", first=found.detail, second=more)
