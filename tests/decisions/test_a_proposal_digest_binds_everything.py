"""The digest covers all that is signed: whatever differs, differs in the digest and is named."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orr.decisions import snapshot
from orr.decisions.rules import Choice, Risk
from orr.lib.canonical import canonical_bytes

AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
TERMS = snapshot.Terms(
    review="ORR-0001",
    number=1,
    change_set_digest="sha256:" + "1" * 64,
    profile_digest="sha256:" + "2" * 64,
    environment="prod-kr",
    decision=Choice.GO_WITH_GUARDS,
    guards=[{"kind": "flag", "target": "plant/flag/x", "value": "90s"}],
    exit_plan={"keys": []},
    risk=Risk(),
    approve_by=AT,
    valid_until=AT,
)
ROWS = [{"item": "G1.1", "verdict": "green", "evidence": "a" * 64, "fresh_until": None, "earlier_red": None}]


def digest(terms: snapshot.Terms = TERMS, rows: list[dict[str, Any]] = ROWS) -> str:
    return snapshot.proposal_digest(snapshot.payload(terms, rows))


@pytest.mark.parametrize(
    "changed",
    [
        {"review": "ORR-0002"},
        {"number": 2},
        {"change_set_digest": "sha256:" + "3" * 64},
        {"profile_digest": "sha256:" + "3" * 64},
        {"environment": "prod-us"},
        {"decision": Choice.GO, "guards": []},
        {"guards": [{"kind": "flag", "target": "plant/flag/x", "value": "91s"}]},
        {"exit_plan": {"keys": [{"name": "x"}]}},
        {"risk": Risk("allow", 1.0, 1.0)},
        {"approve_by": AT + timedelta(microseconds=1)},
        {"valid_until": AT + timedelta(microseconds=1)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_term_is_in_it(changed: dict[str, Any]) -> None:
    assert digest(replace(TERMS, **changed)) != digest()


@pytest.mark.parametrize("part", ["verdict", "evidence", "fresh_until", "item"])
def test_each_part_of_the_snapshot_is_in_it(part: str) -> None:
    assert digest(rows=[{**ROWS[0], part: "other"}]) != digest()


def test_the_signed_bytes_are_canonical() -> None:
    signed = snapshot.payload(TERMS, ROWS)
    assert canonical_bytes(json.loads(signed)) == signed


def test_the_same_facts_have_the_same_digest() -> None:
    assert digest() == digest(replace(TERMS, guards=[dict(reversed(TERMS.guards[0].items()))]))


def test_what_differs_is_named() -> None:
    was = snapshot.payload(TERMS, ROWS)
    now = snapshot.payload(
        replace(TERMS, decision=Choice.GO, guards=[], environment="prod-us"), [{**ROWS[0], "verdict": "red"}]
    )
    assert [str(one) for one in snapshot.differences(was, now)] == [
        "The decision is now Go; you saw Go with Guards.",
        "The environment is another.",
        "The guards are others.",
        "The evidence of G1.1 is another.",
    ]
    assert snapshot.differences(was, was) == []


@dataclass(frozen=True)
class Row:
    code: str
    verdict: str
    evidence: Any = None
    fresh_until: datetime | None = None
    earlier_red: Any = None


def test_every_item_is_in_the_snapshot_in_order() -> None:
    rows = snapshot.build([Row("G2.1", "green", fresh_until=AT), Row("G1.1", "not_applicable")])
    assert [row["item"] for row in rows] == ["G1.1", "G2.1"]
    assert rows[1]["fresh_until"] == "2026-11-22T14:00:00Z"
