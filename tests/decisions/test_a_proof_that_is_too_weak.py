"""A profile names the weakest proof that counts; a passkey's signature binds digest, person and seat."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.models import Approval
from approvals.proving import Given, ask, prove
from orr.accounts.models import User
from orr.decisions.models import Proposal
from orr.lib.errors import NotAllowed
from orr.reviews import actions as reviews
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, sign
from tests.factories.signing_keys import Passkey

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def under(settings: Any, tmp_path: Path, people: People, least: str) -> Proposal:
    """A proposal under a profile that asks for `least`."""
    settings.PLURA_PROFILES = str(tmp_path)
    text = f"""
version = 1
title = {{ en = "Strict", ko = "엄격" }}
[policy]
slots = ["sre", "security"]
timelock = 0
approve_within = 3600
valid_for = 3600
step_up = "{least}"
"""
    (tmp_path / "strict.toml").write_text(text, encoding="utf-8")
    review = reviews.open_review(change_set=change_set(), profile="strict", actor=people["manager"])
    green(review)
    return propose(review, people["manager"])


@pytest.mark.parametrize(
    ("least", "method", "why"),
    [
        ("totp", "password", "asks for a one-time code or a passkey; set one up"),
        ("passkey", "password", "asks for a passkey; add one"),
        ("passkey", "totp", "asks for a passkey; add one"),
    ],
)
def test_a_weaker_proof_is_refused_and_says_what_to_set_up(
    settings: Any, tmp_path: Path, people: People, least: str, method: str, why: str
) -> None:
    proposal = under(settings, tmp_path, people, least)
    with pytest.raises(NotAllowed, match=why):
        sign(proposal, people["sre"], method=method)
    assert not Approval.objects.exists()


def test_a_proof_that_is_strong_enough_signs(settings: Any, tmp_path: Path, people: People) -> None:
    proposal = under(settings, tmp_path, people, "totp")
    assert sign(proposal, people["sre"], method="totp").weak is False


def answered(proposal: Proposal, who: User, digest: str, roles: list[str]) -> dict[str, Any]:
    key = Passkey(who)
    options = ask(person=who, session="s", digest=digest, roles=roles)
    proof = prove(person=who, session="s", given=Given(answer=key.answer(options)))
    return {"method": proof.method, "assertion": proof.assertion}


def test_a_passkeys_assertion_is_kept_as_the_signature(proposed: Make, people: People) -> None:
    proposal = proposed()
    how = answered(proposal, people["sre"], proposal.digest, ["sre"])
    made = sign(proposal, people["sre"], **how)
    assert (made.method, made.weak, made.assertion) == ("passkey", False, how["assertion"])


def test_an_assertion_over_another_digest_signs_nothing(proposed: Make, people: People) -> None:
    proposal = proposed()
    how = answered(proposal, people["sre"], "sha256:" + "0" * 64, ["sre"])
    with pytest.raises(NotAllowed, match="signed something else"):
        sign(proposal, people["sre"], **how)
    assert not Approval.objects.exists()


def test_an_assertion_of_another_person_signs_nothing(proposed: Make, people: People) -> None:
    proposal = proposed()
    how = answered(proposal, people["sre2"], proposal.digest, ["sre"])
    with pytest.raises(NotAllowed, match="signed something else"):
        sign(proposal, people["sre"], **how)
    assert not Approval.objects.exists()


def test_a_passkey_without_its_assertion_is_no_signature(proposed: Make, people: People) -> None:
    with pytest.raises(NotAllowed):
        sign(proposed(), people["sre"], method="passkey")
    assert not Approval.objects.exists()
