"""Proposals, signatures and evidence for tests, made by the product's own actions."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from approvals.models import Approval
from evidence.models import Evidence
from orr.accounts.models import User
from orr.decisions import actions, eligibility, endings, executor, proposals
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import NotAllowed
from orr.lib.met import Unmet
from orr.profiles.schema import Rule
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.standing import bound_of

GUARD = {"kind": "flag", "target": "plant/flag/search.cache.force_ttl", "value": "90s"}


def record(review: Review, item: str, **fields: Any) -> Evidence:
    """One piece of evidence on the item as it would be kept; passing unless said otherwise."""
    made = _passing(review.code, review.rules.items[item], bound_of(review), clock.now(), fields)
    made.save(force_insert=True)
    return made


def _passing(code: str, rule: Rule, bound: dict[str, str], now: datetime, fields: dict[str, Any]) -> Evidence:
    kept: dict[str, Any] = {
        "outcome": "reading",
        "passed": True,
        "judged": "green",
        "samples": max(rule.min_samples, 1),
        "measured_on": "candidate" if rule.measured_on == "any" else rule.measured_on,
        "measured_at": now,
        "collector": "test",
        "binds_to": rule.binds_to,
        "bound_digest": bound[rule.binds_to],
        "comparator": rule.comparator,
        "threshold": rule.threshold,
        **fields,
    }
    return Evidence(subject=code, item=rule.code, **kept)


def red(review: Review, item: str = "G1.2") -> Evidence:
    """The item turns red, and whoever listens is told."""
    found = record(review, item, passed=False, judged="red")
    endings.on_evidence(subject=review.code)
    return found


def green(review: Review) -> None:
    """Everything that applies passes."""
    bound, now = bound_of(review), clock.now()
    rules = reviews.rules_of(review)
    Evidence.objects.bulk_create(_passing(review.code, rule, bound, now, {}) for rule in rules)
    endings.on_evidence(subject=review.code)


def propose(review: Review, actor: User, **how: Any) -> Proposal:
    """Go with Guards, with one guard."""
    given = {"decision": "go_with_guards", "guards": [GUARD], "reason": "Everything passes.", **how}
    return actions.propose(code=review.code, actor=actor, **given)


def sign(proposal: Proposal, who: User, **how: Any) -> Approval:
    """The person signs what is shown."""
    given = {"role": None, "expected_digest": proposal.digest, "method": "totp", "comment": "", **how}
    return actions.sign(code=proposal.review.code, actor=who, **given)


def why_not(proposal: Proposal, who: User) -> str:
    """The sentence with which the act refuses the person's signature, which is the one of the page."""
    found = eligibility.may_sign(proposal.review, proposal, who)
    assert isinstance(found, Unmet)
    with pytest.raises(NotAllowed) as refusal:
        sign(proposal, who)
    assert str(refusal.value) == str(found.reason)
    assert not proposal.request.approvals.exists()
    return str(found.reason)


def effect(proposal: Proposal) -> Decision | str:
    """What the executor makes of it: the decision, or why not, worded."""
    found = executor.take_effect(proposal.review.code)
    return found if isinstance(found, Decision) else str(found)


def wait(seconds: float) -> None:
    """Let that much of the database's time pass."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def short_deadline(monkeypatch: pytest.MonkeyPatch, within: timedelta) -> None:
    """Proposals made from now on have to be signed within a time shorter than any profile allows."""
    whole = proposals._terms
    monkeypatch.setattr(
        proposals,
        "_terms",
        lambda *args: replace(whole(*args), approve_by=clock.now() + within),
    )
