"""The laws of deciding, read from the rows alone: none of it asks the code that is being tested."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import rfc8785
from django.db import connection

DONE = frozenset({"effective", "no_go"})
STATES = frozenset({"checking", "proposed", "void", "effective", "no_go", "withdrawn"})

ROWS = """
SELECT r.id, r.state,
  (SELECT count(*) FROM decisions_proposal p WHERE p.review_id = r.id AND p.state = 'open'),
  (SELECT count(*) FROM approvals_request q WHERE q.subject = c.code AND q.state = 'open'),
  d.id, d.decision, d.digest,
  (SELECT count(*) - count(DISTINCT (a.request_id, a.person_id)) FROM approvals_approval a
     JOIN approvals_request q ON q.id = a.request_id WHERE q.subject = c.code AND a.withdrawn_at IS NULL),
  (SELECT count(*) FROM decisions_proposal p JOIN approvals_request q ON q.id = p.request_id
     WHERE p.review_id = r.id AND (p.state <> q.state OR p.digest <> q.subject_digest
       OR p.digest <> 'sha256:' || encode(sha256(p.payload), 'hex'))),
  md5(concat_ws('|', to_jsonb(r)::text, to_jsonb(d)::text,
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM decisions_proposal p WHERE p.review_id = r.id)::text,
    (SELECT jsonb_agg(to_jsonb(q) ORDER BY q.id) FROM approvals_request q WHERE q.subject = c.code)::text,
    (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id) FROM approvals_approval a
       JOIN approvals_request q ON q.id = a.request_id WHERE q.subject = c.code)::text,
    (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM approvals_slot s
       JOIN approvals_request q ON q.id = s.request_id WHERE q.subject = c.code)::text,
    (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.id) FROM reviews_editor e WHERE e.review_id = r.id)::text,
    (SELECT count(*) FROM evidence_evidence e WHERE e.subject = c.code)::text,
    (SELECT count(*) FROM reviews_transition t WHERE t.review_id = r.id)::text))
FROM reviews_review r
CROSS JOIN LATERAL (SELECT 'ORR-' || lpad(r.id::text, 4, '0') AS code) c
LEFT JOIN decisions_decision d ON d.review_id = r.id
WHERE c.code = ANY(%s)
"""

EFFECT = """
SELECT p.digest, p.payload, p.decision, p.state, p.proposed_by_id, q.state, q.subject_digest, q.filled_at,
  q.delay, q.approve_by, q.ended_at, d.decision, d.effective_at, r.requester_id, r.profile,
  r.profile_digest, r.environment, s.body, s.canonical, s.digest, q.id, r.id, p.review_id
FROM decisions_decision d JOIN reviews_review r ON r.id = d.review_id
JOIN decisions_proposal p ON p.id = d.proposal_id JOIN approvals_request q ON q.id = p.request_id
JOIN changes_changeset s ON s.id = r.change_set_id
WHERE 'ORR-' || lpad(r.id::text, 4, '0') = %s
"""

SIGNED = """
SELECT s.index, s.role, a.role, a.person_id, a.digest, a.signed_at, u.is_active,
  u.signs_from IS NULL OR u.signs_from <= %(at)s,
  EXISTS (SELECT 1 FROM accounts_rolegrant g WHERE g.user_id = a.person_id AND g.role = s.role
          AND g.revoked_at IS NULL AND g.counts_from <= %(at)s)
FROM approvals_slot s
LEFT JOIN approvals_approval a ON a.request_id = s.request_id AND a.slot = s.index AND a.withdrawn_at IS NULL
LEFT JOIN accounts_user u ON u.id = a.person_id
WHERE s.request_id = %(request)s ORDER BY s.index
"""

BARRED = """
SELECT person_id FROM reviews_editor WHERE review_id = %(review)s
UNION SELECT user_id FROM accounts_authormapping WHERE author_id = ANY(%(authors)s)
"""

LATEST = """
SELECT DISTINCT ON (item) item, outcome = 'reading' AND passed AND judged = 'green', measured_at
FROM evidence_evidence WHERE subject = %(subject)s
AND (binds_to, bound_digest) IN (('environment', %(environment)s), ('change_set', %(digest)s),
                                 ('items', %(items)s))
