"""The law of the webhook driver: every call is signed, an order is one order, the proof is read back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orr.drivers.contract import Denied, Malformed, NoDriver, Unavailable
from orr.drivers.registry import driver_for, why_not
from orr.drivers.webhook import Webhook
from tests.factories.receiver import Receiver, sources_file

pytestmark = pytest.mark.django_db
TARGET = "plant/flag/a b&c"


def test_what_is_applied_is_proven_by_reading_it_back(receiver: Receiver) -> None:
    receiver.values[TARGET] = "new"
    driver = driver_for(TARGET)
    assert driver.observe(TARGET).current == "new"
    assert driver.apply(TARGET, "old", "key-1").status == 202
    proof = driver.prove(TARGET, "old")
    assert (proof.ok, proof.current, proof.raw) == (True, "old", b'{"current": "old"}')
    assert not driver.prove(TARGET, "other").ok


def test_the_message_id_of_an_order_is_its_idempotency_key(receiver: Receiver) -> None:
    driver = driver_for(TARGET)
    driver.apply(TARGET, "old", "key-1")
    driver.apply(TARGET, "old", "key-1")
    assert [message for verb, message in receiver.ids if verb == "POST"] == ["key-1", "key-1"]
    assert len(receiver.effects) == 1


def test_every_observation_is_a_message_of_its_own(receiver: Receiver) -> None:
    driver = driver_for(TARGET)
    driver.observe(TARGET)
    driver.observe(TARGET)
    assert len({message for verb, message in receiver.ids if verb == "GET"}) == 2


def test_a_wrong_secret_is_denied_and_changes_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANT_SECRET", "whsec_" + "d3Jvbmctc2VjcmV0LXdyb25nLXNlY3JldA==")
    with pytest.raises(Denied, match="401"):
        driver_for(TARGET).apply(TARGET, "old", "key-1")
    assert receiver.effects == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_an_unusable_secret_sends_nothing(receiver: Receiver, secret: str) -> None:
    driver = driver_for(TARGET)
    assert isinstance(driver, Webhook)
    with pytest.raises(Denied, match="no usable signing secret"):
        replace(driver, secret=secret).apply(TARGET, "old", "key-1")
    assert receiver.ids == []


def test_the_secret_is_shown_nowhere(receiver: Receiver) -> None:
    assert "c2VjcmV0" not in repr(driver_for(TARGET))


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Unavailable), (503, Unavailable), (429, Unavailable), (403, Denied), (404, Denied), (302, Denied)],
)
def test_each_refusal_has_its_name(receiver: Receiver, status: int, error: type[Exception]) -> None:
    receiver.broken[TARGET] = [status]
    with pytest.raises(error, match=str(status)):
        driver_for(TARGET).observe(TARGET)


def test_a_system_that_hangs_is_unavailable_in_its_time(receiver: Receiver) -> None:
    receiver.hang.add(TARGET)
    with pytest.raises(Unavailable, match="did not answer"):
        driver_for(TARGET, seconds=0.3).observe(TARGET)


def test_a_system_that_is_away_is_unavailable(receiver: Receiver, tmp_path: Path) -> None:
    sources_file(tmp_path / "sources.toml", "http://127.0.0.1:1/hook/away")
    with pytest.raises(Unavailable):
        driver_for(TARGET).observe(TARGET)


@pytest.mark.parametrize("value", [None, {"a": 1}, ["x"]])
def test_only_text_and_numbers_are_values(receiver: Receiver, value: Any) -> None:
    receiver.values[TARGET] = value
    driver = driver_for(TARGET)
    if value is None:
        assert driver.observe(TARGET).current == ""
    else:
        with pytest.raises(Malformed):
            driver.observe(TARGET)


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (5.0, "5"), (True, "true"), (0.5, "0.5")])
def test_numbers_compare_as_their_text(receiver: Receiver, value: Any, text: str) -> None:
    receiver.values[TARGET] = value
    assert driver_for(TARGET).prove(TARGET, text).ok


def test_a_target_without_a_source_has_no_driver(receiver: Receiver) -> None:
    with pytest.raises(NoDriver, match="No source is configured for the target nowhere/x"):
        driver_for("nowhere/x")
    assert str(why_not("nowhere/x")) == "No source is configured for the target nowhere/x."


def test_the_kind_of_the_source_is_the_driver(receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(path.read_text() + '[sources.registry]\nkind = "oci"\nurl = "http://127.0.0.1:5000"\n')
    assert "no driver yet" in str(why_not("registry/app:stable"))
    assert "asks for the driver oci; its source is webhook" in str(why_not(TARGET, "oci"))
    assert why_not(TARGET, "webhook") is None


def test_a_loopback_receiver_has_to_be_said_to_be_internal(receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(path.read_text().replace("internal = true\n", ""))
    with pytest.raises(Denied):
        driver_for(TARGET).observe(TARGET)
    assert receiver.ids == []
