"""Writing one piece of evidence: row, raw bytes, event and log entry in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.contract import CollectError, Facts, Reading
from evidence.models import PUSHED, Blob, Evidence
from evidence.verdict import judge
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.canonical import sha256_hex
from orr.lib.sentence import Sentence
from orr.profiles.schema import Rule
from orr.tlog import log

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True)
class Statement:
    """Who attested, in which role, in which words."""

    person: UUID
    role: str
    words: str


@dataclass(frozen=True)
class About:
    """What a piece of evidence is about: subject and binding by the facts, item and threshold by the rule."""

    facts: Facts
    rule: Rule
    collector: str
    actor: UUID | None


def keep(data: bytes, media_type: str) -> Blob | None:
    """The blob of these bytes, written once; None for no bytes."""
    if not data:
        return None
    blob = Blob(sha256=sha256_hex(data), data=data, media_type=media_type)
    Blob.objects.bulk_create([blob], ignore_conflicts=True)
    return blob


def reading(about: About, found: Reading, statement: Statement | None = None) -> Evidence:
    """Record a reading."""
    row = Evidence(
        **_answered(found),
        outcome="reading",
        value=found.value,
        reason=found.detail,
        holds_until=found.holds_until,
        links=[list(link) for link in found.links],
    )
    if about.collector.startswith(PUSHED):
        row.pushed_by = about.actor
    if statement is not None:
        row.attested_by, row.attested_role, row.statement = statement.person, statement.role, statement.words
    return _write(about, row)


def failure(about: About, source: str, at: datetime, error: CollectError) -> Evidence:
    """Record that the source could not be asked, with what it sent instead."""
    row = Evidence(
        outcome="error",
        measured_at=at,
        query=error.query,
        source=source[:100],
        raw=keep(error.raw, UNKNOWN),
        reason=error.sentence,
    )
    return _write(about, row)


def withdrawal(about: About, at: datetime, why: Sentence) -> Evidence:
    """Record that the latest statement no longer stands."""
    return _write(about, Evidence(outcome="withdrawn", measured_at=at, reason=why))


def lacking(about: About, source: str, at: datetime, error: CollectError) -> Evidence:
    """Record that what the item needs is not all there, with what the source said so far."""
    row = Evidence(
        outcome="lacking",
        measured_at=at,
        query=error.query,
        source=source[:100],
        raw=keep(error.raw, "application/json"),
        reason=error.sentence,
    )
    return _write(about, row)


def part(about: About, found: Reading, why: Sentence) -> Evidence:
    """Record a pushed result that is half of what the item asks for; `why` says what the other half is."""
    return _write(about, Evidence(**_answered(found), outcome="part", reason=why, pushed_by=about.actor))


def _answered(found: Reading) -> dict[str, Any]:
    """What a whole reading and a half of one keep alike of what was answered."""
    return {
        "passed": found.passed,
        "text": found.text[:200],
        "unit": found.unit,
        "samples": found.samples,
        "measured_on": found.measured_on,
        "measured_at": found.measured_at,
        "query": found.query,
        "source": found.source[:100],
        "url": found.url[:2000],
        "raw": keep(found.raw, found.media_type),
    }


def _write(about: About, row: Evidence) -> Evidence:
    rule = about.rule
    row.subject, row.item, row.collector = about.facts.subject, rule.code, about.collector
    row.binds_to, row.bound_digest = rule.binds_to, about.facts.bound()[rule.binds_to]
    row.comparator, row.threshold = rule.comparator, rule.threshold
    row.recorded_at = clock.now()
    row.judged = judge(row.measured, rule, row.recorded_at).verdict
    row.save(force_insert=True)
    # The subscribers lock the subject's row, and every other act locks that row before it logs:
    # logging first would take the two locks the other way round.
    publish(Event.EVIDENCE_RECORDED, subject=row.subject, item=row.item)
    actor = str(about.actor) if about.actor else None
    log.append(kind="evidence.recorded", review=row.subject, artefacts={row.item: named(row)}, actor=actor)
    return row


def named(row: Evidence) -> str:
    """By which SHA-256 (hex) the log names a piece of evidence: of its raw answer, else of what it says."""
    return row.raw_id or sha256_hex(f"{row.pk} {row.outcome} {row.statement}".encode())
