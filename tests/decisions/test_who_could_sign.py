"""Who is named as somebody who could sign: nobody who is away, had a part, or holds the role elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orr.accounts.models import RoleGrant, Team, User
from orr.decisions import eligibility
from orr.lib import clock
from orr.lib.met import Unmet
from tests.factories.decisions import propose, sign
from tests.factories.people import give, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def test_who_could_leaves_out_whom_the_database_knows_to_be_away(ready: Make, people: People) -> None:
    review, now = ready(), clock.now()
    person("young", "sre", counts=False)
    User.objects.filter(pk=people["sre2"].pk).update(is_active=False)
    RoleGrant.objects.filter(user=people["security"]).update(revoked_at=now)
    assert eligibility.who_can(review, 0) == [people["sre"]]
    assert eligibility.who_can(review, 1) == [people["security2"]]
    for moment, could in ((now + timedelta(hours=2), []), (now + timedelta(hours=1), [people["sre"]])):
        User.objects.filter(pk=people["sre"].pk).update(signs_from=moment)
        assert eligibility.who_can(review, 0, now=now + timedelta(hours=1)) == could
    assert len(eligibility.who_can(review, 0, now=now + timedelta(hours=25))) == 2


def test_who_could_leaves_out_who_had_a_part(ready: Make, people: People) -> None:
    give(people["manager"], "sre")
    give(people["boss"], "sre")
    review = ready()
    assert people["manager"] not in eligibility.who_can(review, 0)
    assert people["boss"] in eligibility.who_can(review, 0)
    assert people["boss"] not in eligibility.who_can(review, 0, propose(review, people["boss"]))


def test_a_role_in_another_team_fills_no_slot(proposed: Make, people: People) -> None:
    proposal, kim = proposed(), person("kim")
    elsewhere = Team.objects.create(slug="elsewhere", name="Elsewhere")
    grant = RoleGrant.objects.create(user=kim, role="sre", team=elsewhere, counts_from=clock.now())
    give(kim, "product")
    found = eligibility.may_sign(proposal.review, proposal, kim)
    assert isinstance(found, Unmet) and "takes the role" in str(found.reason)
    assert kim not in eligibility.who_can(proposal.review, 0, proposal)
    RoleGrant.objects.filter(pk=grant.pk).update(team=None)
    assert kim in eligibility.who_can(proposal.review, 0, proposal)
    assert sign(proposal, kim).role == "sre"
