"""The law of a guard: it is a whole contract, and its driver answered before anybody signs it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orr.guards import contracts
from orr.lib.met import Met, Unmet
from tests.factories.receiver import Receiver

pytestmark = pytest.mark.django_db
NOW = datetime(2031, 3, 10, 9, tzinfo=UTC)
WHOLE = {
    "kind": "flag",
    "target": "plant/flag/ttl",
    "value": "90s",
    "owner": "manager",
    "expires_at": "2031-03-11T09:00:00Z",
}


def said(found: Any) -> str:
    assert isinstance(found, Unmet)
    return str(found.reason)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"kind": "charm"}, "There is no guard of the kind charm."),
        ({"value": ""}, "The guard flag at plant/flag/ttl has no value."),
        ({"value": None}, "The guard flag at plant/flag/ttl has no value."),
        ({"owner": ""}, "The guard flag at plant/flag/ttl has no owner."),
        ({"expires_at": None}, "The guard flag at plant/flag/ttl has no time of expiry."),
        ({"expires_at": "tomorrow"}, "The guard flag at plant/flag/ttl has no time of expiry."),
        ({"expires_at": "2031-03-11T09:00:00"}, "The guard flag at plant/flag/ttl has no time of expiry."),
        ({"expires_at": "2031-03-10T09:00:00Z"}, "The guard flag at plant/flag/ttl has expired."),
        ({"target": ""}, "The guard flag has no target."),
        ({"kind": "observation", "value": "long"}, "An observation guard says how long, as in 900s or 15m."),
    ],
)
def test_what_is_missing_is_said(changed: dict[str, Any], sentence: str) -> None:
    assert said(contracts.stands({**WHOLE, **changed}, NOW)) == sentence


@pytest.mark.parametrize("value", [0, False, 5])
def test_nothing_is_a_value_too(value: object) -> None:
    assert contracts.stands({**WHOLE, "value": value}, NOW) == Met()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("900", 900), ("900s", 900), ("15m", 900), ("15 min", 900), ("1h", 3600), ("x", None)],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert contracts.seconds(text) == seconds


def test_a_guard_whose_driver_answers_is_valid(receiver: Receiver) -> None:
    assert contracts.validate(WHOLE, now=NOW) == Met()
    assert [verb for verb, _ in receiver.ids] == ["GET"]


def test_a_guard_whose_driver_does_not_answer_is_not(receiver: Receiver) -> None:
    receiver.broken["plant/flag/ttl"] = [503]
    assert "plant answered with status 503" in said(contracts.validate(WHOLE, now=NOW))


def test_a_guard_without_a_driver_is_not(receiver: Receiver) -> None:
    assert "No source is configured" in said(contracts.validate({**WHOLE, "target": "x/y"}, now=NOW))


def test_the_observation_is_ours_and_asks_nobody(receiver: Receiver) -> None:
    guard = {**WHOLE, "kind": "observation", "target": "", "value": "15m"}
    assert contracts.validate(guard, now=NOW) == Met()
    assert contracts.is_ours(guard)
    assert receiver.ids == []
