"""Carrying evidence over: what was measured for one subject serves another while it is bound to the same.

Measured once, it is copied as it is, with the time of its measurement, so that it never gets fresher by it.
"""

import uuid
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from evidence import record, registry, rehearsals
from evidence.contract import Facts, Unconfigured
from evidence.latest import Latest, latest
from evidence.models import PUSHED, Evidence, Outcome
from evidence.verdict import Verdict, judge
from orr.accounts.models import User
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import OrrError
from orr.profiles.schema import Rule
from orr.tlog import log

Carried = tuple[Evidence, Verdict]


class Fate(StrEnum):
    """What becomes of an item: carried as green, or asked again, and why."""

    CARRIED = "carried"
    RED = "red"
    OLD = "old"
    OURS = "ours"
    UNKNOWN = "unknown"


@transaction.atomic
def carry(*, source: str, facts: Facts, rules: Sequence[Rule], actor: User | None) -> list[str]:
    """Copy what is known of `source` and still true of the facts' subject; the items that need no asking.

    An item is carried by the rule of the new subject alone; red stays red, and is asked again all the same.
    """
    known, now = latest(source, bound=facts.bound()), clock.now()
    ours = [
        rule for rule in rules
        if rule.code in known and fits(rule, known[rule.code].evidence, facts.change_set)
    ]  # fmt: skip
    found = {rule.code: chosen(known[rule.code], rule, now) for rule in ours}
    copies = [_copy(*one, rule, facts.subject) for rule in ours for one in found[rule.code]]
    copies += _rehearsals(source, facts, rules)
    if not copies:
        return []
    Evidence.objects.bulk_create(copies)
    publish(Event.EVIDENCE_RECORDED, subject=facts.subject, item=copies[0].item)
    log.append(
        kind="evidence.carried",
        review=facts.subject,
        artefacts={row.item: record.named(row) for row in reversed(copies)},
        actor=str(actor.pk) if actor else None,
    )
    return sorted(code for code, rows in found.items() if rows and rows[0][1] is Verdict.GREEN)


def chosen(known: Latest, rule: Rule, now: datetime) -> list[Carried]:
    """What of an item is carried, with its verdict there, the newest first (pure).

    The newest reading where it is green, or red as it was before; and the red before it. A red that a weaker
    rule would take for green is not carried as the newest word, and neither is what is stale or unknown.
    """
    newest, earlier = known.evidence, known.earlier_red
    verdict = judge(newest.measured, rule, now).verdict
    was_red = newest.judged == Verdict.RED
    stands = newest.outcome == "reading" and (
        (verdict is Verdict.GREEN and not was_red) or verdict is Verdict.RED
    )
    found: list[Carried] = [(newest, verdict)] if stands else []
    if earlier is not None and (stands or judge(earlier.measured, rule, now).verdict is not Verdict.GREEN):
        found.append((earlier, Verdict.RED))
    return found


def foreseen(*, source: str, facts: Facts, rules: Sequence[Rule]) -> dict[str, Fate]:
    """What would become of each item if the facts' subject were opened now; nothing is written."""
    known, now = latest(source, bound=facts.bound()), clock.now()
    return {rule.code: _fate(known.get(rule.code), rule, now, facts.change_set) for rule in rules}


def _fate(known: Latest | None, rule: Rule, now: datetime, change_set: registry.ChangeSet) -> Fate:
    if _own_facts(rule.code, change_set):
        return Fate.OURS
    if known is None or not fits(rule, known.evidence, change_set):
        return Fate.UNKNOWN
    if known.evidence.judged == Verdict.RED:
        return Fate.RED
    verdict = judge(known.measured, rule, now).verdict
    return {
        Verdict.GREEN: Fate.CARRIED, Verdict.RED: Fate.RED, Verdict.STALE: Fate.OLD,
    }.get(verdict, Fate.UNKNOWN)  # fmt: skip


def fits(rule: Rule, evidence: Evidence, change_set: registry.ChangeSet) -> bool:
    """Whether the new rule takes evidence of this kind: bound as it asks, and a word only where it counts."""
    if evidence.binds_to != rule.binds_to or _own_facts(rule.code, change_set):
        return False
    if evidence.collector.startswith(PUSHED) and evidence.pushed_by is None:
        # From before senders were kept: nobody can say whom it bars.
        return False
    if evidence.attested_by is None:
        return True
    return evidence.attested_role == rule.attest and not registry.measurable(rule.code, change_set)


def _rehearsals(source: str, facts: Facts, rules: Sequence[Rule]) -> list[Evidence]:
    """A copy of each rehearsal that still counts: the source is asked anew, a rehearsal is not run anew."""
    copies = []
    for rule in rules:
        if registry.wants_rehearsal(rule.code, facts.change_set):
            row = rehearsals.newest(source, rule, facts.bound()[rule.binds_to])
            if row is not None and row.outcome == Outcome.PART:
                copies.append(_copy(row, Verdict.PENDING, rule, facts.subject))
    return copies


def _own_facts(code: str, change_set: registry.ChangeSet) -> bool:
    """Whether our own database answers the item, so that asking costs no source anything; or partly does."""
    try:
        found = registry.collector(code, change_set)
        return any(getattr(found, name, False) for name in ("own_facts", "never_carried"))
    except Unconfigured:
        return False
    except OrrError:
        # With a broken sources file nobody knows what answers it: it may be what is never carried.
        return True


def _copy(row: Evidence, verdict: Verdict, rule: Rule, subject: str) -> Evidence:
    made = copy(row)
    made._state = copy(row._state)
    made._state.adding = True
    made.pk, made.subject = uuid.uuid4(), subject
    made.carried_from = row.carried_from or row.subject
    made.judged, made.comparator, made.threshold = verdict.value, rule.comparator, rule.threshold
    return made