ORDER BY item, measured_at DESC, recorded_at DESC
"""


@dataclass(frozen=True)
class Row:
    """One review with all that hangs on it; `everything` is a hash over every column of it."""

    state: str
    proposals: int
    requests: int
    decision: tuple[Any, ...] | None
    doubles: int
    torn: int
    everything: str

    @property
    def went_ahead(self) -> bool:
        """Whether a Go took effect."""
        return self.decision is not None and self.decision[1] != "no_go"


def rows(codes: Sequence[str]) -> dict[str, Row]:
    """The reviews by code, as they are now."""
    found = {}
    for number, state, proposals, requests, pk, kind, digest, doubles, torn, everything in _all(
        ROWS, [list(codes)]
    ):
        decision = (pk, kind, digest) if pk else None
        found[f"ORR-{number:04d}"] = Row(state, proposals, requests, decision, doubles, torn, everything)
    return found


def broken(was: Row, now: Row) -> list[str]:
    """The laws that this step broke; empty where none."""
    return [
        law
        for law, holds in (
            ("exactly one state", now.state in STATES),
            ("a live proposal exactly where one is proposed", now.proposals == (now.state == "proposed")),
            ("proposal and request end alike", now.requests == now.proposals and now.torn == 0),
            ("one signature per person", now.doubles == 0),
            ("done has a decision", now.state not in DONE or now.decision is not None),
            ("a decision is done", now.decision is None or now.state in DONE | {"withdrawn"}),
            ("done is final", was.decision is None or was.decision == now.decision),
            ("no-go stays", was.state != "no_go" or now.state == "no_go"),
            ("withdrawn stays", was.state != "withdrawn" or now.state == "withdrawn"),
            ("never unset to done", not now.went_ahead or was.went_ahead or was.state == "proposed"),
            ("what took effect is only withdrawn", not was.went_ahead or now.went_ahead),
        )
        if not holds
    ]


def broken_at_effect(code: str, timelock: timedelta) -> list[str]:
    """The laws that the Go in effect on the review broke; asked in the transaction that let it happen."""
    (found,) = _all(EFFECT, [code])
    (
        digest, payload, proposed, state, proposer, ended, asked, filled_at, delay, approve_by, ended_at,
        decided, at, requester, profile, pinned, environment, body, canonical, change_set, request, review,
        of_review,
    ) = found  # fmt: skip
    profile, body = _json(profile), _json(body)
    signed, frozen = _all(SIGNED, {"request": request, "at": at}), json.loads(bytes(payload))
    authors = [author["id"] for author in body.get("authors", [])]
    barred = {requester, proposer} | {one for (one,) in _all(BARRED, {"review": review, "authors": authors})}
    return [
        law
        for law, holds in (
            ("the proposal of this review", of_review == review and frozen["review"] == code),
            ("both ended by the effect", (state, ended, ended_at) == ("effective", "effective", at)),
            ("as it was proposed", decided == proposed == frozen["decision"]),
            ("exactly the bytes", digest == asked == "sha256:" + _sha256(payload)),
            ("the change set", frozen["change_set_digest"] == change_set == "sha256:" + _sha256(canonical)),
            ("the change set's bytes", bytes(canonical) == rfc8785.dumps(body)),
            ("the profile", frozen["profile_digest"] == pinned == "sha256:" + _of(profile)),
            ("the environment", frozen["environment"] == environment),
            ("the slots of the profile", [one[1] for one in signed] == profile["policy"]["slots"]),
            ("every slot filled", all(one[3] is not None and one[1] == one[2] for one in signed)),
            ("by distinct people", len({one[3] for one in signed}) == len(signed) == 2),
            ("on exactly this proposal", all(one[4] == digest for one in signed)),
            ("active people", all(one[6] and one[7] for one in signed)),
            ("whose role counts", all(one[8] for one in signed)),
            ("who had no part in it", barred.isdisjoint({one[3] for one in signed})),
            ("after the last signature", filled_at >= max(one[5] for one in signed)),
            ("the whole timelock", delay == timelock and at - filled_at >= timelock),
            ("before the deadline", at < approve_by),
            ("nothing but passing", _unknown(code, profile, body, change_set, environment, at) == []),
        )
        if not holds
    ]


def _unknown(code: str, profile: Any, body: Any, change_set: str, environment: str, at: Any) -> list[str]:
    """The items that apply and whose latest evidence is not a fresh green."""
    to_come = sorted(
        [item["kind"], item["name"], item["to"]["version"], item["to"].get("digest") or ""]
        for item in body["items"]
    )
    bound = {"environment": environment, "digest": change_set, "items": "sha256:" + _of(to_come)}
    latest = {item: rest for item, *rest in _all(LATEST, {"subject": code, **bound})}
    kinds = {item["kind"] for item in body["items"]}
    rules = [
        rule
        for rule in profile["items"].values()
        if rule["adopted"] and (not rule["kinds"] or kinds & set(rule["kinds"]))
    ]

    def passes(rule: Any) -> bool:
        green, measured_at = latest.get(rule["code"], (False, at))
        return bool(green) and at < measured_at + timedelta(seconds=rule["freshness"])

    return [rule["code"] for rule in rules if not passes(rule)]


def _all(query: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _of(value: Any) -> str:
    return _sha256(rfc8785.dumps(value))


def _sha256(value: Any) -> str:
    return hashlib.sha256(bytes(value)).hexdigest()
