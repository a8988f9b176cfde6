"""The facts of a review: every item is there, nothing is green by default, and they are JSON."""

import json
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import translation

from evidence.actions import attest
from orr.decisions.actions import record_no_go
from orr.lib import clock
from orr.reports import facts as facts_module
from orr.reports.facts import checklist
from orr.reports.viewer import for_person
from orr.reviews.checklist import ITEMS
from tests.factories.people import person
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


def items_of(facts: dict) -> dict:  # type: ignore[type-arg]
    return {item["code"]: item for gate in facts["gates"] for item in gate["items"]}


def test_every_item_is_there_from_the_first_moment_and_none_is_green() -> None:
    facts = checklist(review().code)
    assert set(items_of(facts)) == set(ITEMS)
    assert not [code for code, item in items_of(facts).items() if item["verdict"] == "green"]


def test_an_item_that_does_not_pass_says_why() -> None:
    for item in items_of(checklist(review().code)).values():
        assert item["reason"], item["code"]


def test_an_item_that_does_not_apply_says_so_with_a_reason() -> None:
    item = items_of(checklist(review().code))["G4.2"]
    assert item["verdict"] == "not_applicable"
    assert "schema" in item["reason"]


def test_only_no_go_is_possible_while_anything_is_open_and_the_rest_says_why() -> None:
    options = {one["decision"]: one for one in checklist(review().code)["options"]}
    assert options["no_go"]["possible"]
    for choice in ("go", "go_with_guards"):
        assert not options[choice]["possible"]
        assert options[choice]["reasons"]


def test_the_risk_is_unknown_and_no_number_stands_beside_it() -> None:
    risk = checklist(review().code)["risk"]
    assert risk["verdict"] == "unknown"
    assert risk["score"] is None


def test_the_facts_are_json_in_both_languages() -> None:
    code = review().code
    for language in ("ko", "en"):
        with translation.override(language):
            assert json.loads(json.dumps(checklist(code)))["id"] == code


def test_the_requester_is_told_why_they_cannot_sign_and_an_auditor_changes_nothing() -> None:
    one = review()
    auditor = person("auditor", "auditor")
    may = for_person(one.code, auditor)["may"]
    assert not [name for name, found in may.items() if name != "attest" and found["ok"]]
    assert all(found["reason"] for name, found in may.items() if name != "attest")
    assert for_person(one.code, one.requester)["may"]["no_go"]["ok"]


def test_a_seat_names_who_could_fill_it_before_anything_is_proposed() -> None:
    person("sre", "sre")
    seats = {seat["role"]: seat["available"] for seat in checklist(review().code)["seats"]}
    assert seats == {"sre": ["Sre"], "security": []}


def test_time_makes_nothing_stale_that_was_decided() -> None:
    one = review()
    attest(subject=one.code, item="G6.4", statement="No hold.", actor=person("data", "data"), role="data")
    later = clock.now() + timedelta(days=400)
    with patch.object(facts_module.clock, "now", return_value=later):
        assert items_of(checklist(one.code))["G6.4"]["verdict"] == "stale"
    record_no_go(code=one.code, reason="The keys are missing.", actor=one.requester)
    with patch.object(facts_module.clock, "now", return_value=later):
        assert items_of(checklist(one.code))["G6.4"]["verdict"] == "green"
