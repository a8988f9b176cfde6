"""Law: a deployment is answered by the review of its own commit, place and services, and by no other."""

from typing import Any

import pytest

from orr.accounts.models import AuthorMapping, User
from orr.decisions import actions as decisions
from orr.hooks import answers, sending
from orr.hooks.models import Answer, Ask
from orr.reviews import actions as reviews
from orr.reviews.models import Review
from orr.reviews.states import State
from tests.api.conftest import problem
from tests.factories import decisions as made
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.factories.reviews import review as opened
from tests.hooks.conftest import COMMIT, Door, payload
from tests.hooks.waiting import ask, go, into_shadow, shadow, signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guards_answer", "no_worker")]
RULE = "/repos/acme/search/actions/runs/4242/deployment_protection_rule"
APPROVAL = "/api/v4/projects/30/deployments/15/approval"


def test_a_proposal_that_went_void_lets_the_deployment_wait_on(asked: Review) -> None:
    signed(asked)
    made.red(asked)
    assert Review.objects.get().state == State.VOID
    answers.look(asked.code)
    assert not Answer.objects.exists()


def test_a_deployment_that_asks_after_the_decision_is_answered_at_once(
    asked: Review, door: Door, platform: Platform
) -> None:
    go(asked)
    sending.send_due()
    body = payload("github-rule", platform.url)
    body["deployment_callback_url"] = body["deployment_callback_url"].replace("4242", "4243")
    assert door.github("deployment_protection_rule", body).json()["id"] == asked.code
    sending.send_due()
    assert [call.path for call in platform.posts()] == [RULE, RULE.replace("4242", "4243")]


def test_a_decision_is_never_carried_over_to_another_commit(
    asked: Review, door: Door, platform: Platform
) -> None:
    go(asked)
    answer = ask(door, platform, sha="b" * 40)
    assert answer.status_code == 201
    assert answer.json()["id"] != asked.code
    other = Review.objects.latest("pk")
    assert other.body["items"][0]["to"] == {"version": "b" * 40}


def test_a_tag_takes_no_commit_any_more_once_something_is_proposed(
    door: Door, platform: Platform, bot: User
) -> None:
    AuthorMapping.objects.create(
        author_id="github:501", user=person("dana"), mapped_by=person("boss", "admin")
    )
    door.github("release", payload("github-release"))
    review = Review.objects.get()
    go(review)
    assert ask(door, platform).json()["id"] != review.code
    assert not Answer.objects.exists()


def test_a_deployment_before_any_release_opens_the_review_of_its_commit(
    door: Door, platform: Platform, bot: User
) -> None:
    assert ask(door, platform, ref="main").status_code == 201
    review = Review.objects.get()
    assert review.body["items"][0]["to"] == {"version": COMMIT}
    assert review.environment == "prod-kr"
    body = payload("github-rule", platform.url)
    body["deployment_callback_url"] = body["deployment_callback_url"].replace("4242", "9")
    assert door.github("deployment_protection_rule", body).json()["id"] == review.code


def test_after_a_no_go_the_re_review_is_the_one_that_answers(
    asked: Review, door: Door, platform: Platform
) -> None:
    decisions.record_no_go(code=asked.code, reason="red", actor=person("manager", "release_manager"))
    again = opened(User.objects.get(username="manager"), items=asked.body["items"])
    Review.objects.filter(pk=again.pk).update(re_review_of=asked, team=asked.team)
    body = payload("github-rule", platform.url)
    body["deployment_callback_url"] = body["deployment_callback_url"].replace("4242", "5")
    assert door.github("deployment_protection_rule", body).json()["id"] == again.code


def test_a_re_review_of_something_else_answers_for_nothing(
    asked: Review, door: Door, platform: Platform
) -> None:
    decisions.record_no_go(code=asked.code, reason="red", actor=person("manager", "release_manager"))
    other = {**asked.body["items"][0], "to": {"version": "v2.18.2"}}
    again = opened(User.objects.get(username="manager"), items=[other])
    Review.objects.filter(pk=again.pk).update(re_review_of=asked, team=asked.team)
    body = payload("github-rule", platform.url)
    body["deployment_callback_url"] = body["deployment_callback_url"].replace("4242", "5")
    assert door.github("deployment_protection_rule", body).json()["id"] == asked.code
    assert [one.approved for one in Answer.objects.all()] == [False, False]


