"""Law: a published release opens one review, however often and however close together it is delivered."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from evidence.models import Evidence
from orr.accounts.models import AuthorMapping, User
from orr.decisions import bars
from orr.hooks.models import Delivery, Opening
from orr.lib.met import Met, Unmet
from orr.reviews.models import Review
from orr.reviews.states import State
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.factories.racing import race, racers
from tests.factories.reviews import review as opened
from tests.hooks.conftest import COMMIT, Door, payload


@pytest.mark.django_db
def test_a_release_of_github_becomes_a_change_set(door: Door, platform: Platform, bot: User) -> None:
    answer = door.github("release", payload("github-release"))
    assert answer.status_code == 201, answer.content
    review = Review.objects.get()
    assert answer.json()["id"] == review.code and answer.json()["url"].endswith(f"/orr/{review.code}")
    assert review.requester == bot
    assert review.body == {
        "title": "search v2.18.1 Search 2.18.1",
        "summary": "## Faster search\n\n* a longer cache",
        "environment": "prod-kr",
        "service_ids": ["search"],
        "items": [
            {
                "kind": "artifact",
                "name": "search",
                "target": "plant/artifact/search",
                "to": {"version": "v2.18.1", "digest": "sha256:" + "3" * 64},
            }
        ],
        "release_notes_url": "https://github.com/acme/search/releases/tag/v2.18.1",
        "authors": [{"id": "github:501", "name": "dana"}],
    }


@pytest.mark.django_db(transaction=True)
def test_the_review_of_a_release_fills_itself(door: Door, platform: Platform, bot: User) -> None:
    door.github("release", payload("github-release"))
    code = Review.objects.get().code
    assert Evidence.objects.filter(subject=code).exists()


@pytest.mark.django_db
def test_a_release_of_gitlab_brings_its_commit(door: Door, platform: Platform, bot: User) -> None:
    assert door.gitlab(payload("gitlab-release")).status_code == 201
    review = Review.objects.get()
    assert review.opening.commit == COMMIT
    assert review.body["authors"] == [{"id": "git:dana@acme.example", "name": "Dana"}]
    assert review.body["release_notes_url"].endswith("/-/releases/v2.18.1")


@pytest.mark.django_db
def test_the_item_comes_from_what_was_reviewed_last_and_can_go_back_there(
    door: Door, platform: Platform, bot: User
) -> None:
    before = {
        "kind": "artifact",
        "name": "search",
        "to": {"version": "v2.17.0", "digest": "sha256:" + "9" * 64},
    }
    old = opened(bot, items=[before])
    Review.objects.filter(pk=old.pk).update(state=State.CLOSED)
    door.github("release", payload("github-release"))
    item = Review.objects.latest("pk").body["items"][0]
    assert item["from"] == before["to"]
    assert item["rollback_key"] == {
        "target": "plant/artifact/search",
        "desired": "sha256:" + "9" * 64,
        "rehearse": {"target": "plant/artifact/search-shadow"},
    }


@pytest.mark.django_db
def test_the_same_delivery_again_finds_the_review(door: Door, platform: Platform, bot: User) -> None:
    first = door.github("release", payload("github-release"), id_="one")
    again = door.github("release", payload("github-release"), id_="one")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert "came before" in again.json()["detail"]
    assert Review.objects.count() == Delivery.objects.count() == 1


@pytest.mark.django_db
def test_the_same_release_under_another_delivery_finds_the_review(
    door: Door, platform: Platform, bot: User
) -> None:
    first, again = (door.github("release", payload("github-release")) for _ in range(2))
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"]
    assert Review.objects.count() == 1 and Delivery.objects.count() == 2


@pytest.mark.django_db
def test_a_tag_that_was_moved_is_another_release_where_the_sender_names_commits(
    door: Door, platform: Platform, bot: User
) -> None:
    door.gitlab(payload("gitlab-release"))
    moved = payload("gitlab-release")
    moved["commit"]["id"] = "a" * 40
    assert door.gitlab(moved).status_code == 201
    assert Review.objects.count() == 2


def at_commit(commit: str) -> Any:
    """The release of GitHub, which names its commit."""
    body = payload("github-release")
    body["release"]["target_commitish"] = commit
    return body


@pytest.mark.django_db
def test_a_release_without_a_commit_takes_the_one_that_is_named_while_nothing_is_proposed(
    door: Door, platform: Platform, bot: User
) -> None:
    door.github("release", payload("github-release"))
    assert door.github("release", at_commit(COMMIT)).status_code == 200
    assert Opening.objects.get().commit == COMMIT
    assert door.github("release", at_commit("a" * 40)).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("state", [one for one in State if one != State.CHECKING])
def test_a_moved_tag_inherits_nothing_that_was_proposed_before(
    door: Door, platform: Platform, bot: User, state: State
) -> None:
    first = door.github("release", payload("github-release")).json()["id"]
    Review.objects.update(state=state)
    moved = door.github("release", at_commit("a" * 40))
    assert moved.status_code == 201 and moved.json()["id"] != first
    assert Opening.objects.earliest("pk").commit == ""
    again = door.github("release", at_commit("a" * 40))
    assert again.status_code == 200 and again.json()["id"] == moved.json()["id"]


@pytest.mark.django_db
def test_the_release_of_the_very_commit_wins_over_one_without_a_commit(
    door: Door, platform: Platform, bot: User
) -> None:
    first = door.github("release", payload("github-release")).json()["id"]
    Review.objects.update(state=State.EFFECTIVE)
    exact = door.github("release", at_commit(COMMIT)).json()["id"]
    Review.objects.update(state=State.CHECKING)
    assert exact != first
    assert door.github("release", at_commit(COMMIT)).json()["id"] == exact
    assert Opening.objects.earliest("pk").commit == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False], ids=["one-delivery", "several-deliveries"])
def test_at_once_it_is_one_review(door: Door, platform: Platform, bot: User, same: bool) -> None:
    body = payload("github-release")
    with racers(6) as pool:
        doors = [Door(Client(raise_request_exception=False)) for _ in range(6)]
        acts = [
            lambda one=one, n=n: one.github("release", body, id_="x" if same else f"x{n}").status_code
            for n, one in enumerate(doors)
        ]
        statuses = race(pool, acts)
    assert sorted(statuses) == [200, 200, 200, 200, 200, 201]
    assert Review.objects.count() == Opening.objects.count() == 1
    assert Delivery.objects.count() == (1 if same else 6)


@pytest.mark.django_db
def test_the_database_itself_keeps_a_release_and_a_delivery_single(
    door: Door, platform: Platform, bot: User
) -> None:
    door.github("release", payload("github-release"), id_="one")
    opening, delivery = Opening.objects.get(), Delivery.objects.get()
    other = opened(bot)
    doubles: list[Any] = [
        Delivery(hook=delivery.hook, delivery=delivery.delivery, event="x", sha256="0" * 64, review=other),
    ]
    # Also once the commit of the first one has become known.
    for commit in ("", COMMIT):
        Opening.objects.filter(commit="").update(commit=commit)
        doubles.append(
            Opening(
                hook=opening.hook, repository=opening.repository, version=opening.version,
                environment=opening.environment, review=other,
            )
        )  # fmt: skip
    for double in doubles:
        with pytest.raises(IntegrityError), transaction.atomic():
            double.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM hooks_delivery",
        "UPDATE hooks_delivery SET delivery = 'y'",
        "DELETE FROM hooks_opening",
        "UPDATE hooks_opening SET version = 'v9'",
    ],
)
def test_what_was_delivered_stays(door: Door, platform: Platform, bot: User, act: str) -> None:
    door.github("release", payload("github-release"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"action": "edited"}, "release edited"),
        ({"action": "created"}, "release created"),
        ({"repository": {"full_name": "acme/other"}}, "acme/other"),
        ({"release": {"tag_name": "nightly"}}, "nightly"),
        ({"release": {"tag_name": "v3.0.0-rc1", "prerelease": True}}, "v3.0.0-rc1"),
    ],
)
def test_what_is_no_release_of_ours_is_taken_and_left(
    door: Door, platform: Platform, bot: User, changed: dict[str, Any], words: str
) -> None:
    answer = door.github("release", payload("github-release", **changed))
    assert answer.status_code == 202
    assert words in answer.json()["detail"]
    assert not Review.objects.exists() and not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_ping_is_answered(door: Door, platform: Platform) -> None:
    assert door.github("ping", {"zen": "Keep it logically awesome.", "hook_id": 1}).status_code == 202


@pytest.mark.django_db
def test_a_program_that_published_is_no_author(door: Door, platform: Platform, bot: User) -> None:
    body = payload("github-release", sender={"login": "ci[bot]", "id": 9, "type": "Bot"})
    body["release"]["author"] = {"login": "ci[bot]", "id": 9, "type": "Bot"}
    door.github("release", body)
    assert Review.objects.get().body["authors"] == [{"id": "github:unknown", "name": "unknown author"}]


@pytest.mark.django_db
@pytest.mark.parametrize("commit", [None, {"id": COMMIT}, {"id": COMMIT, "author": {"email": "[REDACTED]"}}])
def test_nobody_signs_a_release_whose_author_nobody_knows(
    door: Door, platform: Platform, bot: User, commit: Any
) -> None:
    door.gitlab(payload("gitlab-release", commit=commit))
    review = Review.objects.get()
    assert review.body["authors"] == [{"id": "gitlab:unknown", "name": "unknown author"}]
    refusal = bars.author_known(bars.bars_of(review, None))
    assert isinstance(refusal, Unmet) and "unknown author (gitlab:unknown)" in str(refusal.reason)
    somebody = person("dana")
    AuthorMapping.objects.create(author_id="gitlab:unknown", user=somebody, mapped_by=person("boss", "admin"))
    assert isinstance(bars.author_known(bars.bars_of(review, None)), Met)


@pytest.mark.django_db
def test_a_deployment_that_programs_asked_for_has_an_unknown_author(
    door: Door, platform: Platform, bot: User
) -> None:
    program = {"login": "ci[bot]", "id": 9, "type": "Bot"}
    body = payload("github-rule", platform.url, sender=program)
    body["deployment"]["creator"] = program
    door.github("deployment_protection_rule", body)
    door.gitlab(payload("gitlab-deployment", user=None))
    found = [one.body["authors"] for one in Review.objects.order_by("pk")]
    assert [one["id"] for [one] in found] == ["github:unknown", "gitlab:unknown"]


@pytest.mark.django_db
def test_notes_with_anything_in_them_are_kept_readable(door: Door, platform: Platform, bot: User) -> None:
    body = payload("github-release")
    body["release"] |= {
        "body": "a\x1b[31mred\u202e" + "x" * 5000,
        "name": "two\nlines",
        "html_url": "javascript:1",
    }
    assert door.github("release", body).status_code == 201
    kept = Review.objects.get().body
    assert kept["summary"].startswith("a[31mred") and len(kept["summary"]) == 2000
    assert "\n" not in kept["title"]
    assert "release_notes_url" not in kept
