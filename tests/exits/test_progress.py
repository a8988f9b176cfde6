"""The law of the progress: the server's clock, every key's proof, what is left and whom to call."""

import json
from collections.abc import Callable

from orr.exits import progress
from orr.exits.models import Run
from orr.reviews.models import Review
from tests.exits.conftest import Metrics, drive, item
from tests.factories.receiver import Receiver

CONTACTS = {"oncall": "Yujin Han", "escalation": ["Minjae Choi"]}
Press = Callable[[Review], Run]
Rolling = Callable[..., Review]


def test_before_it_began_nothing_is_proven_and_the_promotions_are_frozen(
    rolling: Rolling, press: Press
) -> None:
    review = rolling(item("a"), item("m", kind="model"))
    assert progress.of_review(review) is None
    press(review)
    shown = progress.of_review(review)
    assert shown is not None
    assert (shown["state"], shown["counts"]) == ("running", {"keys": 2, "proven": 0, "left": 0})
    assert [phase["state"] for phase in shown["phases"]] == [
        "done", "waiting", "none", "waiting", "none", "none", "none", "none"
    ]  # fmt: skip
    assert 295 < shown["seconds_left"] <= 300
    assert shown["recovery"]["state"] == "waiting"
    assert shown["call"] == []
    json.dumps(shown)


def test_done_shows_each_value_before_and_its_proof(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    shown = progress.progress(drive(press(rolling(contacts=CONTACTS))))
    assert (shown["state"], shown["state_status"], shown["left"]) == ("done", "pass", [])
    assert shown["recovery"]["state"] == "green"
    assert len(shown["recovery"]["items"]) == 4
    assert shown["call"] == []
    for key in shown["keys"]:
        assert key["observed_before"] != key["desired"] == key["current"]
        assert len(key["proof_sha256"]) == 64
        assert key["seconds"] >= 0


def test_partial_says_what_is_left_and_whom_to_call(
    rolling: Rolling, press: Press, receiver: Receiver, metrics: Metrics
) -> None:
    run = press(rolling(item("a"), item("b"), contacts=CONTACTS))
    receiver.values["plant/b"] = "foreign"
    shown = progress.progress(drive(run))
    assert shown["state"] == "partial"
    (left,) = shown["left"]
    assert (left["name"], left["state"], left["observed_before"], left["desired"], left["current"]) == (
        "b", "conflict", "foreign", "old", "foreign"
    )  # fmt: skip
    assert shown["call"] == ["Yujin Han, On call", "Minjae Choi, Incident lead"]
    assert shown["phases"][1]["state"] == "left"
    assert shown["recovery"]["state"] == "green"