def test_a_re_review_in_shadow_answers_for_no_real_review(
    asked: Review, door: Door, platform: Platform
) -> None:
    decisions.record_no_go(code=asked.code, reason="red", actor=person("manager", "release_manager"))
    again = opened(User.objects.get(username="manager"), items=asked.body["items"])
    Review.objects.filter(pk=again.pk).update(re_review_of=asked, team=asked.team)
    shadow("search")
    into_shadow(again)
    assert ask(door, platform, id=78).json()["id"] == asked.code
    assert [one.approved for one in Answer.objects.all()] == [False, False]


def test_a_change_set_that_was_edited_to_something_else_approves_nothing(
    asked: Review, platform: Platform
) -> None:
    manager = person("manager3", "release_manager")
    after = {**asked.body, "items": [{**asked.body["items"][0], "to": {"version": "v9.9.9"}}]}
    reviews.edit_change_set(
        code=asked.code, change_set=after, expected_digest=asked.change_set.digest, actor=manager
    )
    go(Review.objects.get())
    sending.send_due()
    assert platform.posts()[0].body["state"] == "rejected"
    assert "is not about v2.18.1 any more" in platform.posts()[0].body["comment"]


def test_gitlab_is_answered_by_its_deployment(door: Door, platform: Platform, bot: User) -> None:
    people = {"git:dana@acme.example": "dana", "gitlab:64": "dana2"}
    boss = person("boss", "admin")
    for author, name in people.items():
        AuthorMapping.objects.create(author_id=author, user=person(name), mapped_by=boss)
    door.gitlab(payload("gitlab-release"))
    assert door.gitlab(payload("gitlab-deployment")).status_code == 200
    review = Review.objects.get()
    go(review)
    sending.send_due()
    [call] = platform.posts()
    assert call.path == APPROVAL
    assert call.body["status"] == "approved"
    assert call.body["comment"].endswith(f"http://localhost:8000/orr/{review.code}")


@pytest.mark.parametrize(
    "changed", [{"status": "running"}, {"status": "success"}, {"environment": "review/x"},
                {"project": {"id": 1, "path_with_namespace": "acme/other"}}],
)  # fmt: skip
def test_a_deployment_of_gitlab_that_is_none_of_ours_is_taken_and_left(
    door: Door, platform: Platform, bot: User, changed: dict[str, Any]
) -> None:
    assert door.gitlab(payload("gitlab-deployment", **changed)).status_code == 202
    assert not Ask.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "@PLATFORM@.evil.example/repos/acme/search/actions/runs/4242/deployment_protection_rule",
        "@PLATFORM@@evil.example/repos/acme/search/actions/runs/4242/deployment_protection_rule",
        "@PLATFORM@/repos/acme/other/actions/runs/4242/deployment_protection_rule",
        "@PLATFORM@/repos/acme/search/actions/runs/4242/../../x/deployment_protection_rule",
        "@PLATFORM@/repos/acme/search/actions/runs/x/deployment_protection_rule",
        "@PLATFORM@/repos/acme/search/actions/runs/4242/deployment_protection_rule\n",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_address_that_a_payload_names_is_ever_called(
    door: Door, platform: Platform, bot: User, url: str
) -> None:
    body = payload(
        "github-rule", platform.url, deployment_callback_url=url.replace("@PLATFORM@", platform.url)
    )
    said = problem(door.github("deployment_protection_rule", body), 422)
    assert said["errors"][0]["pointer"] == "/deployment_callback_url"
    assert not Ask.objects.exists() and not platform.calls


def test_an_environment_that_is_not_reviewed_is_said(door: Door, platform: Platform, bot: User) -> None:
    body = payload("github-rule", platform.url, environment="staging")
    assert (
        problem(door.github("deployment_protection_rule", body), 422)["errors"][0]["pointer"]
        == "/environment"
    )
