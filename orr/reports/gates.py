"""The eight gates of a review as facts: every item with its value, threshold, evidence and age."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from evidence.models import Evidence
from evidence.verdict import Verdict
from orr.accounts.roles import role_title
from orr.reports import wording
from orr.reviews.checklist import GATES, ITEMS
from orr.reviews.standing import PASSING, ItemStanding, Standing

Names = Mapping[UUID, str]
Trend = Mapping[str, list[float]]


def gates(
    code: str, standing: Standing, names: Names, trend: Trend, indices: Mapping[str, int]
) -> list[dict[str, Any]]:
    """All eight gates in their fixed order. `names` by person id, `trend` by item, log `indices` by hash."""
    told = []
    for gate in GATES:
        items = [item for item in standing.items if item.gate == gate.number]
        verdict = standing.gate_verdict(gate.number)
        told.append(
            {
                "number": gate.number,
                "title": str(gate.title),
                "verdict": verdict.value,
                "verdict_title": wording.verdict_title(verdict),
                "status": wording.verdict_status(verdict),
                "passed": sum(item.verdict is Verdict.GREEN for item in items),
                "applicable": sum(item.applies for item in items),
                "items": [_item(code, item, standing.at, names, trend, indices) for item in items],
            }
        )
    return told


def counts(standing: Standing) -> dict[str, int]:
    """How many items there are, pass, are red, are open, were attested."""
    attested = [i for i in standing.items if i.evidence and i.evidence.attested_by and i.verdict in PASSING]
    return {
        "items": sum(item.applies for item in standing.items),
        "passing": sum(item.verdict is Verdict.GREEN for item in standing.items),
        "red": len(standing.red),
        "open": len(standing.open),
        "attested": len(attested),
        "not_applicable": sum(not item.applies for item in standing.items),
    }


def people_in(standing: Standing) -> set[UUID]:
    """Everybody named by the evidence shown."""
    return {
        item.evidence.attested_by for item in standing.items if item.evidence and item.evidence.attested_by
    }


def _item(
    code: str, item: ItemStanding, now: datetime, names: Names, trend: Trend, indices: Mapping[str, int]
) -> dict[str, Any]:
    evidence, rule = item.evidence, item.rule
    value = evidence.value if evidence else None
    return {
        "code": item.code,
        "title": str(ITEMS[item.code].title),
        "verdict": item.verdict.value,
        "verdict_title": wording.verdict_title(item.verdict),
        "status": wording.verdict_status(item.verdict),
        "value": value,
        "display": wording.value_display(rule, value, evidence.passed, evidence.text) if evidence else "",
        "unit": rule.unit,
        "comparator": rule.comparator,
        "threshold": rule.threshold,
        "threshold_display": wording.threshold_display(rule) if item.applies else "",
        "ratio": wording.ratio(rule, value) if item.applies else None,
        "collected_at": wording.moment(evidence.recorded_at) if evidence else None,
        "carried_from": evidence.carried_from or None if evidence else None,
        "measured_at": wording.moment(evidence.measured_at) if evidence else None,
        "fresh_until": wording.moment(item.fresh_until),
        "reason": str(item.reason) if item.reason else "",
        "evidence": [_evidence(code, evidence, indices)] if evidence else [],
        "attested": _attested(evidence, names) if evidence else None,
        "near_threshold": item.judgement.near,
        "earlier_red": _earlier(rule, item.earlier_red),
        "measured_on": evidence.measured_on if evidence else None,
        "trend": trend.get(item.code, []),
        "samples": evidence.samples if evidence else None,
        "attest_role": rule.attest,
        "attest_role_title": role_title(rule.attest) if rule.attest else "",
        "push": rule.push,
        "adopted": rule.adopted,
    }


def _evidence(code: str, evidence: Evidence, indices: Mapping[str, int]) -> dict[str, Any]:
    digest = evidence.raw_sha256 or ""
    return {
        "url": evidence.url or f"{settings.PUBLIC_URL}/orr/{code}/items/{evidence.item}",
        "sha256": digest,
        "source": evidence.source,
        "query": evidence.query,
        "title": evidence.source or evidence.collector,
        "links": [{"label": label, "url": url} for label, url in evidence.links],
        "log_index": indices.get(digest),
        "carried_from": evidence.carried_from or None,
    }


def _attested(evidence: Evidence, names: Names) -> dict[str, Any] | None:
    if not evidence.attested_by:
        return None
    return {
        "by": names.get(evidence.attested_by, ""),
        "role": role_title(evidence.attested_role),
        "statement": evidence.statement,
        "at": wording.moment(evidence.recorded_at),
    }


def _earlier(rule: Any, red: Evidence | None) -> dict[str, Any] | None:
    if red is None:
        return None
    return {
        "at": wording.moment(red.recorded_at),
        "display": wording.value_display(rule, red.value, red.passed, red.text),
    }
