"""Under one Idempotency-Key a request has one effect and one answer, however often it comes."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from orr.accounts import teams, tokens
from orr.accounts.models import User
from orr.api.idempotency import KEPT_DAYS
from orr.api.models import StoredAnswer
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.reviews.models import Review
from tests.api.conftest import ALL, Api, api_of, problem, unrehearsed
from tests.factories.change_sets import change_set
from tests.factories.people import give, person, team
from tests.factories.reviews import review as opened

THREADS = 16


def keep(who: User, path: str, sent: dict[str, Any], answer: dict[str, Any]) -> None:
    """What that person's request got under the key `k` before."""
    fingerprint = sha256_hex(f"POST /v1/{path}\n".encode() + canonical_bytes(sent))
    StoredAnswer.objects.create(user=who, key="k", fingerprint=fingerprint, status=202, body=answer)


@pytest.mark.django_db
class TestOneKey:
    """One after the other."""

    def test_the_same_request_gets_the_same_answer_and_opens_nothing_more(self, api: Api) -> None:
        sent = {"change_set": change_set(), "profile": "standard"}
        first, second = (api.post("orr/start", sent, Idempotency_Key="once") for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.headers["Location"] == second.headers["Location"]
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert Review.objects.count() == 1

    def test_another_body_under_the_key_is_refused(self, api: Api) -> None:
        api.post("orr/start", {"change_set": change_set(), "profile": "standard"}, Idempotency_Key="once")
        other = {"change_set": change_set(title="Another"), "profile": "standard"}
        problem(api.post("orr/start", other, Idempotency_Key="once"), 422)
        assert Review.objects.count() == 1

    def test_another_address_under_the_key_is_refused(self, api: Api, review: Review) -> None:
        assert api.post("orr/collect", {"id": review.code}, Idempotency_Key="once").status_code == 202
        problem(api.post("orr/exit", {"id": review.code}, Idempotency_Key="once"), 422)

    def test_what_was_refused_may_be_tried_again_under_the_key(self, api: Api, review: Review) -> None:
        problem(api.post("orr/start", {"change_set": {}, "profile": None}, Idempotency_Key="once"), 422)
        assert not StoredAnswer.objects.exists()
        sent = {"change_set": change_set(), "profile": "standard"}
        assert api.post("orr/start", sent, Idempotency_Key="once").status_code == 201

    def test_keys_belong_to_a_person(self, api: Api) -> None:
        sent = {"change_set": change_set(), "profile": "standard"}
        other = api_of(person("other", "release_manager"))
        assert [one.post("orr/start", sent, Idempotency_Key="k").status_code for one in (api, other)] == [
            201,
            201,
        ]
        assert Review.objects.count() == 2

    def test_an_answer_is_kept_for_a_week(self, api: Api) -> None:
        sent = {"change_set": change_set(), "profile": "standard"}
        api.post("orr/start", sent, Idempotency_Key="old")
        api.post("orr/start", sent, Idempotency_Key="young")
        aged = clock.now() - timedelta(days=KEPT_DAYS, seconds=1)
        StoredAnswer.objects.filter(key="old").update(made_at=aged)
        api.post("orr/start", sent, Idempotency_Key="another")
        assert set(StoredAnswer.objects.values_list("key", flat=True)) == {"young", "another"}

    @pytest.mark.parametrize("path", ["orr/collect", "orr/rollout"])
    def test_who_lost_sight_of_a_review_gets_no_stored_answer_about_it(
        self, manager: User, path: str
    ) -> None:
        pay = team("pay", "svc-pay")
        lee, code = person("lee", "release_manager", team=pay), opened(manager, service_ids=["svc-pay"]).code
        give(lee, "release_manager", team=team("elsewhere"))
        calls = api_of(lee)
        sent = {"id": code} if path == "orr/collect" else {"id": code, "event": "started"}
        keep(lee, path, sent, {"id": code, "state": "rolling_out"})
        assert calls.post(path, sent, Idempotency_Key="k").json()["state"] == "rolling_out"
        teams.remove(team=pay, user=lee, actor=person("admin", "admin"))
        told = problem(calls.post(path, sent, Idempotency_Key="k"), 404)
        unknown = problem(calls.post(path, {**sent, "id": "ORR-9999"}), 404)
        assert told["detail"].replace(code, "X") == unknown["detail"].replace("ORR-9999", "X")

    def test_an_answer_that_names_a_review_out_of_sight_is_not_told_either(self, manager: User) -> None:
        pay, sent = team("pay", "svc-pay"), {"change_set": {}, "profile": None}
        lee, hidden = (
            person("lee", "release_manager", team=team("elsewhere")),
            opened(manager, service_ids=["svc-pay"]),
        )
        assert hidden.team_id == pay.pk
        keep(lee, "orr/start", sent, {"id": hidden.code})
        problem(api_of(lee).post("orr/start", sent, Idempotency_Key="k"), 404)

    @pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb"])
    def test_a_key_that_is_none_is_refused(self, api: Api, key: str) -> None:
        problem(
            api.post("orr/start", {"change_set": change_set(), "profile": None}, Idempotency_Key=key), 400
        )
        assert not Review.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_under_one_key_have_one_effect() -> None:
    token = tokens.issue(user=person("manager", "release_manager"), scopes=ALL, days=1)
    body = json.dumps({"change_set": unrehearsed(), "profile": "standard"})
    together = Barrier(THREADS)

    def send(_: int) -> tuple[int, Any, bool]:
        together.wait()
        try:
            answer = Client().post(
                "/v1/orr/start",
                body,
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "race"},
            )
        finally:
            connection.close()
        return answer.status_code, answer.json(), "Idempotency-Replayed" in answer.headers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(send, range(THREADS)))
    assert {status for status, _, _ in answers} == {201}
    assert len({json.dumps(body, sort_keys=True) for _, body, _ in answers}) == 1
    assert sum(replayed for _, _, replayed in answers) == THREADS - 1
    assert Review.objects.count() == 1
