"""OCSF events of a real scanner: every good one is of its class, every bad one is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orr.changes import ocsf_events

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]


def findings(file: Path, **changed: object) -> list[str]:
    """What is found in the file's events."""
    events = ocsf_events.read(file.name, file.read_bytes())
    assert len(events) == 1
    return [str(said) for event in events if (said := ocsf_events.finding({**event, **changed})) is not None]


def test_every_good_event_has_no_finding_and_every_bad_one_has(cases: Cases) -> None:
    good = {file.name: findings(file) for file in cases("ocsf").glob("good/*.json")}
    bad = {file.name: findings(file) for file in cases("ocsf").glob("bad/*.json")}
    assert len(good) >= 4 and len(bad) >= 2
    assert not any(good.values()), good
    assert all(bad.values()), bad


def test_an_event_is_of_its_own_class_only(cases: Cases) -> None:
    other = {"compliance": 2004, "detection": 2003}
    for file in cases("ocsf").glob("good/*.json"):
        assert findings(file, class_uid=other[file.name.partition("_")[0]]), file.name
        assert findings(file, class_uid=999_999), file.name
