"""A file decides only where it is nowhere weaker; whatever else happens to it, what was in force stays."""

from typing import Any

import pytest

from orr.lib.errors import Conflict, Invalid, Unavailable
from orr.policies import actions
from orr.policies.models import Origin, PolicyVersion, State
from orr.profiles import load
from orr.reviews import actions as reviews
from tests.factories.change_sets import change_set
from tests.factories.people import person
from tests.policies.conftest import LAXER, Write, acts, digest_in_force, past_the_laws

pytestmark = pytest.mark.django_db


def test_at_set_up_every_file_comes_into_force_as_it_is_and_the_log_says_so(write: Write) -> None:
    write()
    assert actions.in_force("own") == load.get("own")
    rows = PolicyVersion.objects.all()
    assert {row.name for row in rows} == set(load.names())
    assert {row.origin for row in rows} == {Origin.SET_UP}
    assert acts("own") == acts("standard") == ["policy.adopted_at_setup"]


def test_asking_again_writes_nothing(own: str) -> None:
    before = list(PolicyVersion.objects.values())
    assert actions.in_force(own) == actions.in_force(own)
    assert list(PolicyVersion.objects.values()) == before and len(acts(own)) == 1


def test_a_stricter_file_is_adopted_at_once(own: str, write: Write) -> None:
    before = digest_in_force(own)
    write(timelock=60)
    assert actions.in_force(own).policy.timelock == 60
    assert digest_in_force(own) != before and acts(own)[-1] == "policy.adopted"
    assert PolicyVersion.objects.get(digest=before).state == State.SUPERSEDED


def test_a_file_that_is_equal_in_all_that_is_judged_is_adopted_too(own: str, write: Write) -> None:
    write(version=2)
    assert actions.in_force(own).version == 2


def test_a_weaker_file_changes_nothing(own: str, write: Write) -> None:
    before = digest_in_force(own)
    write(more=LAXER)
    assert actions.in_force(own).items["G1.1"].freshness == 900
    assert digest_in_force(own) == before and acts(own) == ["policy.adopted_at_setup"]


def test_a_file_that_is_stricter_here_and_weaker_there_waits_as_a_whole(own: str, write: Write) -> None:
    write(timelock=60, more=LAXER)
    assert actions.in_force(own).policy.timelock == 0


def test_a_weaker_parent_weakens_no_child_by_itself(own: str, write: Write) -> None:
    laxer = (load.BUILTIN / "standard.toml").read_text().replace("freshness = 900", "freshness = 901", 1)
    write("standard").write_text(laxer)
    assert load.get(own).items["G1.1"].freshness == 901
    assert actions.in_force(own).items["G1.1"].freshness == 900


def test_a_deleted_file_changes_nothing_cve_2026_6883(own: str, write: Write) -> None:
    before = digest_in_force(own)
    write().unlink()
    assert own not in load.names()
    assert actions.in_force(own).name == own and digest_in_force(own) == before


def test_a_broken_file_changes_nothing_and_is_named(own: str, write: Write) -> None:
    write().write_text("= broken")
    assert actions.in_force(own).policy.timelock == 0
    assert "own.toml" in str(actions.look(own).error)


@pytest.mark.parametrize("text", ['extends = "own"', 'name = "standard"', "items = 3", 'extends = "nobody"'])
def test_a_file_wrong_in_any_way_is_refused_in_words(own: str, write: Write, text: str) -> None:
    write("other").write_text(text)
    with pytest.raises(Invalid):
        actions.in_force("other")


def test_a_rule_that_stands_under_another_item_is_refused(own: str, write: Write) -> None:
    write("other", more='[items."G1.2"]\ncode = "G1.1"\n')
    with pytest.raises(Invalid) as refused:
        actions.in_force("other")
    assert "G1.2" in str(refused.value.errors[0].sentence)


def test_a_new_name_as_strict_as_standard_is_adopted_at_once(own: str, write: Write) -> None:
    write("careful", timelock=600)
    assert actions.in_force("careful").policy.timelock == 600
    assert acts("careful") == ["policy.adopted"]


