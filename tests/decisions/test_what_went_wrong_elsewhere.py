"""Each way around two people found in another product, by its public id, and that it is shut here."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from approvals.models import Approval, State
from orr.accounts import lockout
from orr.accounts.models import User
from orr.board import live
from orr.changes.models import ChangeSet
from orr.decisions import actions
from orr.decisions.models import Decision, Proposal
from orr.lib.errors import Conflict, NotAllowed
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.decisions import effect, green, propose, sign, wait
from tests.factories.people import PASSWORD
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
WORDS = "Looked at the transfers twice."


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """No page and no counted failure of another test."""
    live.forget()
    cache.clear()
    yield
    live.forget()
    cache.clear()


def browser(who: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who)
    return client


def posted(who: User, proposal: Proposal, **fields: Any) -> Any:
    """The answer to the signing form as that person sends it; None leaves a field out."""
    sent = {
        "judgement": "approve",
        "comment": WORDS,
        "expected_digest": proposal.digest,
        "password": PASSWORD,
        **fields,
    }
    stated = {name: value for name, value in sent.items() if value is not None}
    return browser(who).post(f"/orr/{proposal.review.code}/approve", stated)


def edit(review: Review, by: User) -> Review:
    """The requester's way to another change set: stop what is proposed, then edit."""
    actions.cancel(code=review.code, actor=by, reason="Another key.")
    seen = find(review.code)
    return reviews.edit_change_set(
        code=seen.code,
        change_set=change_set(title="Another change"),
        expected_digest=seen.change_set.digest,
        actor=by,
    )


@pytest.mark.django_db(transaction=True)
def test_gitlab_10357_parallel_posts_by_one_person_count_once(proposed: Make, people: People) -> None:
    proposal = proposed(slots=("sre", "sre", "security"))
    with racers(8) as pool:
        answers = race(pool, [lambda: posted(people["sre"], proposal).status_code] * 8)
    assert set(answers) == {302}
    assert [one.person for one in proposal.request.live_approvals()] == [people["sre"]]
    assert Approval.objects.count() == 1
    assert effect(proposal) == "Not every slot is filled yet."


def test_gitlab_383776_a_change_after_approval_is_refused_while_it_is_proposed(
    signed: Make, people: People
) -> None:
    proposal = signed(timelock=600)
    with pytest.raises(Conflict, match="while nothing is proposed"):
        reviews.edit_change_set(
            code=proposal.review.code,
            change_set=change_set(title="Slipped in"),
            expected_digest=proposal.review.change_set.digest,
            actor=people["manager"],
        )
    assert find(proposal.review.code).change_set_id == proposal.review.change_set_id


def test_cve_2023_4812_what_is_added_after_approval_inherits_no_approval(
    signed: Make, people: People
) -> None:
    former = signed(timelock=0)
    changed = edit(former.review, people["manager"])
    green(changed)
    proposal = propose(changed, people["manager"])
    assert proposal.request.live_approvals() == []
    assert effect(proposal) == "Not every slot is filled yet."
    assert Approval.objects.filter(request=former.request, withdrawn_at=None).count() == 2
    with pytest.raises(Conflict, match="another than the one you were shown"):
        sign(former, people["sre"])


def test_cve_2023_4812_what_was_changed_back_inherits_no_approval_either(
    signed: Make, people: People
) -> None:
    former = signed()
    changed = edit(former.review, people["manager"])
    back = reviews.edit_change_set(
        code=changed.code,
        change_set=former.review.body,
        expected_digest=changed.change_set.digest,
        actor=people["manager"],
    )
    green(back)
    proposal = propose(back, people["manager"])
    assert back.change_set.digest == former.review.change_set.digest
    assert proposal.request.live_approvals() == []
    assert effect(proposal) == "Not every slot is filled yet."


@pytest.mark.parametrize(
    "digest", [None, "", "sha256:" + "0" * 64, "change set", "other review", "former"], ids=str
)
def test_gitlab_2394_approving_without_a_digest_or_with_a_stale_one_is_409_and_keeps_the_comment(
    proposed: Make, people: People, digest: str | None
) -> None:
    former = proposed()
    actions.cancel(code=former.review.code, actor=people["manager"], reason="Again.")
    proposal = propose(former.review, people["manager"])
    known = {
        "change set": proposal.review.change_set.digest,
        "other review": proposed().digest,
        "former": former.digest,
    }
    answer = posted(people["sre"], proposal, expected_digest=known.get(digest or "", digest))
    assert answer.status_code == 409
    assert WORDS in answer.content.decode()
    assert not Approval.objects.exists()


def another(review: Review, part: str, **changed: Any) -> None:
    Review.objects.filter(pk=review.pk).update(
        profile={**review.profile, part: {**review.profile[part], **changed}}
    )


