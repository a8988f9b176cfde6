"""Laws of G4.1: measured from the files of the change set, zero findings, and zero files are never green."""

import json
from typing import Any

import pytest
from django.db import connection

from evidence import registry
from evidence.contract import Facts, Lacking, Query, Reading, Unavailable, Window
from orr.accounts.models import User
from orr.changes import collectors, files, ocsf_events, sigma_rules
from orr.changes.bounded import Unreadable
from orr.changes.collectors import ValidContent
from orr.lib import clock
from orr.lib.sentence import SentenceField
from orr.profiles import load
from tests.evidence.conftest import facts_of
from tests.factories.people import person

pytestmark = pytest.mark.django_db
RULE = """title: Failed login as root
id: 7c1a54f4-5e4c-4a3a-9a7c-3f7d7a1f7a10
status: test
logsource: {product: linux, service: sshd}
detection:
  selection: {user: root}
  condition: selection
level: medium
"""
EVENT = {
    "activity_id": 1, "category_uid": 3, "class_uid": 3002, "type_uid": 300201, "severity_id": 1,
    "time": 1_795_000_000_000, "user": {"name": "root"}, "is_remote": True,
    "metadata": {"version": "1.5.0", "product": {"name": "plant", "vendor_name": "plant"}},
    "service": {"name": "sshd"},
}  # fmt: skip


@pytest.fixture
def manager() -> User:
    """A release manager."""
    return person("manager", "release_manager")


def item(manager: User, kind: str = "rule", **contents: str) -> dict[str, Any]:
    """An item of that kind; `name_ending=text` is a file that was sent."""
    sent = {
        name.replace("_", "."): files.keep(data=text.encode(), actor=manager).blob_id
        for name, text in contents.items()
    }
    named = [{"name": name, "sha256": sha256} for name, sha256 in sent.items()]
    return {"kind": kind, "name": f"the-{kind}", "to": {"version": "2"}, "files": named}


def measure(*items: dict[str, Any], seconds: float = 60) -> Reading:
    """What the collector reads of these items."""
    facts: Facts = facts_of(items=list(items))
    query = Query("G4.1", load.get("standard").items["G4.1"], facts)
    return ValidContent(seconds=seconds).collect(query, Window.before(clock.now(), 1))


def test_valid_rules_and_events_are_green_and_say_who_sent_them(manager: User) -> None:
    found = measure(
        item(manager, login_yml=RULE), item(manager, "topic", events_json=json.dumps([EVENT, EVENT]))
    )
    assert (found.passed, found.text, found.samples) == (True, "2 / 2", 3)
    kept = json.loads(found.raw)["files"]
    assert [one["name"] for one in kept] == ["login.yml", "events.json"]
    assert {one["sent_by"] for one in kept} == {str(manager.pk)}


def test_one_finding_makes_it_red_and_names_its_file(manager: User) -> None:
    broken = RULE.replace("condition: selection", "condition: selection and not other")
    found = measure(item(manager, login_yml=RULE, other_yml=broken.replace("7c1a", "8d2b")))
    assert (found.passed, found.text) == (False, "1 / 2")
    assert "other.yml" in str(found.detail)
    off = json.dumps({**EVENT, "severity_id": 42})
    found = measure(item(manager, login_yml=RULE), item(manager, "schema", sample_json=off))
    assert found.passed is False and "severity_id" in str(found.detail)
    assert measure(item(manager, bad_yml="a: [1")).passed is False


@pytest.mark.parametrize("kind", ["rule", "schema", "topic", "image"])
def test_a_change_set_without_such_files_waits_for_somebody_elses_result(manager: User, kind: str) -> None:
    bare = {"items": [item(manager, kind)]}
    assert not collectors.brings(bare) and not registry.measurable("G4.1", bare)
    assert "pushed result" in str(registry.waits_for("G4.1", bare))
    brought = {"items": [item(manager, kind, a_json="{}")]}
    assert registry.measurable("G4.1", brought) == (kind != "image")


def test_zero_files_of_the_kind_are_never_green(manager: User) -> None:
    for lacking in (
        (item(manager, "schema", schema_json='{"$schema": "x"}'),),
        (item(manager, login_yml=RULE), {**item(manager), "name": "empty"}),
        (item(manager, notes_txt="hello"),),
        (item(manager, login_yml=RULE, notes_txt="hello"),),
    ):
        with pytest.raises(Lacking):
            measure(*lacking)


def test_a_file_that_was_not_sent_is_named(manager: User) -> None:
    waiting = item(manager, login_yml=RULE)
    waiting["files"].append({"name": "other.yml", "sha256": "0" * 64})
    with pytest.raises(Lacking, match="other.yml"):
        measure(waiting)
    waiting["files"][1]["sha256"] = files.keep(
        data=RULE.replace("7c1a", "8d2b").replace("login as", "login of").encode(), actor=manager
    ).blob_id
    assert measure(waiting).passed is True


def test_an_event_of_an_unknown_version_is_pending(manager: User) -> None:
    later = json.dumps({**EVENT, "metadata": {**EVENT["metadata"], "version": "9.0.0"}})  # type: ignore[dict-item]
    with pytest.raises(Lacking, match=r"9\.0\.0"):
        measure(item(manager, "topic", events_json=later))


def test_what_flyway_says_is_no_event(manager: User) -> None:
    assert not collectors.brings({"items": [item(manager, "schema", flyway_json="{}")]})


def test_reading_has_its_own_time(manager: User) -> None:
    with pytest.raises(Unavailable):
        measure(item(manager, login_yml=RULE), seconds=-1)


def test_a_rule_that_multiplies_is_refused_before_it_is_built() -> None:
    wide = {f"s{n}": {"field": n} for n in range(sigma_rules.MOST_DETECTIONS)}
    many = [f"1 of them or {n} of them" for n in range(sigma_rules.MOST_CONDITIONS + 1)]
    for detection in ({**wide, "condition": "1 of them"}, {"s": {"field": 1}, "condition": many}):
        with pytest.raises(Unreadable, match="too many detections or conditions"):
            sigma_rules.read(json.dumps({"title": "Wide", "detection": detection}).encode())


@pytest.mark.parametrize("stray", ['"junk"', "1", "null", "[]"])
def test_what_is_no_object_beside_events_is_not_passed_over(stray: str) -> None:
    event = '{"class_uid": 2004, "metadata": {"version": "1.4.0"}}'
    for name, text in (("a.json", f"[{event}, {stray}]"), ("a.ndjson", f"{event}\n{{}}\n")):
        with pytest.raises(Unreadable, match="no OCSF event"):
            ocsf_events.read(name, text.encode())


def test_what_an_event_says_with_a_nul_is_said_without_it(manager: User) -> None:
    told = '{"class_uid": 1, "metadata": {"version": "\\u0000\\ud800"}}'
    with pytest.raises(Lacking) as waits:
        measure(item(manager, kind="topic", **{"a.json": told}))
    stored = SentenceField().get_db_prep_value(waits.value.sentence, connection)
    assert "\x00" not in str(stored.obj) and "\ud800" not in str(stored.obj)