def test_a_new_name_that_is_laxer_than_standard_opens_no_review(own: str, write: Write) -> None:
    write("handy", timelock=0)
    manager = person("manager", "release_manager")
    with pytest.raises(Invalid) as refused:
        reviews.open_review(change_set=change_set(), profile="handy", actor=manager)
    assert "waits for its approval" in str(refused.value.errors[0].sentence)
    assert not PolicyVersion.objects.filter(name="handy").exists()


def test_a_lost_row_fails_closed_cve_2026_6883(own: str, write: Write) -> None:
    past_the_laws("DELETE FROM policies_policyversion WHERE name = %s", own)
    write(timelock=6_000)
    with pytest.raises(Conflict):
        actions.in_force(own)
    write(more=LAXER)
    with pytest.raises(Invalid):
        actions.in_force(own)


def test_a_lost_table_is_no_second_set_up_cve_2026_6883(own: str) -> None:
    past_the_laws("DELETE FROM policies_policyversion")
    with pytest.raises(Conflict):
        actions.in_force(own)
    assert not PolicyVersion.objects.exists()


def test_a_version_that_cannot_be_read_is_gone_by_by_nobody(own: str) -> None:
    past_the_laws(
        "UPDATE policies_policyversion SET body = '{}'::bytea,"
        " digest = 'sha256:' || encode(sha256('{}'::bytea), 'hex') WHERE name = %s",
        own,
    )
    with pytest.raises(Unavailable):
        actions.in_force(own)


def test_what_a_preview_expects_is_what_then_counts(own: str, write: Write) -> None:
    write(timelock=60)
    assert actions.expected(own).policy.timelock == 60
    assert len(acts(own)) == 1
    write(more=LAXER)
    assert actions.expected(own).items["G1.1"].freshness == 900


def test_an_open_review_keeps_the_profile_it_was_opened_with(own: str, write: Write) -> None:
    manager = person("manager", "release_manager")
    review = reviews.open_review(change_set=change_set(), profile=own, actor=manager)
    write(timelock=60)
    actions.in_force(own)
    assert reviews.find(review.code).rules.policy.timelock == 0


KEY = {"kind": "key", "name": "byok", "to": {"version": "2"}}


def test_naming_a_lighter_profile_leaves_nothing_out_that_the_change_asks_for(db: None) -> None:
    manager = person("manager", "release_manager")
    review = reviews.open_review(change_set=change_set(items=[KEY]), profile="minimal", actor=manager)
    asked = load.get("key-change")
    assert [one["name"] for one in review.profiles] == ["minimal", "key-change"]
    assert review.rules.policy.timelock == asked.policy.timelock
    assert sorted(review.rules.policy.slots) == sorted(asked.policy.slots)
    assert all(rule.adopted for rule in review.rules.items.values())


def test_a_named_profile_stands_alone_where_the_change_asks_for_none(db: None) -> None:
    manager = person("manager", "release_manager")
    review = reviews.open_review(change_set=change_set(), profile="minimal", actor=manager)
    assert [one["name"] for one in review.profiles] == ["minimal"]


def test_an_edit_cannot_take_off_what_the_change_asks_for(db: None) -> None:
    manager = person("manager", "release_manager")
    review = reviews.open_review(change_set=change_set(), profile="minimal", actor=manager)
    sent: dict[str, Any] = change_set(items=[KEY])
    reviews.edit_change_set(
        code=review.code, change_set=sent, expected_digest=review.change_set.digest, actor=manager
    )
    assert [one["name"] for one in reviews.find(review.code).profiles] == ["minimal", "key-change"]


def test_profiles_that_cannot_be_put_together_are_refused_in_words(write: Write) -> None:
    write("key-change", more='[items."G3.2"]\nthreshold = 1\n')
    manager = person("manager", "release_manager")
    with pytest.raises(Invalid) as refused:
        reviews.open_review(change_set=change_set(items=[KEY]), profile="standard", actor=manager)
    assert "G3.2" in str(refused.value.errors[0].sentence)
