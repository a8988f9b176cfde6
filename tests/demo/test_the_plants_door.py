"""The plant carries out signed orders, each once, and shows what it holds."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orr.demo.plant.plant import Plant
from tests.demo.conftest import Caller

FLAG = "plant/flag/search.cache.force_ttl"


def digest(plant: Plant, kind: str, name: str, version: str) -> str:
    found = plant.catalogue.find(kind, name, version)
    assert found is not None
    return found.digest


def test_an_order_is_carried_out_and_can_be_read_back(caller: Caller) -> None:
    assert caller.current(FLAG) == "300s"
    assert caller.order(FLAG, "90s", "k1").status == 200
    assert caller.current(FLAG) == "90s"
    assert caller.current("plant:flag/search.cache.force_ttl") == "90s"


def test_the_same_order_again_changes_nothing(caller: Caller) -> None:
    assert caller.order(FLAG, "90s", "k1").json() == {"accepted": True, "again": False}
    assert caller.order(FLAG, "120s", "k2").status == 200
    assert caller.order(FLAG, "90s", "k1").json() == {"accepted": True, "again": True}
    assert caller.current(FLAG) == "120s"


def test_a_key_belongs_to_one_order(caller: Caller) -> None:
    caller.order(FLAG, "90s", "k1")
    assert caller.order(FLAG, "60s", "k1").status == 409
    assert caller.current(FLAG) == "90s"


def test_orders_racing_with_one_key_take_effect_once(plant: Plant, caller: Caller) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: caller.order(FLAG, "90s", "same").json()["again"], range(16)))
    assert sorted(replies) == [False] + [True] * 15
    assert plant.book.rows("SELECT count(*) FROM applied") == [(1,)]


@pytest.mark.parametrize("age", [-600, 600])
def test_a_signature_of_another_time_is_refused(caller: Caller, age: float) -> None:
    assert caller.order(FLAG, "90s", "k1", age=age).status == 401


def test_without_the_right_signature_nothing_is_read_or_changed(caller: Caller) -> None:
    wrong = "whsec_" + "A" * 32
    assert caller.order(FLAG, "90s", "k1", secret=wrong).status == 401
    assert caller.call("GET", f"/driver?target={FLAG}").status == 401
    headers = caller.signed(b"{}") | {"webhook-signature": "nonsense"}
    assert caller.call("POST", "/driver", b"{}", headers).status == 401
    assert caller.current(FLAG) == "300s"


def test_a_signature_covers_the_body(caller: Caller) -> None:
    headers = caller.signed(b'{"target": "a"}')
    body = b'{"target": "plant/flag/search.cache.force_ttl", "desired": "1s", "idempotency_key": "x"}'
    assert caller.call("POST", "/driver", body, headers).status == 401


@pytest.mark.parametrize(
    ("target", "desired", "status"),
    [
        ("plant/flag/nothing", "1", 404),
        ("plant/model/triage-model", "v4.0.2", 422),
        ("plant/image/search-api", "sha256:" + "0" * 64, 422),
        ("plant/flag/notify.batch_size", "", 422),
    ],
)
def test_impossible_orders_are_refused(caller: Caller, target: str, desired: str, status: int) -> None:
    assert caller.order(target, desired, "k").status == status


def test_an_order_with_other_fields_is_refused(caller: Caller) -> None:
    for body in (b"[]", b"no json", b'{"target": "x"}'):
        assert caller.call("POST", "/driver", body, caller.signed(body)).status == 400


def test_a_shadow_target_is_another_target(plant: Plant, caller: Caller) -> None:
    new = digest(plant, "model", "triage-model", "v4.0.2")
    old = caller.current("plant/model/triage-model")
    assert caller.order("plant/model/triage-model-shadow", new, "k").status == 200
    assert caller.current("plant/model/triage-model-shadow") == new
    assert caller.current("plant/model/triage-model") == old


def test_values_and_orders_outlive_a_restart(tmp_path: Path) -> None:
    for round_ in range(2):
        plant = Plant(tmp_path, 0, pace=0.02)
        plant.start()
        caller = Caller(f"http://127.0.0.1:{plant.port}", plant.secret)
        assert caller.order(FLAG, "90s", "k1").json()["again"] is (round_ == 1)
        assert caller.current(FLAG) == "90s"
        plant.stop()
    assert (tmp_path / "webhook-secret").stat().st_mode & 0o077 == 0


def test_the_registry_names_bytes_by_their_digest(plant: Plant, caller: Caller) -> None:
    head = caller.call("HEAD", "/v2/search-api/manifests/stable")
    body = caller.call("GET", "/v2/search-api/manifests/2.18.0").body
    assert head.headers["Docker-Content-Digest"] == "sha256:" + hashlib.sha256(body).hexdigest()
    assert head.body == b"" and caller.call("GET", "/v2/").status == 200
    assert caller.call("HEAD", "/v2/search-api/manifests/9.9.9").status == 404
    assert caller.call("HEAD", "/v2/nothing/manifests/stable").status == 404
    assert "stable" in caller.call("GET", "/v2/search-api/tags/list").json()["tags"]


def test_the_stable_tag_is_what_runs(plant: Plant, caller: Caller) -> None:
    new = digest(plant, "image", "search-api", "2.18.1")
    caller.order("plant/image/search-api", new, "k")
    tag = "/v2/search-api/manifests/stable"
    assert caller.call("HEAD", tag).headers["Docker-Content-Digest"] == new
    old = caller.call("GET", "/v2/search-api/manifests/2.18.0").body
    put = caller.call("PUT", tag, old, {"content-type": "application/vnd.oci.image.manifest.v1+json"})
    assert put.status == 201
    assert caller.current("plant/image/search-api") == put.headers["Docker-Content-Digest"] != new
    assert caller.call("PUT", tag, b"{}").status == 404


def test_a_canary_share_leaves_the_others_on_the_value_before(plant: Plant, caller: Caller) -> None:
    targets = plant.targets
    caller.order("plant/weight/search", "5", "w")
    caller.order(FLAG, "90s", "k")
    local = "flag/search.cache.force_ttl"
    assert (targets.value_on(local, "canary"), targets.value_on(local, "stable")) == ("90s", "300s")
    caller.order("plant/weight/search", "100", "w2")
    assert targets.value_on(local, "stable") == "90s"


def test_the_stable_share_keeps_what_ran_when_the_rollout_began(plant: Plant, caller: Caller) -> None:
    local = "flag/search.cache.force_ttl"
    caller.order(FLAG, "120s", "before")
    caller.order("plant/weight/search", "5", "w")
    assert plant.targets.value_on(local, "stable") == "120s"
    caller.order(FLAG, "90s", "k")
    caller.order(FLAG, "60s", "k2")
    assert plant.targets.value_on(local, "stable") == "120s"
    caller.order(FLAG, "120s", "exit")
    assert plant.targets.value_on(local, "canary") == "120s"
