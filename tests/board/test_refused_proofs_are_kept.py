"""Whatever proves nothing when somebody signs is kept as a refusal, with what was wrong about it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from approvals import proving
from approvals.models import Approval, Challenge
from orr.accounts.models import Denial, User
from orr.decisions.models import Proposal
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from tests.factories import reviews
from tests.factories.codes import Codes
from tests.factories.decisions import green, propose
from tests.factories.signing_keys import Passkey

pytestmark = pytest.mark.django_db
PLAIN = [{"kind": "image", "name": "search-api", "to": {"version": "2.19.0"}}]
Prove = Callable[["Signing"], dict[str, str]]


class Signing:
    """The security person's browser before a proposal, with a passkey."""

    def __init__(self, client: Client, proposal: Proposal, person: User) -> None:
        self.client, self.proposal, self.person = client, proposal, person
        self.path = f"/orr/{proposal.review.code}/approve"
        self.key = Passkey(person)

    def asked(self) -> dict[str, Any]:
        """What the passkey is asked."""
        sent = {"expected_digest": self.proposal.digest}
        found: dict[str, Any] = json.loads(self.client.post(f"{self.path}/challenge", sent).content)
        return found

    def sign(self, **proof: str) -> int:
        """Send the form."""
        sent = {"expected_digest": self.proposal.digest, "judgement": "approve", "comment": "Looked."}
        return self.client.post(self.path, {**sent, **proof}).status_code


@pytest.fixture
def signing(
    browser: Callable[..., Client], people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> Signing:
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    review = reviews.review(people["release_manager"], items=PLAIN)
    green(review)
    return Signing(browser("security"), propose(review, people["release_manager"]), people["security"])


def wrong_code(signing: Signing) -> dict[str, str]:
    Codes(signing.person)
    return {"code": "000000"}


def wrong_password(_signing: Signing) -> dict[str, str]:
    return {"password": "wrong"}


def unreadable(_signing: Signing) -> dict[str, str]:
    return {"answer": "{}"}


def another_place(signing: Signing) -> dict[str, str]:
    return {"answer": signing.key.answer(signing.asked(), origin="https://evil.example")}


def never_asked(signing: Signing) -> dict[str, str]:
    answer = signing.key.answer(signing.asked())
    Challenge.objects.all().delete()
    return {"answer": answer}


def too_old(signing: Signing) -> dict[str, str]:
    answer = signing.key.answer(signing.asked())
    Challenge.objects.update(made_at=clock.now() - proving.LIFETIME)
    return {"answer": answer}


def a_copy(signing: Signing) -> dict[str, str]:
    signing.key.count = 9
    first = signing.key.answer(signing.asked())
    proving.prove(
        person=signing.person,
        session=signing.client.session.session_key or "",
        given=proving.Given(answer=first),
    )
    signing.key.count = 3
    return {"answer": signing.key.answer(signing.asked())}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (wrong_code, "That code is wrong or was used already"),
        (wrong_password, "That is not your password"),
        (unreadable, "answer does not fit"),
        (another_place, "answer does not fit"),
        (never_asked, "was not asked here, or was answered already"),
        (too_old, "is older than five minutes"),
        (a_copy, "counts backwards"),
    ],
)
def test_a_proof_that_proves_nothing_is_kept_with_its_reason(
    wrong: Prove, why: str, signing: Signing
) -> None:
    assert signing.sign(**wrong(signing)) == 403
    assert not Approval.objects.exists()
    row = Denial.objects.get()
    assert (row.person, row.subject, row.status) == (signing.person, signing.proposal.review.code, 403)
    assert why in str(row.reason)


def test_a_question_that_is_refused_is_kept_with_its_reason(signing: Signing) -> None:
    sent = {"expected_digest": signing.proposal.digest}
    answer = signing.client.post(f"{signing.path}/challenge", sent)
    assert answer.status_code == 200, answer.content
    unseen = signing.client.post(f"{signing.path}/challenge", {"expected_digest": ""})
    assert unseen.status_code == 409
    assert str(Denial.objects.get().reason) == unseen.json()["error"]
    assert "nothing is signed unseen" in unseen.json()["error"]
