"""Every refusal is a problem document (RFC 9457): what is wrong, where, and nothing of the inside."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from orr.reports import facts
from orr.reviews.models import Review
from tests.api.conftest import Api, problem
from tests.factories.change_sets import change_set

pytestmark = pytest.mark.django_db


def test_an_unknown_address_below_the_api_is_a_problem_and_no_page(api: Api) -> None:
    for path in ("orr/package?id=ORR-0001", "orr/start/", "nothing", "orr/ORR-0001/sign", ""):
        problem(api.get(path), 404)
        problem(api.post(path, {}), 404)


@pytest.mark.parametrize("verb", ["DELETE", "PATCH", "PUT", "GET", "OPTIONS", "TRACE"])
def test_a_wrong_verb_is_405_and_names_the_right_ones(api: Api, verb: str) -> None:
    answer = api.send(verb, "orr/start")
    problem(answer, 405)
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        " ", "{", "[]", "null", "12", '"text"', '{"id": NaN}', '{"id": 1e999}', '{"id": 1, "id": 2}',
        '{"id": "a\\u0000b"}', '{"id": "\\ud800"}', b"\xff\xfe", '{"id": ' + "9" * 5000 + "}",
        '{"id": 9007199254740993}', "[" * 100_000, '{"a":' * 400 + "1" + "}" * 400,
    ],
)  # fmt: skip
def test_a_body_that_is_no_clear_json_object_is_400(api: Api, body: Any) -> None:
    assert problem(api.post("orr/decide", body), 400)["type"].endswith("#malformed")


@pytest.mark.parametrize(
    "type_",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "nonsense",
    ],
)
def test_a_body_of_another_media_type_is_415(api: Api, type_: str) -> None:
    problem(api.send("POST", "orr/decide", '{"id": "ORR-0001"}', Content_Type=type_), 415)


def test_a_body_above_one_mebibyte_is_413(api: Api) -> None:
    problem(api.post("orr/start", json.dumps({"change_set": {"title": "x" * 1024 * 1024}})), 413)


def test_every_wrong_place_has_its_pointer(api: Api, review: Review) -> None:
    sent = {"id": 7, "decision": "perhaps", "guards": {}, "rogue": 1}
    body = problem(api.post("orr/decide", sent), 422)
    assert {one["pointer"] for one in body["errors"]} == {"/id", "/decision", "/guards", "/rogue"}
    assert all(one["detail"] for one in body["errors"])


def test_a_wrong_place_deep_in_the_change_set_has_its_pointer_from_the_body_down(api: Api) -> None:
    sent = change_set()
    sent["items"][1]["to"]["digest"] = "sha256:abc"
    body = problem(api.post("orr/start", {"change_set": sent, "profile": None}), 422)
    assert [one["pointer"] for one in body["errors"]] == ["/change_set/items/1/to/digest"]


def test_an_unknown_query_parameter_is_refused_like_an_unknown_field(api: Api, review: Review) -> None:
    body = problem(api.get("orr/checklist", {"id": review.code, "verbose": "1"}), 422)
    assert body["errors"][0]["pointer"] == "/verbose"
    problem(api.get(f"orr/checklist?id={review.code}&id={review.code}"), 422)
    problem(api.get("orr/checklist?id=%00"), 400)


def test_a_fault_is_a_problem_without_anything_of_the_inside(
    api: Api, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(code: str) -> dict[str, Any]:
        raise RuntimeError("secret password of the database")

    monkeypatch.setattr(facts, "checklist", broken)
    answer = api.get("orr/checklist", {"id": review.code})
    problem(answer, 500)
    assert b"secret" not in answer.content and b"Runtime" not in answer.content


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer orr_nothing",
        "Basic YTpi",
        "bearer \u00e9",
        "Token x",
        "orr_x",
        "Bearer " + "x" * 5000,
        "Bearer a b",
    ],
)
@pytest.mark.parametrize("path", ["orr", "orr/start", "orr/checklist", "openapi.json", "docs", "nothing"])
def test_a_garbage_token_is_401_everywhere(db: None, header: str, path: str) -> None:
    stranger = Api(None)
    stranger.headers = {"Authorization": header}
    answer = stranger.get(path)
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_denial_is_one_line_in_the_log_whatever_was_sent(
    speaks: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    problem(speaks("auditor").post("orr/collect%0d%0aforged", {}), 404)
    problem(speaks("sre", scopes=("orr:read",)).post("orr/start", {}), 403)
    lines = [record.getMessage() for record in caplog.records if record.name == "orr.denials"]
    assert len(lines) == 1 and "\n" not in lines[0]
    assert json.loads(lines[0])["path"] == "/v1/orr/start"
