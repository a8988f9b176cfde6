"""Law: a delivery counts only with its signature; what is wrong in it is named, and never a fault of ours."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orr.accounts.models import Denial, User
from orr.api.parsing import MOST_BYTES
from orr.hooks.models import Delivery, Refusals
from orr.reviews.models import Review
from tests.api.conftest import problem
from tests.factories.change_sets import change_set
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.hooks.conftest import SECRET, Door, payload

pytestmark = pytest.mark.django_db


def nothing_was_kept() -> bool:
    """No row of anything but the counter."""
    return not (Review.objects.exists() or Delivery.objects.exists() or Denial.objects.exists())


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "é"])
def test_a_wrong_signature_is_refused_and_only_counted(
    door: Door, platform: Platform, bot: User, signature: str
) -> None:
    for n in (1, 2):
        problem(door.github("release", payload("github-release"), X_Hub_Signature_256=signature), 401)
        assert Refusals.objects.get().count == n
    assert nothing_was_kept()
    metrics = door.client.get("/metrics").content.decode()
    assert 'orr_hook_refusals{hook="github"} 2' in metrics


def test_a_signature_with_another_secret_or_over_another_body_is_refused(
    door: Door, platform: Platform, bot: User
) -> None:
    problem(door.github("release", payload("github-release"), secret="another"), 401)
    good = door.github("ping", {})
    assert good.status_code == 202
    signed = good.wsgi_request.META["HTTP_X_HUB_SIGNATURE_256"]
    problem(door.github("release", payload("github-release"), X_Hub_Signature_256=signed), 401)
    assert nothing_was_kept()


@pytest.mark.parametrize("token", ["", "wrong", SECRET[:-1], SECRET + "x"])
def test_a_wrong_token_of_gitlab_is_refused(door: Door, platform: Platform, bot: User, token: str) -> None:
    problem(door.gitlab(payload("gitlab-release"), token=token), 401)
    assert nothing_was_kept()


def test_a_hook_that_asks_for_a_signature_takes_no_token(door: Door, platform: Platform, bot: User) -> None:
    raw = json.dumps(payload("gitlab-release")).encode()
    problem(door.send("signed", raw, {"X-Gitlab-Token": SECRET, "X-Gitlab-Event-UUID": "a"}), 401)
    assert door.signed("signed", payload("gitlab-release")).status_code == 201


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_counts_for_five_minutes(door: Door, platform: Platform, bot: User, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    problem(door.signed("signed", payload("gitlab-release"), at=at), 401)
    problem(door.signed("any", event(), at=at), 401)


def test_a_body_is_cut_off_before_its_signature_is_looked_at(
    door: Door, platform: Platform, bot: User
) -> None:
    problem(door.github("release", b"x" * (MOST_BYTES + 1)), 413)
    assert not Refusals.objects.exists()


def test_a_name_that_no_hook_has_is_not_there(door: Door, platform: Platform) -> None:
    problem(door.send("nobody", b"{}", {}), 404)
    assert not Refusals.objects.exists()


def test_a_hook_whose_secret_is_missing_takes_nothing(
    door: Door, platform: Platform, bot: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    said = problem(door.github("release", payload("github-release"), secret=""), 503)
    assert "HOOK_SECRET" in said["detail"]
    problem(door.gitlab(payload("gitlab-release"), token=""), 503)


def test_a_broken_sources_file_tells_nobody_where(door: Door, platform: Platform, settings: Any) -> None:
    Path(settings.PLURA_SOURCES).write_text("[hooks.github]\nkind = 'secret-thing'\n", encoding="utf-8")
    said = problem(door.github("release", payload("github-release")), 503)
    assert "secret-thing" not in str(said) and "hooks" not in said["detail"]


def test_an_account_that_is_not_there_or_may_open_nothing_is_said(door: Door, platform: Platform) -> None:
    said = problem(door.github("release", payload("github-release")), 403)
    assert "names no active account (bot)" in said["detail"]
    person("bot", "auditor")
    problem(door.github("release", payload("github-release")), 403)
    User.objects.filter(username="bot").update(is_active=False)
    problem(door.github("release", payload("github-release")), 403)
    assert not Review.objects.exists() and not Delivery.objects.exists()


def test_the_account_that_requests_can_never_sign(door: Door, platform: Platform) -> None:
    from orr.decisions import bars
    from orr.lib.met import Unmet

    signer = person("bot", "release_manager", "sre")
    door.gitlab(payload("gitlab-release"))
    found = bars.apart(bars.bars_of(Review.objects.get(), None), signer)
    assert isinstance(found, Unmet)


BROKEN: list[Any] = [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a": 1, "a": 2}', b"[" * 5000, b'{"a": NaN}',
    b'{"action": "published"}', b'{"action": "published", "release": 1, "repository": []}',
]  # fmt: skip


@pytest.mark.parametrize("raw", BROKEN)
@pytest.mark.parametrize("kind", ["release", "deployment_protection_rule", "", "\x7f"])
def test_what_is_malformed_is_a_problem_document(
    door: Door, platform: Platform, bot: User, raw: bytes, kind: str
) -> None:
    answer = door.github(kind, raw)
    assert answer.status_code in (202, 400, 415, 422)
    if answer.status_code != 202:
        problem(answer, answer.status_code)
    assert nothing_was_kept()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"repository": {"full_name": "acme/../search"}}, "/repository/full_name"),
        ({"repository": {"full_name": "acme/search?x=1"}}, "/repository/full_name"),
        ({"release": {"tag_name": ""}}, "/release/tag_name"),
        ({"release": {"tag_name": "v1 x"}}, "/release/tag_name"),
        ({"release": {"tag_name": "v1\x1b"}}, "/release/tag_name"),
        ({"release": {"tag_name": "v1", "author": {"id": "x", "login": 3}}}, "/release/author/id"),
    ],
)
def test_every_wrong_place_is_named(
    door: Door, platform: Platform, bot: User, change: dict[str, Any], pointer: str
) -> None:
    said = problem(door.github("release", payload("github-release", **change)), 422)
    assert pointer in [one["pointer"] for one in said["errors"]]


def test_a_delivery_without_an_id_is_malformed(door: Door, platform: Platform, bot: User) -> None:
    for id_ in ("", "x" * 201, "é"):
        problem(door.github("release", payload("github-release"), X_GitHub_Delivery=id_), 400)


def test_a_form_is_the_wrong_type(door: Door, platform: Platform, bot: User) -> None:
    import hashlib
    import hmac

    raw = b"payload=%7B%7D"
    signed = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signed, "X-GitHub-Event": "release", "X-GitHub-Delivery": "a"}
    problem(door.send("github", raw, headers, "application/x-www-form-urlencoded"), 415)


def event(**changed: Any) -> dict[str, Any]:
    """A CloudEvent that asks for a review, in structured mode."""
    return {
        "specversion": "1.0",
        "id": "msg_1",
        "source": "/ci/pipelines/7",
        "type": "plura.orr.review.requested",
        "datacontenttype": "application/json",
        "data": {"change_set": change_set(), "profile": None},
        **changed,
    }


CLOUD = "application/cloudevents+json"


def test_a_cloudevent_opens_a_review_in_both_modes_and_once(
    door: Door, platform: Platform, bot: User
) -> None:
    first = door.signed("any", event(), id_="msg_1", type_=CLOUD)
    assert first.status_code == 201, first.content
    again = door.signed("any", event(), id_="msg_1", type_=CLOUD)
    other = door.signed("any", event(id="msg_2"), id_="msg_2", type_=CLOUD)
    assert (again.status_code, other.status_code) == (200, 200)
    binary = door.signed(
        "any", {"change_set": change_set(title="Another")}, id_="msg_3", ce_id="msg_3", ce_specversion="1.0",
        ce_source="/ci", ce_type="plura.orr.review.requested",
    )  # fmt: skip
    assert binary.status_code == 201
    assert Review.objects.count() == 2
    assert {one.requester for one in Review.objects.all()} == {bot}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"specversion": "0.3"}, 400),
        ({"id": "msg_other"}, 400),
        ({"id": 7}, 400),
        ({"source": None}, 400),
        ({"data": None}, 400),
        ({"data": []}, 400),
        ({"data": {"change_set": {}}}, 422),
        ({"data": {"change_set": change_set(), "rogue": 1}}, 422),
        ({"data": {"change_set": change_set(title="a\u0000b")}}, 400),
        ({"type": "com.example.other"}, 202),
    ],
)
def test_a_cloudevent_that_is_none_of_ours_is_said(
    door: Door, platform: Platform, bot: User, changed: dict[str, Any], status: int
) -> None:
    answer = door.signed("any", event(**changed), id_="msg_1", type_=CLOUD)
    assert answer.status_code == status, answer.content
    assert not Review.objects.exists()


def test_a_batch_and_another_type_are_refused(door: Door, platform: Platform, bot: User) -> None:
    problem(door.signed("any", [event()], type_="application/cloudevents-batch+json"), 415)
    problem(door.signed("any", event(), type_="text/plain"), 415)


def test_no_other_verb_is_there(door: Door, platform: Platform) -> None:
    for verb in ("get", "put", "delete", "patch"):
        assert getattr(door.client, verb)("/v1/hooks/github").status_code == 405
