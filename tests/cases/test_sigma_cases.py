"""Sigma rules of SigmaHQ: every good one without a finding, every bad one with one, and no network."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orr.changes import sigma_rules
from orr.changes.bounded import Unreadable

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may call out."""

    def refuse(*_: object) -> None:
        raise AssertionError("a validator called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def errors(file: Path) -> int:
    """How much is found in the file."""
    try:
        rules = sigma_rules.read(file.read_bytes())
    except Unreadable:
        return 1
    return len(sigma_rules.findings({file.name: rules}, until=time.monotonic() + 60)[file.name])


def test_every_good_rule_has_no_finding_and_every_bad_one_has(cases: Cases) -> None:
    found = {file.parent.name + "/" + file.name: errors(file) for file in cases("sigma").glob("*/*.yml")}
    good = {name: n for name, n in found.items() if name.startswith("good/")}
    bad = {name: n for name, n in found.items() if name.startswith("bad/")}
    assert len(good) >= 10 and len(bad) >= 4
    assert not any(good.values()), good
    assert all(bad.values()), bad


def test_all_good_rules_stand_beside_each_other(cases: Cases) -> None:
    rules = {file.name: sigma_rules.read(file.read_bytes()) for file in cases("sigma").glob("good/*.yml")}
    assert not any(sigma_rules.findings(rules, until=time.monotonic() + 60).values())
