"""My approvals: all that waits for me, nothing that would be refused on arrival, and my own proofs."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals.models import Approval
from orr.accounts.models import AuthorMapping, User
from orr.board.desk import Desk
from orr.board.queue import duties, timelocks
from orr.decisions import actions, eligibility
from orr.decisions.models import Proposal
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from orr.reviews.models import Review
from orr.tlog import log, proof
from orr.tlog.keys import origin, verifier_key
from orr.tlog.models import Entry
from tests.factories import reviews
from tests.factories.decisions import green, propose, record, sign
from tests.factories.deputies import name
from tests.factories.people import person

pytestmark = pytest.mark.django_db
PLAIN = [{"kind": "image", "name": "search-api", "to": {"version": "2.19.0"}}]
People = dict[str, User]
Make = Callable[..., Proposal]


@pytest.fixture
def proposed(people: People, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A proposal by the release manager on a review whose every item passes."""
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())

    def make(**changed: Any) -> Proposal:
        review = reviews.review(people["release_manager"], items=PLAIN, **changed)
        green(review)
        return propose(review, people["release_manager"])

    return make


def to_sign(who: User) -> list[str]:
    return [duty.code for duty in duties(Desk(who)) if duty.kind == "sign"]


def test_it_agrees_with_what_the_page_of_signing_says(proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    AuthorMapping.objects.create(author_id="gh:1", user=people["sre"], mapped_by=people["admin"])
    signed, authored, ghost, stated = (
        proposed(), proposed(authors=[{"id": "gh:1", "name": "Dev"}]),
        proposed(authors=[{"id": "gh:9", "name": "Ghost"}]), proposed(),
    )  # fmt: skip
    record(
        stated.review, "G3.1", attested_by=people["security"].pk, attested_role="security", statement="So."
    )
    sign(signed, people["security"])
    for role in ("sre", "security", "product", "release_manager", "auditor", "data"):
        who = people[role]
        allowed = [
            one.review.code
            for one in (signed, authored, ghost, stated)
            if eligibility.may_sign(one.review, one, who)
        ]
        assert sorted(to_sign(who)) == sorted(allowed), role
    assert to_sign(people["sre"]) == [signed.review.code, stated.review.code]
    assert to_sign(people["product"]) == [authored.review.code, stated.review.code]


def test_a_statement_i_could_make_waits_for_me(people: People) -> None:
    found = reviews.review(people["release_manager"])
    found_duties = [duty for duty in duties(Desk(people["product"])) if duty.code == found.code]
    assert {duty.kind for duty in found_duties} == {"state"}
    assert all("/items/" in duty.url for duty in found_duties)
    assert duties(Desk(people["auditor"])) == []


def test_the_soonest_deadline_comes_first_and_none_comes_last(proposed: Make, people: People) -> None:
    first, second = proposed(), proposed()
    reviews.review(people["release_manager"])
    untils = [duty.until for duty in duties(Desk(people["security"]))]
    assert untils[:2] == [first.approve_by, second.approve_by]
    assert set(untils[2:]) <= {None}


def test_running_timelocks_are_for_who_can_stop_them(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    assert timelocks(Desk(people["sre"])) == []
    sign(proposal, people["security"])
    for role, signed in (("sre", True), ("security", True), ("release_manager", False)):
        [row] = timelocks(Desk(people[role]))
        assert (row["code"], row["signed"]) == (proposal.review.code, signed)
    assert timelocks(Desk(people["product"])) == []
    name(people["security"], people["product"], "security")
    [row] = timelocks(Desk(people["product"]))
    assert (row["code"], row["signed"]) == (proposal.review.code, False), "the deputy of a veto stops it too"


def questions(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/approvals").status_code == 200
    return len(queries)


def test_more_reviews_ask_no_more_questions(
    proposed: Make, people: People, browser: Callable[..., Client]
) -> None:
    def lose(one: Proposal) -> None:
        sign(one, people["security"])
        actions.cancel(code=one.review.code, actor=people["security"], reason="Shorter.")
        propose(one.review, people["release_manager"])

    lose(proposed())
    proposed()
    client = browser("security")
    few = questions(client)
    for _ in range(3):
        lose(proposed())
        proposed()
    assert questions(client) == few
    assert len(to_sign(people["security"])) == 8


def test_a_signature_that_no_longer_counts_is_shown_with_its_successor(
    proposed: Make, people: People, browser: Callable[..., Client]
) -> None:
    proposal = proposed()
    sign(proposal, people["security"])
    actions.cancel(code=proposal.review.code, actor=people["security"], reason="Shorter.")
    assert "There is no new proposal yet." in browser("security").get("/approvals").content.decode()
    propose(proposal.review, people["release_manager"])
    text = browser("security").get("/approvals").content.decode()
    assert "See it all, sign again" in text
    assert "Shorter." in text


def test_earlier_proposals_say_who_had_signed(
    proposed: Make, people: People, browser: Callable[..., Client]
) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    actions.cancel(code=proposal.review.code, actor=people["sre"], reason="Shorter.")
    propose(proposal.review, people["release_manager"])
    text = browser("security").get(f"/orr/{proposal.review.code}/approve").content.decode()
    assert '<td data-l="Signed">Sre</td>' in text


@pytest.fixture
def signature(proposed: Make, people: People) -> Approval:
    """A signature of the person of security."""
    return sign(proposed(), people["security"], comment="Looked at it.")


def code_of(made: Approval) -> str:
    return Proposal.objects.get(request=made.request).review.code


@pytest.mark.django_db(transaction=True)
def test_the_record_is_in_the_log_and_its_proof_verifies(
    signature: Approval, browser: Callable[..., Client]
) -> None:
    log.sequence()
    client, code = browser("security"), code_of(signature)
    answer = client.get(f"/orr/{code}/signatures/{signature.pk}.json")
    record = answer.content
    told = json.loads(record)
    assert (told["type"], told["id"], told["comment"]) == (
        "plura.orr/signature/v1", str(signature.pk), "Looked at it."
    )  # fmt: skip
    [entry] = Entry.objects.filter(review=code, kind="proposal.signed")
    data = bytes(entry.data)
    assert json.loads(data)["artefacts"]["approval"] == hashlib.sha256(record).hexdigest()
    text = client.get(f"/orr/{code}/signatures/{signature.pk}.tlog-proof").content.decode()
    assert proof.verify(text, data, [verifier_key()], origin()).size > entry.idx


def test_a_record_stays_the_same_after_it_is_withdrawn(
    signature: Approval, people: People, browser: Callable[..., Client]
) -> None:
    client, path = browser("security"), f"/orr/{code_of(signature)}/signatures/{signature.pk}.json"
    before = client.get(path).content
    actions.withdraw_signature(code=code_of(signature), actor=people["security"])
    assert client.get(path).content == before


@pytest.mark.parametrize(
    ("role", "status"),
    [("security", 200), ("auditor", 200), ("admin", 200), ("sre", 404), ("release_manager", 404)],
)
def test_only_its_signer_auditors_and_administrators_read_it(
    signature: Approval, browser: Callable[..., Client], role: str, status: int
) -> None:
    path = f"/orr/{code_of(signature)}/signatures/{signature.pk}"
    assert browser(role).get(f"{path}.json").status_code == status
    if status == 404:
        assert browser(role).get(f"{path}.tlog-proof").status_code == 404


def test_a_signature_is_not_found_under_another_review(
    signature: Approval, people: People, browser: Callable[..., Client]
) -> None:
    other: Review = reviews.review(people["release_manager"])
    path = f"/orr/{other.code}/signatures/{signature.pk}.json"
    assert browser("security").get(path).status_code == 404


def test_a_challenge_is_for_who_has_a_seat(
    proposed: Make, people: People, browser: Callable[..., Client]
) -> None:
    proposal = proposed()
    path = f"/orr/{proposal.review.code}/approve/challenge"
    sent = {"expected_digest": proposal.digest}
    assert browser("auditor").post(path, sent).status_code == 403
    assert "no passkey yet" in browser("security").post(path, sent).json()["error"]
    assert browser("security").post(path, {}).status_code == 409
    assert browser("security").post(path, {**sent, "for": "x"}).status_code == 404
    assert browser("security").get(path).status_code == 405


def test_a_deputy_is_named_and_revoked_on_the_page(people: People, browser: Callable[..., Client]) -> None:
    client, today = browser("security"), clock.now()
    sent = {
        "role": "security", "deputy": "product", "team": "", "reason": "Leave",
        "starts_at": f"{today - timedelta(days=1):%Y-%m-%dT00:00}",
        "ends_at": f"{today + timedelta(days=30):%Y-%m-%dT00:00}",
    }  # fmt: skip
    assert client.post("/settings/delegations", {**sent, "ends_at": "soon"}).status_code == 422
    refused = client.post("/settings/delegations", {**sent, "role": "data"})
    assert refused.status_code == 403
    assert 'value="Leave"' in refused.content.decode()
    assert client.post("/settings/delegations", sent).status_code == 302
    text = browser("product").get("/settings/delegations").content.decode()
    found = text.split('action="/settings/delegations/')[1].split('"')[0]
    assert browser("sre").post(f"/settings/delegations/{found}").status_code == 404
    assert "You stand in for Security as Security." in browser("product").get("/approvals").content.decode()
    assert browser("product").post(f"/settings/delegations/{found}").status_code == 302
    assert person("late", "sre") not in [duty.code for duty in duties(Desk(people["product"]))]
