"""Ids, never names: who a person is does not change with what they are called."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Approval
from orr.accounts.models import AuthorMapping, RoleGrant, User
from orr.decisions import actions
from orr.decisions.models import Decision
from orr.lib.errors import Conflict, NotAllowed
from tests.factories.decisions import effect, sign
from tests.factories.people import give, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def test_a_renamed_person_is_still_the_requester(proposed: Make, people: People) -> None:
    proposal, manager = proposed(), people["manager"]
    give(manager, "sre")
    User.objects.filter(pk=manager.pk).update(username="somebody-else", name="Somebody Else")
    manager.refresh_from_db()
    with pytest.raises(NotAllowed, match="Somebody Else requested this review"):
        sign(proposal, manager)


def test_a_renamed_signer_signs_once(proposed: Make, people: People) -> None:
    proposal, sre = proposed(slots=("sre", "sre", "security")), people["sre"]
    first = sign(proposal, sre)
    User.objects.filter(pk=sre.pk).update(username="somebody-else", name="Somebody Else")
    sre.refresh_from_db()
    assert sign(proposal, sre).pk == first.pk
    assert Approval.objects.count() == 1


def test_who_has_the_name_of_the_requester_is_not_the_requester(proposed: Make, people: People) -> None:
    namesake = person("namesake", "sre")
    User.objects.filter(pk=namesake.pk).update(name=people["manager"].name)
    namesake.refresh_from_db()
    assert str(namesake) == str(people["manager"])
    assert sign(proposed(), namesake).person_id == namesake.pk


def test_who_has_the_name_of_a_signer_has_neither_their_role_nor_their_signature(
    proposed: Make, people: People
) -> None:
    proposal, namesake = proposed(), person("namesake", "product")
    User.objects.filter(pk=namesake.pk).update(name=people["sre"].name)
    namesake.refresh_from_db()
    with pytest.raises(NotAllowed, match="takes the role"):
        sign(proposal, namesake)
    sign(proposal, people["sre"])
    with pytest.raises(Conflict, match="no signature"):
        actions.withdraw_signature(code=proposal.review.code, actor=namesake)


def test_two_people_of_one_name_fill_two_slots(proposed: Make, people: People) -> None:
    User.objects.filter(pk__in=[people["sre"].pk, people["security"].pk]).update(name="Kim")
    proposal = proposed()
    for name in ("sre", "security"):
        people[name].refresh_from_db()
        sign(proposal, people[name])
    assert isinstance(effect(proposal), Decision)


def test_an_author_is_known_by_id_and_not_by_what_they_call_themselves(
    proposed: Make, people: People
) -> None:
    AuthorMapping.objects.create(author_id="gh:1", user=people["product"], mapped_by=people["boss"])
    proposal = proposed(authors=[{"id": "gh:1", "name": str(people["sre"])}])
    assert sign(proposal, people["sre"]).person_id == people["sre"].pk
    RoleGrant.objects.create(
        user=people["product"], role="security", counts_from=proposal.proposed_at, granted_by=people["boss"]
    )
    with pytest.raises(NotAllowed, match="author of this change"):
        sign(proposal, people["product"])
