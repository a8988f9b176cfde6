"""A review in shadow is decided like any other, marked wherever it is told, and changes nothing outside."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, connection, transaction

from orr.accounts.models import User
from orr.board import queue
from orr.board.desk import Desk
from orr.decisions import actions, announcing, executor, former, snapshot, superseding
from orr.decisions.models import Decision, Proposal
from orr.events.models import Outgoing
from orr.exits import actions as exits
from orr.guards.models import Guard
from orr.lib.errors import Conflict
from orr.policies import enforcement
from orr.reports import decision as documents
from orr.reports import decision_pdf, facts, pdf
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.rollouts import actions as rollouts
from orr.rollouts import shadow
from orr.tlog import log
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, short_deadline, sign, wait
from tests.factories.people import person

pytestmark = pytest.mark.django_db
MARK = sha256(b"plura.orr/shadow/v1").hexdigest()


@pytest.fixture
def search_in_shadow(db: None) -> None:
    enforcement.ask_for_shadow(service_id="search", reason="Beginning.", actor=person("admin", "admin"))


@pytest.fixture
def shadowed(search_in_shadow: None, signed: Callable[..., Proposal]) -> Proposal:
    return signed()


def kinds(code: str) -> list[str]:
    return [entry.kind for entry in log.entries_of(code)]


def test_a_change_of_services_in_shadow_is_in_shadow_and_the_log_says_so(
    search_in_shadow: None, opened: Callable[..., Review]
) -> None:
    review = opened()
    assert review.shadow and kinds(review.code)[:2] == ["review.opened", "review.in_shadow"]
    for services in (["search", "notify"], ["notify"], []):
        assert not opened(service_ids=services).shadow


def test_what_is_signed_and_decided_says_that_it_is_in_shadow(shadowed: Proposal) -> None:
    assert snapshot.field(bytes(shadowed.payload), "shadow") is True
    decision = executor.take_effect(shadowed.review.code)
    assert isinstance(decision, Decision) and json.loads(bytes(decision.payload))["shadow"] is True
    marked = [e for e in log.entries_of(shadowed.review.code) if e.artefacts.get("shadow") == MARK]
    assert [entry.kind for entry in marked] == ["proposal.made", "decision.took_effect"]


def test_nobody_outside_is_told_of_an_approval_in_shadow(
    shadowed: Proposal,
    opened: Callable[..., Review],
    people: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor.take_effect(shadowed.review.code)
    refused = opened()
    actions.record_no_go(code=refused.code, reason="Slow.", actor=people["manager"])
    late = opened()
    green(late)
    short_deadline(monkeypatch, timedelta(milliseconds=50))
    propose(late, people["manager"])
    wait(0.1)
    assert announcing.sweep() == 0
    assert all(one.shadow for one in (refused, late)) and not Outgoing.objects.exists()


def test_a_no_go_in_shadow_says_so_too(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    review = opened()
    actions.record_no_go(code=review.code, reason="Slow.", actor=people["manager"])
    (entry,) = [one for one in log.entries_of(review.code) if one.kind == "decision.no_go"]
    assert entry.artefacts["shadow"] == MARK


def test_what_is_real_is_marked_nowhere(signed: Callable[..., Proposal]) -> None:
    proposal = signed()
    decision = executor.take_effect(proposal.review.code)
    assert isinstance(decision, Decision) and "shadow" not in json.loads(bytes(decision.payload))
    assert not [e for e in log.entries_of(proposal.review.code) if "shadow" in e.artefacts]
    assert "shadow" not in json.loads(bytes(proposal.payload))


def test_no_guard_of_a_shadow_decision_is_written_outside(
    shadowed: Proposal, signed: Callable[..., Proposal]
) -> None:
    executor.take_effect(shadowed.review.code)
    assert not Guard.objects.filter(review=shadowed.review.code).exists()
    enforcement.enforce(service_id="search", reason="Ready.", actor=User.objects.get(username="admin"))
    real = signed()
    executor.take_effect(real.review.code)
    assert Guard.objects.filter(review=real.review.code).exists()


def test_every_face_says_shadow(shadowed: Proposal) -> None:
    executor.take_effect(shadowed.review.code)
    told = facts.checklist(shadowed.review.code)
    assert told["shadow"] is True and documents.needed(told)["shadow"] is True
    for data in (pdf.render(shadowed.review.code, "en"), decision_pdf.render(shadowed.review.code, "en")):
        text = " ".join(pypdf.PdfReader(BytesIO(data)).pages[0].extract_text().split())
        assert "In shadow: recorded only" in text


def test_a_rollout_in_shadow_is_never_stopped_and_one_that_is_real_is(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    for services, stopped in ((["search"], False), (["notify"], True)):
        review = opened(service_ids=services)
        with pytest.raises(Conflict) as refusal:
            rollouts.start(code=review.code, actor=people["manager"])
        how: dict[str, Any] = {
            "code": review.code, "refusal": refusal.value, "actor": people["manager"],
        }  # fmt: skip
        if stopped:
            with pytest.raises(Conflict):
                shadow.let_pass(**how)
        else:
            assert shadow.let_pass(**how) == refusal.value.sentence
        assert ("rollout.not_stopped" in kinds(review.code)) is not stopped


def test_what_went_out_in_shadow_is_never_said_to_need_no_taking_back(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    out, inside = opened(), opened()
    with pytest.raises(Conflict) as refusal:
        rollouts.start(code=out.code, actor=people["manager"])
    shadow.let_pass(code=out.code, refusal=refusal.value, actor=people["manager"])
    with pytest.raises(Conflict, match="went out in shadow"):
        exits.start(code=out.code, actor=people["manager"], reason="Slow.")
    assert isinstance(exits.start(code=inside.code, actor=people["manager"], reason="Slow."), exits.Withdrawn)


def test_what_waits_for_a_person_says_that_it_is_in_shadow(
    search_in_shadow: None, proposed: Callable[..., Proposal], people: dict[str, User]
) -> None:
    proposal = proposed()
    [duty] = [one for one in queue.duties(Desk(people["sre"])) if one.kind == "sign"]
    assert duty.title == f"{proposal.review.title} · Shadow"
    for role in ("sre", "security"):
        sign(proposal, people[role])
    [row] = queue.timelocks(Desk(people["sre"]))
    assert row["title"].endswith("· Shadow")


def test_editing_an_enforced_service_into_it_makes_it_real(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    review = opened()
    edited = reviews.edit_change_set(
        code=review.code, change_set=change_set(service_ids=["search", "notify"]),
        expected_digest=review.change_set.digest, actor=people["manager"],
    )  # fmt: skip
    assert not edited.shadow and "review.enforced" in kinds(review.code)


def test_no_edit_takes_a_real_review_into_shadow(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    review = opened(service_ids=["notify"])
    edited = reviews.edit_change_set(
        code=review.code, change_set=change_set(service_ids=["search"]),
        expected_digest=review.change_set.digest, actor=people["manager"],
    )  # fmt: skip
    assert not edited.shadow and "review.in_shadow" not in kinds(review.code)
    other = opened(service_ids=["search"]).change_set
    with pytest.raises(IntegrityError, match="a real review stays real"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(shadow=True, change_set=other)


def test_an_open_review_keeps_how_it_was_opened(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    review = opened()
    enforcement.enforce(service_id="search", reason="Ready.", actor=User.objects.get(username="admin"))
    assert reviews.find(review.code).shadow and not opened().shadow


def test_who_signed_before_is_told_that_it_counts_now() -> None:
    was, now = ({"decision": "go", "snapshot": [], **one} for one in ({"shadow": True}, {}))
    for one in (was, now):
        one |= dict.fromkeys(snapshot._PARTS, 0)
    said = snapshot.differences(json.dumps(was).encode(), json.dumps(now).encode())
    assert [str(one) for one in said] == ["It is decided for real now; what you saw was in shadow."]


def test_a_no_go_in_shadow_owes_no_later_review_an_analysis_and_a_real_one_does(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    admin = User.objects.get(username="admin")
    for owed in (False, True):
        if owed:
            enforcement.enforce(service_id="search", reason="Ready.", actor=admin)
        environment = f"prod-{owed}"
        review = opened(environment=environment)
        assert review.shadow is not owed
        actions.record_no_go(code=review.code, reason="Slow.", actor=people["manager"])
        again = reviews.open_review(
            change_set=change_set(environment=environment), profile=review.profiles[0]["name"],
            actor=people["manager"], re_review_of=review.code,
        )  # fmt: skip
        assert bool(former.requirement(again)) is not owed


def test_a_review_in_shadow_takes_the_place_of_no_real_one(
    search_in_shadow: None, opened: Callable[..., Review], people: dict[str, User]
) -> None:
    real = opened(service_ids=["notify"])
    newer = opened()
    assert newer.shadow and not superseding.waiting(newer)
    with pytest.raises(Conflict) as refusal:
        superseding.replace(code=newer.code, older=real.code, actor=people["manager"])
    assert "in shadow" in str(refusal.value)
    assert [one.code for one in superseding.waiting(opened(service_ids=["notify"]))] == [
        newer.code, real.code,
    ]  # fmt: skip


FLIP = "UPDATE reviews_review SET shadow = NOT shadow WHERE id = %s"


def test_the_database_keeps_the_two_apart(
    search_in_shadow: None, ready: Callable[..., Review], people: dict[str, User]
) -> None:
    review, real = ready(), ready(service_ids=["notify"])
    for one in (review, real):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FLIP, [one.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            change_set=real.change_set, title="x", environment="x", requester=people["manager"],
            profiles=real.profiles, profile=real.profile, profile_digest=real.profile_digest, shadow=True,
        )  # fmt: skip
    made = propose(review, people["manager"])
    sign(made, people["sre"])
    sign(made, people["security"])
    with pytest.raises(IntegrityError), transaction.atomic():
        real_payload = bytes(made.payload).replace(b'"shadow":true,', b"")
        Proposal.objects.create(
            review=review, number=2, decision="go", guards=[], answered=[], payload=real_payload,
            digest=snapshot.proposal_digest(real_payload), snapshot=[], proposed_by=people["manager"],
            proposed_at=made.proposed_at, approve_by=made.approve_by, valid_until=made.valid_until,
            request=made.request, state="void",
        )  # fmt: skip
