"""A refusal writes nothing, says why in role=alert, and keeps every word in its field."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from approvals.models import Approval
from orr.board import change_form, guard_rows
from orr.changes import intake
from orr.reviews.models import Review
from tests.board.facts_fixture import facts
from tests.factories.change_sets import change_set
from tests.factories.reviews import review

WORDS = "Looked at policy v31 <b>twice</b>."


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """The form's fields as a browser sends them."""
    shown = change_form.fields(body)
    rows = shown.pop("items")
    return {
        **shown,
        **{f"item_{name}": [row[name] for row in rows] for name in change_form.ITEM},
        "act": "open",
    }


def test_a_change_set_survives_the_form() -> None:
    body = change_set()
    sent = QueryDict(mutable=True)
    for name, value in fields_of(body).items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    assert intake.parse(change_form.body(change_form.typed(sent))) == intake.parse(body)


def test_a_review_opens_from_the_form(browser: Callable[..., Client]) -> None:
    answer = browser("release_manager").post("/new", fields_of(change_set()))
    assert answer.status_code == 302
    assert Review.objects.get().code in answer["Location"]


def test_wrong_places_are_named_at_their_fields_and_nothing_is_lost(browser: Callable[..., Client]) -> None:
    sent = fields_of(change_set())
    sent["title"], sent["summary"] = "", "A summary with “words” that must stay"
    sent["item_to_digest"][0] = "sha256:08fc"
    answer = browser("release_manager").post("/new", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert Review.objects.count() == 0
    assert 'role="alert"' in text
    assert "A summary with “words” that must stay" in text
    assert 'value="sha256:08fc"' in text
    assert text.count('aria-invalid="true"') == 2
    assert 'href="#title"' in text
    assert 'href="#item-1-to_digest"' in text


def test_a_json_file_fills_the_form(browser: Callable[..., Client]) -> None:
    file = SimpleUploadedFile("changeset.json", json.dumps({"change_set": change_set()}).encode())
    answer = browser("release_manager").post("/new", {"act": "read", "file": file})
    assert answer.status_code == 200
    assert change_set()["title"] in answer.content.decode()
    assert Review.objects.count() == 0


@pytest.mark.parametrize("text", ["{", "[]", "\x00", "9" * 5000, "[" * 100_000])
def test_a_file_that_is_no_change_set_is_refused(text: str, browser: Callable[..., Client]) -> None:
    answer = browser("release_manager").post("/new", {"act": "read", "json": text})
    assert answer.status_code in {400, 422}
    assert 'role="alert"' in answer.content.decode()


def test_an_auditor_opens_nothing_and_keeps_the_form(browser: Callable[..., Client]) -> None:
    answer = browser("auditor").post("/new", fields_of(change_set()))
    assert answer.status_code == 403
    assert change_set()["summary"] in answer.content.decode()
    assert Review.objects.count() == 0


def test_a_stale_digest_keeps_the_comment(browser: Callable[..., Client], shown: Callable[..., None]) -> None:
    code = review().code
    shown("proposed")
    sent = {
        "judgement": "approve",
        "comment": WORDS,
        "password": "a-long-test-password",
        "expected_digest": "sha256:" + "0" * 64,
    }
    answer = browser("security").post(f"/orr/{code}/approve", sent)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Looked at policy v31 &lt;b&gt;twice&lt;/b&gt;." in text
    assert 'role="alert" tabindex="-1" data-focus' in text
    assert "You did not sign." in text
    assert Approval.objects.count() == 0


def test_a_wrong_password_keeps_the_comment(
    browser: Callable[..., Client], shown: Callable[..., None]
) -> None:
    code = review().code
    shown("proposed")
    answer = browser("security").post(
        f"/orr/{code}/approve", {"judgement": "approve", "comment": WORDS, "password": "wrong"}
    )
    assert answer.status_code == 403
    assert "Looked at policy v31" in answer.content.decode()


def test_a_password_never_comes_back(browser: Callable[..., Client], shown: Callable[..., None]) -> None:
    code = review().code
    shown("proposed")
    answer = browser("security").post(
        f"/orr/{code}/approve", {"judgement": "approve", "password": "wrong-but-secret"}
    )
    assert "wrong-but-secret" not in answer.content.decode()


def test_a_decision_that_is_not_possible_keeps_reason_and_guards(browser: Callable[..., Client]) -> None:
    code = review().code
    sent = {
        "decision": "go_with_guards",
        "reason": WORDS,
        "guard_kind": "flag",
        "guard_target": "flags/x",
        "guard_value": "90s",
        "guard_owner": "Jihun",
        "guard_until": "2026-12-01T10:00",
    }
    answer = browser("release_manager").post(f"/orr/{code}/decide", sent)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Looked at policy v31" in text
    assert 'value="flags/x"' in text
    assert 'value="2026-12-01T10:00"' in text


def test_a_row_without_target_means_no_guard() -> None:
    empty = {"kind": "flag", "target": " ", "value": "", "owner": "", "until": ""}
    full = {**empty, "target": "flags/x", "value": "90s", "owner": "Jihun", "until": "2026-12-01T10:00"}
    assert guard_rows.guards([empty, full]) == [
        {
            "kind": "flag",
            "target": "flags/x",
            "value": "90s",
            "owner": "Jihun",
            "expires_at": "2026-12-01T10:00:00Z",
        }
    ]


def test_guards_are_suggested_from_the_change_set() -> None:
    rows = guard_rows.suggested(facts("checking"), "Doyun Kim")
    assert [(row["target"], row["value"], row["owner"]) for row in rows] == [
        ("flags/force_ttl", "90s", "Jihun Park")
    ]


@pytest.mark.parametrize(("sent", "status"), [({}, 409), ({"typed": "ORR-9999"}, 409)])
def test_exit_wants_a_held_button_or_the_typed_number(
    sent: dict[str, str], status: int, browser: Callable[..., Client]
) -> None:
    code = review().code
    answer = browser("sre").post(f"/orr/{code}/exit", sent)
    assert answer.status_code == status
    assert Review.objects.get().state == "checking"


@pytest.mark.parametrize("sent", [{"held": "1"}, {"typed": "orr-0001"}])
def test_before_a_rollout_exit_withdraws(sent: dict[str, str], browser: Callable[..., Client]) -> None:
    found = review()
    sent = {name: value.replace("orr-0001", found.code.lower()) for name, value in sent.items()}
    answer = browser("sre").post(f"/orr/{found.code}/exit", {**sent, "why": "Not the time"})
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.state == "withdrawn"
