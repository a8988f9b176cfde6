"""What each resource answers when all is well."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evidence.models import Blob, Evidence
from orr.accounts import tokens
from orr.accounts.models import User
from orr.api import limits
from orr.changes.models import SentFile
from orr.reports import pdf
from orr.reviews.checklist import ITEMS
from orr.reviews.models import Review
from tests.api.conftest import Api, problem
from tests.factories.change_sets import change_set
from tests.factories.reviews import review as opened

pytestmark = pytest.mark.django_db


def test_start_answers_what_one_needs_to_follow_it(api: Api) -> None:
    answer = api.post("orr/start", {"change_set": change_set(), "profile": None})
    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == {"id", "url", "state", "change_set_digest", "profiles", "checklist_url"}
    assert body["url"].endswith(f"/orr/{body['id']}") and body["state"] == "checking"
    assert answer.headers["Location"] == body["checklist_url"]
    assert api.client.get(body["checklist_url"], headers=api.headers).status_code == 200


CHECKLIST = """id title state change_set_digest profiles opened_at decision_tat_seconds options gates risk
approval decision rollout exit progress next log"""
ITEM = """code title verdict value unit comparator threshold collected_at fresh_until reason evidence attested
near_threshold earlier_red measured_on"""


def test_the_checklist_has_every_item_in_eight_gates_and_nothing_green_unproven(
    api: Api, review: Review
) -> None:
    body = api.get("orr/checklist", {"id": review.code}).json()
    assert [gate["number"] for gate in body["gates"]] == list(range(1, 9))
    items = [item for gate in body["gates"] for item in gate["items"]]
    assert [item["code"] for item in items] == list(ITEMS)
    assert not [item for item in items if item["verdict"] == "green" and not item["evidence"]]
    assert set(CHECKLIST.split()) <= body.keys()
    assert set(ITEM.split()) <= items[0].keys()
    assert [option["decision"] for option in body["options"] if option["possible"]] == ["no_go"]


def test_an_unchanged_checklist_is_304_and_a_changed_one_is_not(api: Api, review: Review) -> None:
    first = api.get("orr/checklist", {"id": review.code})
    tag = first.headers["ETag"]
    again = api.get("orr/checklist", {"id": review.code}, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    api.post("orr/decide", {"id": review.code, "decision": "no_go", "reason": "red"})
    later = api.get("orr/checklist", {"id": review.code}, **{"If-None-Match": tag})
    assert later.status_code == 200 and later.headers["ETag"] != tag


def test_the_list_is_complete_at_any_page_size_and_never_repeats(api: Api, manager: User) -> None:
    codes = {opened(manager, title=f"Change {n}").code for n in range(5)}
    seen, cursor = [], None
    while True:
        page = api.get("orr", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["id"] for row in page["reviews"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 5 and set(seen) == codes


def test_the_list_filters_by_state_and_environment(api: Api, review: Review) -> None:
    assert len(api.get("orr", {"state": "checking"}).json()["reviews"]) == 1
    assert api.get("orr", {"state": "closed"}).json()["reviews"] == []
    assert api.get("orr", {"environment": "elsewhere"}).json()["reviews"] == []
    for wrong in (
        {"state": "green"},
        {"limit": 0},
        {"limit": 101},
        {"cursor": "x"},
        {"cursor": "MSAy"},
        {"sort": "id"},
    ):
        problem(api.get("orr", wrong), 422)


def test_a_pushed_result_stands_in_the_checklist(api: Api, review: Review) -> None:
    cases = '<testcase name="a"/><testcase name="b"><failure/></testcase>'
    sent = {"id": review.code, "item": "G3.3", "format": "junit", "measured_on": "candidate"}
    sent["content"] = f"<testsuite>{cases}</testsuite>"
    answer = api.post("orr/evidence", sent)
    assert answer.status_code == 201, answer.content
    assert answer.json()["verdict"] == "red"
    body = api.get("orr/checklist", {"id": review.code}).json()
    item = next(i for gate in body["gates"] for i in gate["items"] if i["code"] == "G3.3")
    assert item["verdict"] == "red" and item["evidence"][0]["sha256"] == answer.json()["sha256"]


def test_a_dry_run_says_how_a_result_is_understood_and_keeps_nothing(api: Api, review: Review) -> None:
    content = '<testsuite><testcase name="a"/></testsuite>'
    sent = {"id": review.code, "item": "G3.3", "format": "junit", "content": content, "dry_run": True}
    sent["subject_digests"] = [review.change_set.digest]
    answer = api.post("orr/evidence", sent, Idempotency_Key="dry")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["text"], told["samples"], told["passed"]) == ("1 / 1", 1, True)
    assert told["subject_digests"] == [review.change_set.digest]
    assert not Evidence.objects.filter(subject=review.code, item="G3.3").exists()
    problem(api.post("orr/evidence", {**sent, "content": "<a/>"}), 422)
    problem(api.post("orr/evidence", {**sent, "dry_run": False}, Idempotency_Key="dry"), 422)
    assert api.post("orr/evidence", {**sent, "dry_run": False}).status_code == 201


def test_collect_asks_again(api: Api, review: Review) -> None:
    answer = api.post("orr/collect", {"id": review.code})
    assert answer.status_code == 202 and answer.json()["progress"].keys() == {"done", "total", "running"}


def test_an_edit_replaces_the_change_set(api: Api, review: Review) -> None:
    sent = {
        "id": review.code,
        "change_set": change_set(title="Another"),
        "expected_digest": review.change_set.digest,
    }
    answer = api.send("PUT", "orr/change_set", sent)
    assert answer.status_code == 200, answer.content
    assert answer.json()["change_set_digest"] != review.change_set.digest


def test_a_file_is_kept_by_its_hash(api: Api) -> None:
    sent = b"\x00\xff any bytes"
    answer = api.send("POST", "orr/files", sent, Content_Type="application/octet-stream")
    assert answer.status_code == 201
    assert answer.json() == {"sha256": hashlib.sha256(sent).hexdigest(), "size": len(sent)}
    problem(api.send("POST", "orr/files", b"", Content_Type="application/octet-stream"), 400)
    problem(api.send("POST", "orr/files", b"x" * (2**20 + 1), Content_Type="application/octet-stream"), 413)
    again = api.send("POST", "orr/files", sent, Content_Type="application/octet-stream")
    assert (again.status_code, again.json()) == (201, answer.json())
    sender = User.objects.get(username="manager")
    assert SentFile.objects.get().sender == sender and Blob.objects.count() == 1


def test_a_change_set_may_name_a_file_that_nobody_sent(api: Api) -> None:
    named = change_set()
    named["items"][0]["files"] = [{"name": "a.yml", "sha256": "0" * 64}]
    answer = api.post("orr/start", {"change_set": named})
    assert answer.status_code == 201, answer.content


def test_an_exit_before_a_decision_is_refused_or_withdraws_and_never_rolls_back(
    api: Api, review: Review
) -> None:
    answer = api.post("orr/exit", {"id": review.code, "reason": "not wanted any more"})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"id": review.code, "state": "withdrawn", "exit": None}
    assert api.get("orr/exit", {"id": review.code}).json()["exit"] is None


def test_the_decision_stands_with_its_proposals(api: Api, review: Review) -> None:
    assert api.get("orr/decision", {"id": review.code}).json()["decision"] is None
    api.post("orr/decide", {"id": review.code, "decision": "no_go", "reason": "red"})
    body = api.get("orr/decision", {"id": review.code}).json()
    assert body["decision"]["decision"] == "no_go" and body["proposals"] == []


def test_waiting_ends_at_once_when_it_has_come_and_at_the_limit_when_not(api: Api, review: Review) -> None:
    query = {"id": review.code, "for": "decision", "seconds": "0.2"}
    assert api.get("orr/wait", query).json()["reached"] is False
    api.post("orr/decide", {"id": review.code, "decision": "no_go", "reason": "red"})
    body = api.get("orr/wait", {**query, "seconds": "30"}).json()
    assert body["reached"] is True and body["state"] == "no_go"
    for wrong in ("31", "-1", "nan", "inf"):
        problem(api.get("orr/wait", {**query, "seconds": wrong}), 422)


def test_the_report_is_the_reports_own_bytes(
    api: Api, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(pdf, "render", lambda code, lang: asked.append((code, lang)) or b"%PDF-1.7 facts")
    answer = api.get("orr/report", {"id": review.code, "lang": "ko"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content == b"%PDF-1.7 facts" and asked == [(review.code, "ko")]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{review.code}-ko.pdf"'


def test_a_token_has_a_generous_rate_counted_in_the_database(
    api: Api, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEFAULT_PER_WINDOW", 5)
    answers = [api.get("orr") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    problem(answers[-1], 429)
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= limits.WINDOW_SECONDS


def test_the_description_names_every_route_and_its_scope(speaks: Callable[..., Api]) -> None:
    described = Api(None).get("openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert "/v1/orr/start" in described["paths"]
    assert described["paths"]["/v1/orr/start"]["post"]["x-scope"] == "orr:write"
    assert {"ChangeSetIn", "Problem", "Checklist"} <= described["components"]["schemas"].keys()
    page = Api(None).get("docs")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    text = page.content.decode()
    assert "POST /v1/orr/start" in text
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', text)
    assert loaded and all(address.startswith("/static/") for address in loaded)


class TestTheTokenCommand:
    """`manage.py token`."""

    def test_the_token_stands_alone_on_the_last_line_and_works(self, manager: User, capsys: Any) -> None:
        call_command("token", "manager", "--scope", "orr:read", "--scope", "orr:write", "--days", "3")
        raw = capsys.readouterr().out.splitlines()[-1]
        person, token = tokens.authenticate(raw)
        assert (person, sorted(token.scopes)) == (manager, ["orr:read", "orr:write"])
        assert Api(raw).get("orr").status_code == 200

    @pytest.mark.parametrize(
        "wrong",
        [
            ["nobody", "--scope", "orr:read"],
            ["manager", "--scope", "orr:read", "--days", "0"],
            ["manager", "--scope", "root"],
            ["manager"],
        ],
    )
    def test_a_wrong_call_issues_nothing(self, manager: User, wrong: list[str]) -> None:
        with pytest.raises(CommandError):
            call_command("token", *wrong)
        assert not manager.tokens.exists()
