"""Who may propose, refuse, reject and cancel; a role in another team, or of yesterday, does nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from orr.accounts.models import RoleGrant, Team, User
from orr.decisions import eligibility
from orr.lib import clock
from orr.lib.met import Unmet
from tests.factories.decisions import propose, sign
from tests.factories.people import person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def said(found: object) -> str:
    assert isinstance(found, Unmet)
    return str(found.reason)


ACTS = {
    "propose": lambda review, proposal, who: eligibility.may_propose(review, who),
    "refuse": lambda review, proposal, who: eligibility.may_refuse(review, who),
    "reject": eligibility.may_reject,
    "cancel": eligibility.may_cancel,
}
MAY = {
    "manager": {"propose", "refuse", "cancel"},
    "boss": {"propose", "refuse"},
    "sre": {"refuse", "reject", "cancel"},
    "sre2": {"refuse", "reject"},
    "security2": {"refuse", "reject", "cancel"},
    "product": {"refuse"},
    "auditor": set(),
    "stranger": set(),
}


@pytest.mark.parametrize("name", MAY)
def test_who_may_do_what_about_a_proposal(proposed: Make, people: People, name: str) -> None:
    everyone = {**people, "auditor": person("auditor", "auditor"), "stranger": person("stranger")}
    proposal = proposed()
    sign(proposal, people["sre"])
    who, review = everyone[name], proposal.review
    may = {act for act, asked in ACTS.items() if asked(review, proposal, who)}
    assert may == MAY[name]
    for act in set(ACTS) - may:
        assert "Only " in said(ACTS[act](review, proposal, who))
    who.is_active = False
    assert not [act for act, asked in ACTS.items() if asked(review, proposal, who)]


def test_the_proposer_may_cancel_and_a_role_in_another_team_does_nothing(ready: Make, people: People) -> None:
    proposal, kim = propose(ready(), people["boss"]), person("kim")
    assert eligibility.may_cancel(proposal.review, proposal, people["boss"])
    elsewhere = Team.objects.create(slug="elsewhere", name="Elsewhere")
    for role in ("release_manager", "security", "sre"):
        RoleGrant.objects.create(user=kim, role=role, team=elsewhere, counts_from=clock.now())
    assert not [act for act, asked in ACTS.items() if asked(proposal.review, proposal, kim)]


def test_who_holds_a_veto_without_a_slot_rejects(ready: Make, people: People) -> None:
    proposal = propose(ready(slots=("sre", "product")), people["manager"])
    assert eligibility.may_reject(proposal.review, proposal, people["security"])
    assert not eligibility.may_reject(proposal.review, proposal, person("dee", "data"))
