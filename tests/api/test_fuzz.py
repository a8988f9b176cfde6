"""Thousands of requests, made from the API's description or by bending good ones: no answer is 5xx."""

import copy
import json
import random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from orr.api import limits
from orr.api.openapi import calls, description
from orr.reports import pdf
from orr.reviews.models import Review
from tests.api.conftest import Api
from tests.factories.change_sets import change_set

pytestmark = pytest.mark.django_db
EXAMPLES = 15
OPERATIONS = [(call["path"], call["verb"]) for call in calls(description())]
NASTY: list[Any] = [
    None, True, 0, -1, 2**53, 1e308, "", " ", "x" * 5000, "\u202e", "한국어", "a\nb", "../../etc/passwd",
    "%00", "{}", "' OR 1=1 --", "{{ 7 * 7 }}", "%(reason)s", "ORR-0001", "sha256:" + "0" * 64, "http://[::1",
    "2031-13-01T00:00:00Z", "9999-12-31T23:59:59Z", "2031-01-01", [], {}, [[]], [None], {"a": {"b": []}},
]  # fmt: skip


@pytest.fixture(autouse=True)
def only_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither typesetting nor the rate limit are what is tried here."""
    monkeypatch.setattr(pdf, "render", lambda code, lang: b"%PDF")
    monkeypatch.setattr(limits, "DEFAULT_PER_WINDOW", 10**6)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "verb"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_described_request_breaks_the_server(
    api: Api, review: Review, path: str, verb: str, mode: GenerationMode
) -> None:
    operation = schemathesis.openapi.from_dict(description())[path][verb]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def try_one(case: Any, real: bool) -> None:
        check(send(api, case, review.code if real else None), (case.query, case.body))

    try_one()


@pytest.mark.parametrize(
    ("seed", "requests"),
    [pytest.param(1, 2_000, marks=pytest.mark.slow), pytest.param(2, 50_000, marks=pytest.mark.heavy)],
)
def test_no_bent_request_breaks_the_server(api: Api, review: Review, seed: int, requests: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the seed makes the run repeatable, nothing is secret
    for _ in range(requests):
        verb, path, body = copy.deepcopy(dice.choice(good_requests(review)))
        for _ in range(dice.randint(1, 3)):
            bend(body, dice)
        raw = json.dumps(body)
        if dice.random() < 0.1:
            place = dice.randrange(len(raw))
            raw = raw[:place] + dice.choice(["\x00", '"', "{", "\\u", "]", "9" * 400]) + raw[place + 1 :]
        headers = {"Idempotency-Key": str(dice.randint(0, 50))} if dice.random() < 0.3 else {}
        check(api.send(verb, path, raw, **headers), raw)


def check(answer: Any, sent: Any) -> None:
    """No fault, and every refusal is a problem document."""
    assert answer.status_code < 500, (answer.status_code, sent)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", sent


def good_requests(review: Review) -> list[tuple[str, str, dict[str, Any]]]:
    """One of each that carries a body."""
    code, digest = review.code, review.change_set.digest
    junit = "<testsuite><testcase name='a'/></testsuite>"
    pushed = {
        "id": code,
        "measured_on": "candidate",
        "subject_digests": [digest],
        "url": "https://ci.example/1",
    }
    guard = {"kind": "flag", "target": "plant/flag/a", "value": "1", "owner": "sre"}
    guard["expires_at"] = "2031-01-01T00:00:00Z"
    envelope = {"payload": "e30=", "payloadType": "x", "signatures": []}
    contents: list[tuple[str, str, Any]] = [
        ("G3.3", "junit", junit),
        ("G4.1", "sarif", {"version": "2.1.0", "runs": []}),
        ("G4.4", "opa-test", [{"package": "a", "name": "b"}]),
        ("G4.4", "in-toto", envelope),
    ]
    return [
        ("POST", "orr/start", {"change_set": change_set(), "profile": "standard"}),
        ("POST", "orr/start", {"change_set": change_set(), "profile": None, "re_review_of": code}),
        ("PUT", "orr/change_set", {"id": code, "change_set": change_set(), "expected_digest": digest}),
        ("POST", "orr/decide", {"id": code, "decision": "go_with_guards", "guards": [guard], "reason": "x"}),
        ("POST", "orr/rollout", {"id": code, "event": "stage", "percent": 5}),
        ("POST", "orr/evidence", {**pushed, "item": "G5.1", "format": "number", "value": 3.2, "unit": "%"}),
        *(
            ("POST", "orr/evidence", {**pushed, "item": item, "format": format_, "content": content})
            for item, format_, content in contents
        ),
        ("POST", "orr/collect", {"id": code}),
    ]


def bend(value: Any, dice: random.Random) -> None:
    """Replace, remove or add one thing somewhere inside."""
    while True:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not places:
            return
        place = dice.choice(places)
        if isinstance(value[place], dict | list) and value[place] and dice.random() < 0.7:
            value = value[place]
            continue
        act = dice.random()
        if act < 0.7:
            value[place] = copy.deepcopy(dice.choice(NASTY))
        elif act < 0.85 and isinstance(value, dict):
            value[dice.choice(["rogue", "", "a/b~c", "__proto__"])] = value[place]
        else:
            del value[place]
        return


def send(api: Api, case: Any, code: str | None) -> Any:
    """The case as a request; with `code`, about a review that exists."""
    query, body = dict(case.query or {}), case.body
    if code is not None:
        query = {**query, "id": code} if "id" in query else query
        body = {**body, "id": code} if isinstance(body, dict) and "id" in body else body
    if case.path.endswith("/wait"):
        query["seconds"] = "0"
    if case.method == "GET":
        return api.get(case.path.removeprefix("/v1/"), query)
    said = body if isinstance(body, bytes) else json.dumps(body, default=str)
    return api.send(
        case.method, case.path.removeprefix("/v1/"), said, Content_Type=case.media_type or "text/plain"
    )
