"""Law: who holds a role that counts signs in an open slot, and everybody else is told why not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orr.accounts.models import RoleGrant, Team, User
from orr.decisions import eligibility, endings
from orr.lib import clock
from orr.lib.errors import NotAllowed
from orr.lib.met import Met, Unmet
from tests.factories.decisions import sign, why_not
from tests.factories.deputies import name
from tests.factories.people import give, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def test_who_holds_the_role_and_had_no_part_may(proposed: Make, people: People) -> None:
    proposal = proposed()
    assert isinstance(eligibility.may_sign(proposal.review, proposal, people["sre"]), Met)


def test_who_does_not_hold_the_role_may_not(proposed: Make, people: People) -> None:
    assert "takes the role SRE or Security" in why_not(proposed(), people["product"])


def test_a_young_grant_does_not_count_and_says_from_when(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    assert "counts for signing from" in why_not(proposed(), young)


def test_a_grant_counts_from_its_moment(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    RoleGrant.objects.filter(user=young).update(counts_from=clock.now() - timedelta(microseconds=1))
    assert sign(proposed(), young).role == "sre"


def test_a_revoked_role_does_not_count(proposed: Make, people: People) -> None:
    RoleGrant.objects.filter(user=people["sre"]).update(revoked_at=clock.now())
    give(people["sre"], "auditor")
    assert "takes the role" in why_not(proposed(), people["sre"])


def test_a_deactivated_person_may_not(proposed: Make, people: People) -> None:
    User.objects.filter(pk=people["sre"].pk).update(is_active=False)
    people["sre"].refresh_from_db()
    proposal = proposed()
    assert isinstance(eligibility.may_sign(proposal.review, proposal, people["sre"]), Unmet)
    with pytest.raises(NotAllowed, match="no longer active"):
        sign(proposal, people["sre"])


def test_who_signed_is_told_so(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    found = eligibility.may_sign(proposal.review, proposal, people["sre"])
    assert isinstance(found, Unmet)
    assert "has signed" in str(found.reason)


def test_a_filled_slot_is_closed_to_the_next(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    with pytest.raises(NotAllowed, match="is filled"):
        sign(proposal, people["sre2"])


def test_the_page_can_name_who_could(ready: Make, people: People) -> None:
    review = ready()
    assert eligibility.who_can(review, 0) == [people["sre"], people["sre2"]]
    assert eligibility.who_can(review, 1) == [people["security"], people["security2"]]


def test_a_role_with_nobody_shows_before_anything_is_proposed(opened: Make) -> None:
    assert eligibility.who_can(opened(slots=("sre", "data")), 1) == []


def test_two_roles_take_the_slot_that_only_they_can_fill(proposed: Make, people: People) -> None:
    both = person("both", "sre", "security")
    for who in ("security", "security2"):
        RoleGrant.objects.filter(user=people[who]).update(revoked_at=clock.now())
    proposal = proposed()
    assert sign(proposal, both).role == "security"
    assert sign(proposal, people["sre"]).role == "sre"


def test_a_named_role_is_kept(proposed: Make) -> None:
    both = person("both", "sre", "security")
    assert sign(proposed(), both, role="security").role == "security"


def test_a_role_one_does_not_hold_cannot_be_named(proposed: Make, people: People) -> None:
    with pytest.raises(NotAllowed, match="cannot sign in the role Security"):
        sign(proposed(), people["sre"], role="security")


def said(found: object) -> str:
    assert isinstance(found, Unmet)
    return str(found.reason)


def test_what_has_ended_or_is_too_late_is_not_signed_and_says_so(
    proposed: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed()
    late = eligibility.may_sign(proposal.review, proposal, people["sre"], proposal.approve_by)
    assert "time to sign is over" in said(late)
    just = proposal.approve_by - timedelta(microseconds=1)
    assert eligibility.may_sign(proposal.review, proposal, people["sre"], just)
    endings.reject(code=proposal.review.code, actor=people["sre"], reason="No.")
    proposal.refresh_from_db()
    assert "rejected" in said(eligibility.may_sign(proposal.review, proposal, people["sre"]))


def test_a_bar_comes_before_a_role_that_counts_later(proposed: Make, people: People) -> None:
    give(people["manager"], "sre", counts=False)
    assert "requested this review" in why_not(proposed(), people["manager"])


def test_of_young_grants_the_first_to_count_is_named(proposed: Make) -> None:
    young = person("young", "sre", "security", "product", counts=False)
    RoleGrant.objects.filter(user=young, role="security").update(counts_from=clock.now() + timedelta(hours=1))
    RoleGrant.objects.filter(user=young, role="product").update(
        counts_from=clock.now() + timedelta(minutes=1)
    )
    assert "role Security of Young counts" in why_not(proposed(), young)


def test_a_young_grant_that_was_taken_back_is_not_promised(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    give(young, "product")
    RoleGrant.objects.filter(user=young, role="sre").update(revoked_at=clock.now())
    assert "takes the role" in why_not(proposed(), young)


def test_who_was_recovered_is_told_from_when_their_role_counts_again(proposed: Make, people: People) -> None:
    back = clock.now() + timedelta(hours=3)
    people["sre"].signs_from = back
    people["sre"].save()
    assert f"Sre counts for signing from {back:%Y-%m-%d %H:%M}" in why_not(proposed(), people["sre"])


def test_a_young_grant_in_another_team_is_not_promised_here(proposed: Make) -> None:
    elsewhere, young = Team.objects.create(slug="else", name="Elsewhere"), person("young", counts=False)
    give(young, "sre", team=elsewhere, counts=False)
    give(young, "auditor")
    assert "takes the role" in why_not(proposed(), young)


def test_the_young_grant_of_another_is_not_ones_own(proposed: Make, people: People) -> None:
    person("young", "sre", counts=False)
    assert "takes the role SRE or Security; Product does not hold it" in why_not(
        proposed(), people["product"]
    )


def test_a_deactivated_person_is_promised_nothing(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    young.is_active = False
    young.save()
    assert "no longer active" in why_not(proposed(), young)


def test_whose_principals_all_sit_is_told_which(proposed: Make, people: People) -> None:
    for role in ("sre", "security"):
        name(people[role], people["product"], role)
    proposal = proposed()
    for role in ("sre", "security"):
        sign(proposal, people[role])
    refused = said(eligibility.may_sign(proposal.review, proposal, people["product"]))
    assert refused in {
        f"{both} has a seat already, and nobody fills another in that name."
        for both in ("Sre, Security", "Security, Sre")
    }


def test_who_holds_a_role_of_a_filled_slot_is_not_told_to_wait_for_another(
    proposed: Make, people: People
) -> None:
    give(people["sre2"], "security", counts=False)
    proposal = proposed()
    sign(proposal, people["sre"])
    found = said(eligibility.may_sign(proposal.review, proposal, people["sre2"]))
    assert found == "Every slot that Sre2 could fill is filled."


def test_a_young_grant_is_not_promised_where_nobody_signs_any_more_or_yet(
    proposed: Make, people: People
) -> None:
    young = person("young", "sre", counts=False)
    waiting = proposed(authors=[{"id": "gh:2", "name": "Ghost"}])
    assert "until the author Ghost" in said(eligibility.may_sign(waiting.review, waiting, young))
    proposal = proposed()
    late = eligibility.may_sign(proposal.review, proposal, young, proposal.approve_by)
    assert "time to sign is over" in said(late)
    endings.reject(code=proposal.review.code, actor=people["sre"], reason="No.")
    proposal.refresh_from_db()
    assert "rejected" in said(eligibility.may_sign(proposal.review, proposal, young))


def test_whose_principal_sits_is_not_among_those_who_could(proposed: Make, people: People) -> None:
    both, deputy = person("both", "sre", "security"), person("deputy", "data")
    name(both, deputy, "security")
    proposal = proposed()
    assert deputy in eligibility.who_can(proposal.review, 1, proposal)
    sign(proposal, both, role="sre")
    assert deputy not in eligibility.who_can(proposal.review, 1, proposal)