def another_body(review: Review, **changed: Any) -> None:
    Review.objects.filter(pk=review.pk).update(change_set=ChangeSet.keep({**review.body, **changed}))


def another_target(review: Review) -> None:
    first, *rest = review.body["items"]
    another_body(review, items=[{**first, "target": "registry/search-api:experimental"}, *rest])


def another_threshold(review: Review) -> None:
    items = {**review.profile["items"], "G1.2": {**review.profile["items"]["G1.2"], "freshness": 86_400}}
    Review.objects.filter(pk=review.pk).update(profile={**review.profile, "items": items})


SWAPS: dict[str, Callable[[Review], None]] = {
    "environment": lambda review: Review.objects.filter(pk=review.pk).update(environment="prod-us"),
    "policy, other slots": lambda review: another(review, "policy", slots=["sre", "product"]),
    "policy, no timelock": lambda review: another(review, "policy", timelock=0),
    "policy, no veto": lambda review: another(review, "policy", veto=[]),
    "policy, other gate roles": lambda review: another(
        review, "policy", gate_roles={**review.profile["policy"]["gate_roles"], "3": "product"}
    ),
    "policy, longer freshness": another_threshold,
    "target": another_target,
    "keys of the Exit": lambda review: another_body(review, items=review.body["items"][:1]),
    "authors": lambda review: another_body(review, authors=[{"id": "gh:9", "name": "Nobody"}]),
    "pinned digest": lambda review: Review.objects.filter(pk=review.pk).update(
        profile_digest="sha256:" + "0" * 64
    ),
}


@pytest.mark.parametrize("swap", SWAPS)
def test_gitea_ghsa_w5pg_649r_p6gg_what_is_swapped_after_approval_never_takes_effect(
    signed: Make, swap: str
) -> None:
    proposal = signed(timelock=1)
    wait(1.01)
    SWAPS[swap](proposal.review)
    assert not isinstance(effect(proposal), Decision)
    assert not Decision.objects.exists()
    proposal.refresh_from_db()
    assert proposal.state == State.VOID
    assert find(proposal.review.code).state == "void"


@pytest.mark.parametrize("swap", SWAPS)
def test_gitea_ghsa_w5pg_649r_p6gg_what_is_swapped_before_the_last_signature_cannot_be_signed(
    proposed: Make, people: People, swap: str
) -> None:
    proposal = proposed(timelock=1)
    sign(proposal, people["sre"])
    SWAPS[swap](proposal.review)
    with pytest.raises((Conflict, NotAllowed)):
        sign(proposal, people["security"])
    assert len(proposal.request.live_approvals()) == 1
    assert not isinstance(effect(proposal), Decision)


# One entry for each way to prove that it is you; the form's fields that prove nothing.
WRONG: dict[str, dict[str, Any]] = {
    "password": {"password": "not-my-password"},
    "nothing": {"password": None},
    "empty": {"password": ""},
    "spaces": {"password": f" {PASSWORD} "},
    "of another person": {"password": "password-of-security"},
    "hash": {"password": "md5$"},
    "too long": {"password": "x" * 5000},
}


@pytest.mark.parametrize("way", WRONG)
def test_gitlab_461248_every_way_to_sign_refuses_what_proves_nothing(
    proposed: Make, people: People, way: str
) -> None:
    proposal = proposed()
    for name, secret in (("sre", PASSWORD), ("security", "password-of-security")):
        people[name].set_password(secret)
        people[name].save(update_fields=["password"])
    answer = posted(people["sre"], proposal, **WRONG[way])
    assert answer.status_code in {403, 422}
    assert WORDS in answer.content.decode()
    assert not Approval.objects.exists()
    assert posted(people["sre"], proposal).status_code == 302


def test_gitlab_461248_a_recent_sign_in_does_not_sign(proposed: Make, people: People) -> None:
    proposal = proposed()
    client = Client()
    assert client.post("/signin", {"username": "sre", "password": PASSWORD}).status_code == 302
    answer = client.post(
        f"/orr/{proposal.review.code}/approve",
        {"judgement": "approve", "expected_digest": proposal.digest},
    )
    assert answer.status_code == 403
    assert not Approval.objects.exists()


def test_gitlab_461248_who_guesses_is_stopped(proposed: Make, people: People) -> None:
    proposal = proposed()
    for _guess in range(lockout.LIMITS["step_up"]):
        assert posted(people["sre"], proposal, password="guess").status_code == 403
    assert posted(people["sre"], proposal).status_code == 429
    assert not Approval.objects.exists()


def test_an_api_token_cannot_sign() -> None:
    from django.urls import get_resolver

    routes = [str(pattern.pattern) for pattern in get_resolver("orr.api.urls").url_patterns]
    assert routes
    assert not [route for route in routes if re.search(r"sign|approv", route)]
