"""Change sets of real releases: accepted as they are, and shown, every digest byte by byte."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orr.accounts import tokens
from orr.accounts.models import User
from orr.changes.models import ChangeSet
from orr.lib.canonical import sha256_hex
from orr.reviews.acts import find
from tests.factories.people import person

pytestmark = [pytest.mark.cases, pytest.mark.django_db]
Cases = Callable[[str], Path]
Known = dict[str, tuple[dict[str, Any], str]]


@pytest.fixture
def known(cases: Cases) -> Known:
    """Every change set with the digest it has to have, by the name of its file."""
    folder = cases("change-sets")
    digests = json.loads((folder / "digests.json").read_text())
    found = {name: (json.loads((folder / name).read_text()), digest) for name, digest in digests.items()}
    assert len(found) >= 2
    return found


@pytest.fixture
def manager() -> User:
    """A release manager."""
    return person("manager", "release_manager")


@pytest.fixture
def opened(known: Known, manager: User) -> dict[str, dict[str, Any]]:
    """What `start` answered to each of them, by the name of its file."""
    answers = {}
    for name, (body, _) in known.items():
        answer = call(manager, "start", {"change_set": body})
        assert answer.status_code == 201, answer.content
        answers[name] = answer.json()
    return answers


def call(user: User, path: str, body: dict[str, Any] | None = None) -> Any:
    """The person's GET, or POST of a body, by a token."""
    token = tokens.issue(user=user, scopes=("orr:read", "orr:write"), days=1)
    said = {"Authorization": f"Bearer {token}"}
    if body is None:
        return Client().get(f"/v1/orr/{path}", headers=said)
    return Client().post(f"/v1/orr/{path}", json.dumps(body), content_type="application/json", headers=said)


def pinned(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Old and new digest of every item."""
    found = [(item["from"]["digest"], item["to"]["digest"]) for item in body["items"]]
    assert len(found) == 4 and all(old != new for old, new in found)
    return found


def test_each_is_accepted_with_its_own_digest(known: Known, opened: dict[str, dict[str, Any]]) -> None:
    for name, answer in opened.items():
        assert answer["change_set_digest"] == known[name][1]
        kept = ChangeSet.objects.get(digest=known[name][1])
        assert "sha256:" + sha256_hex(bytes(kept.canonical)) == known[name][1]
        assert [profile["name"] for profile in answer["profiles"]] == ["standard"]


def test_the_checklist_gives_them_back_unchanged(
    known: Known, opened: dict[str, dict[str, Any]], manager: User
) -> None:
    for name, answer in opened.items():
        body, digest = known[name]
        told = call(manager, f"checklist?id={answer['id']}").json()
        assert (told["change_set_digest"], told["change_set"]) == (digest, body)
        assert pinned(told["change_set"]) == pinned(body)


def test_every_image_has_a_key_that_leads_back(known: Known, opened: dict[str, dict[str, Any]]) -> None:
    for name, answer in opened.items():
        body, _ = known[name]
        keys = {item["name"]: item["rollback_key"]["desired"] for item in body["items"]}
        assert keys == {item["name"]: item["from"]["digest"] for item in body["items"]}
        plan = find(answer["id"]).body["items"]
        assert {item["name"]: item["rollback_key"]["desired"] for item in plan} == keys


def test_the_board_shows_every_digest(
    known: Known, opened: dict[str, dict[str, Any]], manager: User
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(manager)
    for name, answer in opened.items():
        body, digest = known[name]
        page = client.get(f"/orr/{answer['id']}").content.decode()
        assert body["title"] in page and digest in page
        for item, (_, new) in zip(body["items"], pinned(body), strict=True):
            assert item["name"] in page and new in page
