"""A deputy signs in their own name for a principal: own bars hold, a seat that either has does too."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from approvals import deputies
from approvals.models import Approval
from orr.accounts.models import AuthorMapping, RoleGrant, User
from orr.decisions import eligibility
from orr.decisions.models import Decision, Proposal
from orr.lib import clock
from orr.lib.errors import NotAllowed, OrrError
from orr.lib.met import Met, Unmet
from tests.factories.decisions import effect, propose, record, sign
from tests.factories.deputies import name
from tests.factories.people import person
from tests.factories.racing import race, racers

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def why_not(proposal: Proposal, who: User) -> str:
    found = eligibility.may_sign(proposal.review, proposal, who)
    assert isinstance(found, Unmet)
    return str(found.reason)


def test_a_deputy_fills_the_seat_and_both_are_named(proposed: Make, people: People) -> None:
    by = name(people["security"], people["product"], "security")
    made = sign(proposed(), people["product"], on_behalf_of=people["security"].pk)
    assert (made.role, made.person, made.on_behalf_of) == ("security", people["product"], people["security"])
    assert (made.delegation, made.holder) == (by, people["security"].pk)


def test_a_deputy_is_among_those_who_could(proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    proposal = proposed()
    assert isinstance(eligibility.may_sign(proposal.review, proposal, people["product"]), Met)
    assert people["product"] in eligibility.who_can(proposal.review, 1, proposal)


def test_who_has_no_seat_of_their_own_says_for_whom(proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    with pytest.raises(NotAllowed, match="say that you sign for Security"):
        sign(proposed(), people["product"])


def test_nobody_signs_for_who_did_not_name_them(proposed: Make, people: People) -> None:
    with pytest.raises(NotAllowed):
        sign(proposed(), people["product"], on_behalf_of=people["security"].pk)
    with pytest.raises(NotAllowed, match="do not stand in"):
        sign(proposed(), people["sre"], on_behalf_of=people["security"].pk)


def test_outside_its_time_it_opens_nothing(proposed: Make, people: People) -> None:
    start = clock.now() + timedelta(minutes=5)
    end = start + timedelta(minutes=5)
    name(people["security"], people["product"], "security", starts_at=start, ends_at=end)
    proposal, moment = proposed(), timedelta(microseconds=1)
    held = [
        bool(eligibility.may_sign(proposal.review, proposal, people["product"], at))
        for at in (start - moment, start, end - moment, end)
    ]
    assert held == [False, True, True, False]


def test_the_principals_bar_does_not_pass_on(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G3.1", attested_by=people["security"].pk, attested_role="security", statement="Enforced.")
    proposal = propose(review, people["manager"])
    assert "attested G3.1" in why_not(proposal, people["security"])
    name(people["security"], people["product"], "security")
    assert sign(proposal, people["product"], on_behalf_of=people["security"].pk).role == "security"


def test_the_deputys_own_bar_holds(ready: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    review = ready(authors=[{"id": "gh:1", "name": "Dev"}])
    AuthorMapping.objects.create(author_id="gh:1", user=people["product"], mapped_by=people["boss"])
    assert "is an author" in why_not(propose(review, people["manager"]), people["product"])


def test_the_deputys_own_statement_bars_the_seat_of_that_gate(ready: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    review = ready()
    record(review, "G3.1", attested_by=people["product"].pk, attested_role="security", statement="Enforced.")
    assert "attested G3.1" in why_not(propose(review, people["manager"]), people["product"])


def test_the_requester_signs_for_nobody(proposed: Make, people: People) -> None:
    RoleGrant.objects.filter(user=people["manager"]).update(role="product")
    name(people["security"], people["manager"], "security")
    proposal = proposed()
    assert "requested this review" in why_not(proposal, people["manager"])


def test_a_principal_who_sits_has_no_second_seat_by_a_deputy(proposed: Make) -> None:
    both, deputy = person("both", "sre", "security"), person("deputy", "data")
    name(both, deputy, "security")
    proposal = proposed()
    sign(proposal, both, role="sre")
    assert "has a seat already" in why_not(proposal, deputy)
    with pytest.raises(NotAllowed):
        sign(proposal, deputy, on_behalf_of=both.pk)


def test_a_principal_whose_deputy_sits_does_not_sign(proposed: Make) -> None:
    both, deputy = person("both", "sre", "security"), person("deputy", "data")
    name(both, deputy, "security")
    proposal = proposed()
    sign(proposal, deputy, on_behalf_of=both.pk)
    assert "signed for Both" in why_not(proposal, both)
    with pytest.raises(NotAllowed):
        sign(proposal, both, role="sre")


def test_two_deputies_of_one_principal_fill_one_seat(proposed: Make) -> None:
    both, one, two = person("both", "sre", "security"), person("one", "data"), person("two", "data")
    name(both, one, "security")
    name(both, two, "sre")
    proposal = proposed()
    sign(proposal, one, on_behalf_of=both.pk)
    assert "has a seat already" in why_not(proposal, two)


def test_a_deputy_with_a_seat_of_their_own_signs_for_nobody(proposed: Make, people: People) -> None:
    name(people["security"], people["sre"], "security")
    proposal = proposed()
    sign(proposal, people["sre"])
    assert "has signed" in why_not(proposal, people["sre"])
    assert people["sre"] not in eligibility.who_can(proposal.review, 1, proposal)


@pytest.mark.parametrize(("other", "role"), [("sre", "security"), ("security", "sre")])
def test_a_deputy_with_two_delegated_roles_takes_the_seat_that_leaves_the_quorum_possible(
    proposed: Make, people: People, other: str, role: str
) -> None:
    for each in ("sre", "security", "sre2", "security2"):
        if each != other:
            RoleGrant.objects.filter(user=people[each]).update(role="data")
    both, deputy = person("both", "sre", "security"), person("deputy", "data")
    name(both, deputy, "sre")
    name(both, deputy, "security")
    proposal = proposed()
    made = sign(proposal, deputy, on_behalf_of=both.pk)
    assert (made.role, made.delegation.role if made.delegation else "") == (role, role)
    assert "has signed" in why_not(proposal, deputy), "one seat, whatever they stand in for"
    assert "signed for Both" in why_not(proposal, both)
    sign(proposal, people[other])
    assert isinstance(effect(proposal), Decision)


def lose_role(who: User) -> None:
    RoleGrant.objects.filter(user=who).update(revoked_at=clock.now())


def lose_account(who: User) -> None:
    User.objects.filter(pk=who.pk).update(is_active=False)


def get_a_new_way_in(who: User) -> None:
    User.objects.filter(pk=who.pk).update(signs_from=clock.now() + timedelta(days=1))


def take_back(who: User) -> None:
    [by] = deputies.standing_in(clock.now(), team=None)
    deputies.revoke(delegation_id=by.pk, actor=who)


@pytest.mark.parametrize("lose", [lose_role, lose_account, get_a_new_way_in, take_back])
def test_a_principal_who_counts_no_longer_takes_given_signatures_along(
    proposed: Make, people: People, lose: Callable[[User], None]
) -> None:
    name(people["security"], people["product"], "security")
    proposal = proposed()
    sign(proposal, people["sre"])
    sign(proposal, people["product"], on_behalf_of=people["security"].pk)
    lose(people["security"])
    assert effect(proposal) == "The signature of Product counts no longer."
    proposal.refresh_from_db()
    assert proposal.state == "void"


def test_that_its_time_ran_out_after_signing_changes_nothing(proposed: Make, people: People) -> None:
    soon = clock.now() + timedelta(seconds=2)
    name(people["security"], people["product"], "security", ends_at=soon)
    proposal = proposed()
    sign(proposal, people["sre"])
    sign(proposal, people["product"], on_behalf_of=people["security"].pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [(soon - clock.now()).total_seconds() + 0.05])
    assert isinstance(effect(proposal), Decision)


def raw(proposal: Proposal, who: User, slot: int, role: str, **how: Any) -> Approval:
    return Approval.objects.create(
        request=proposal.request, person=who, slot=slot, role=role, digest=proposal.digest, method="totp",
        weak=False, **how,
    )  # fmt: skip


def test_the_database_seats_a_person_and_their_principal_once(proposed: Make, people: People) -> None:
    ann, bob, cem = people["security"], people["product"], people["product2"]
    by = name(ann, bob, "security")
    other = name(ann, cem, "security")
    second = name(bob, people["sre2"], "product")
    proposal = proposed(slots=("sre", "security", "security", "product"))
    raw(proposal, bob, 1, "security", on_behalf_of=ann, delegation=by)
    for write, refused in (
        (lambda: raw(proposal, ann, 2, "security"), "fill one seat"),
        (
            lambda: raw(proposal, cem, 2, "security", on_behalf_of=ann, delegation=other),
            "one_seat_per_holder",
        ),
        (lambda: raw(proposal, bob, 3, "product"), "one_signature_per_person"),
        (
            lambda: raw(proposal, people["sre2"], 3, "product", on_behalf_of=bob, delegation=second),
            "fill one seat",
        ),
        (lambda: raw(proposal, cem, 2, "security", on_behalf_of=people["sre"], delegation=other), "in force"),
        (lambda: raw(proposal, cem, 2, "security", on_behalf_of=ann), "deputy_signs_by_a_delegation"),
    ):
        with pytest.raises(IntegrityError, match=refused), transaction.atomic():
            write()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Four threads, each with a connection of its own."""
    with racers(4) as threads:
        yield threads


@pytest.mark.django_db(transaction=True)
def test_a_person_and_their_principal_racing_for_two_seats_never_get_both(
    pool: ThreadPoolExecutor, proposed: Make
) -> None:
    both, one, two = person("both", "sre", "security"), person("one", "data"), person("two", "data")
    name(both, one, "security")
    name(both, two, "sre")
    for _round in range(6):
        proposal = proposed()
        acts = [
            trying(proposal, both, None),
            trying(proposal, one, both),
            trying(proposal, two, both),
            trying(proposal, both, None),
        ]
        race(pool, acts)
        standing = proposal.request.live_approvals()
        assert [one.holder for one in standing] == [both.pk]


def trying(proposal: Proposal, who: User, principal: User | None) -> Callable[[], None]:
    def act() -> None:
        try:
            sign(proposal, who, on_behalf_of=principal.pk if principal else None)
        except OrrError:
            return

    return act
