"""Who may propose, sign, reject and cancel a weaker policy, each refusal with its reason."""

from datetime import timedelta

import pytest

from approvals.models import Request, State
from orr.accounts.models import RoleGrant, User
from orr.accounts.stepup import Proof
from orr.lib import clock
from orr.lib.met import Met, Requirement, Unmet
from orr.policies import actions, eligibility
from orr.policies.models import PolicyVersion
from orr.profiles import load
from orr.profiles.schema import Policy
from tests.factories.people import give, person, team
from tests.policies.conftest import sign

pytestmark = pytest.mark.django_db
People = dict[str, User]
US = timedelta(microseconds=1)
POLICY = load.get("standard").policy


def request_of(row: PolicyVersion) -> Request:
    return Request.objects.get(pk=row.request_id)


def may(row: PolicyVersion, who: User) -> object:
    return eligibility.may_sign(row, request_of(row), who, clock.now())


def may_stop(state: State, row: PolicyVersion, policy: Policy, who: User) -> Requirement:
    return eligibility.right_to(state, row, request_of(row), policy, who).requirement


def said(found: object) -> str:
    assert isinstance(found, Unmet)
    return str(found.reason)


def test_a_role_is_held_everywhere_or_not_at_all_and_counts_from_its_moment(people: People) -> None:
    young, kim = person("young", "sre", counts=False), person("kim", "data")
    give(kim, "sre", team=team("search"))
    moment = young.grants.get().counts_from
    assert eligibility.held(young) == eligibility.held(young, moment) == {"sre"}
    assert eligibility.held(young, moment - US) == frozenset()
    assert eligibility.held(kim) == eligibility.held(kim, clock.now()) == {"data"}
    young.signs_from = moment + US
    assert (eligibility.held(young, moment), eligibility.held(young, moment + US)) == (frozenset(), {"sre"})
    assert eligibility.held(young) == {"sre"}
    RoleGrant.objects.filter(user=kim, role="data").update(revoked_at=clock.now())
    young.is_active = False
    assert eligibility.held(kim) == eligibility.held(young) == frozenset()


def test_release_managers_and_administrators_propose(people: People) -> None:
    for who in ("manager", "admin"):
        assert eligibility.may_propose(people[who]) == Met()
    for who in ("sre", "data"):
        assert "Only release managers and administrators" in said(eligibility.may_propose(people[who]))


def test_who_may_sign_has_the_role_of_an_open_slot(proposed: PolicyVersion, people: People) -> None:
    assert may(proposed, people["sre"]) == Met()
    assert said(may(proposed, people["data"])) == (
        "This takes the role SRE or Security, held everywhere and counting; Data does not hold it so."
    )
    sign(proposed, people["sre"])
    assert "has signed this proposal" in said(may(proposed, people["sre"]))
    assert "Every slot that Sre2 could fill is filled" in said(may(proposed, people["sre2"]))
    assert may(proposed, people["security"]) == Met()


def test_of_two_roles_the_open_slot_is_left(proposed: PolicyVersion, people: People) -> None:
    both = person("both", "sre", "security")
    roles = eligibility.held(both, clock.now())
    assert eligibility.slots_of(proposed, ["sre", "data", "security"], both, roles) == (0, 2)
    sign(proposed, people["sre"])
    assert may(proposed, both) == Met()


def test_who_proposed_signs_nothing_and_is_told_so(proposed: PolicyVersion, people: People) -> None:
    give(people["manager"], "sre")
    assert "made this proposal and cannot sign it" in said(may(proposed, people["manager"]))
    assert eligibility.slots_of(proposed, ["sre"], people["manager"], {"sre"}) == ()
    assert people["manager"] not in eligibility.able(proposed, request_of(proposed), clock.now())


def test_what_has_ended_or_is_too_late_is_signed_by_nobody(proposed: PolicyVersion, people: People) -> None:
    request = request_of(proposed)
    late = eligibility.may_sign(proposed, request, people["sre"], request.approve_by)
    assert "time to sign is over" in said(late)
    assert eligibility.may_sign(proposed, request, people["sre"], request.approve_by - US) == Met()
    actions.reject(name=proposed.name, actor=people["sre"], reason="No.")
    assert "rejected" in said(may(proposed, people["sre"]))


def test_everybody_who_could_sign_is_named_with_the_slots(proposed: PolicyVersion, people: People) -> None:
    both, young = person("abe", "sre", "security"), person("young", "sre", counts=False)
    away, elsewhere, former = person("away", "sre"), person("kim", "data"), person("former", "sre")
    User.objects.filter(pk=away.pk).update(is_active=False)
    give(elsewhere, "sre", team=team("search"))
    RoleGrant.objects.filter(user=former).update(revoked_at=clock.now())
    able = eligibility.able(proposed, request_of(proposed), clock.now())
    assert list(able.items()) == [
        (both, (0, 1)),
        (people["security"], (1,)),
        (people["security2"], (1,)),
        (people["sre"], (0,)),
        (people["sre2"], (0,)),
    ]
    later = eligibility.able(proposed, request_of(proposed), young.grants.get().counts_from)
    assert later[young] == (0,)


@pytest.mark.parametrize(
    ("least", "enough"),
    [("password", {"password", "totp", "passkey"}), ("totp", {"totp", "passkey"}), ("passkey", {"passkey"})],
)
def test_a_proof_is_at_least_as_strong_as_the_policy_asks(least: str, enough: set[str]) -> None:
    policy = POLICY.model_copy(update={"step_up": least})
    proofs = {
        "password": Proof("password"),
        "totp": Proof("totp"),
        "passkey": Proof("passkey", {"id": "x"}),
        "guess": Proof("guess"),
    }
    found = {way: eligibility.proven(policy, proof) for way, proof in proofs.items()}
    assert {way for way, answer in found.items() if answer == Met()} == enough
    assert "takes no signature with less than" in said(found["guess"])
    assert not eligibility.proven(policy, Proof("passkey"))
    assert not eligibility.proven(policy, Proof("totp", {"id": "x"}))


def test_the_role_of_a_slot_or_a_veto_rejects(proposed: PolicyVersion, people: People) -> None:
    policy = POLICY.model_copy(update={"veto": ["product"]})
    for who in (people["sre"], people["security2"], person("vee", "product")):
        assert may_stop(State.REJECTED, proposed, policy, who) == Met()
    for who in (people["data"], people["manager"], people["admin"]):
        assert "Only those in whose role a slot is" in said(may_stop(State.REJECTED, proposed, policy, who))


def test_the_proposer_whoever_signed_and_a_veto_cancel(proposed: PolicyVersion, people: People) -> None:
    sign(proposed, people["sre"])
    policy = POLICY.model_copy(update={"veto": ["product"]})
    may_cancel = [people["manager"], people["sre"], person("vee", "product")]
    for who in may_cancel:
        assert may_stop(State.CANCELLED, proposed, policy, who) == Met()
    for who in (people["data"], people["admin"], people["sre2"], people["security"]):
        found = may_stop(State.CANCELLED, proposed, policy, who)
        assert "Only the proposer, the signers and who holds a veto" in said(found)
    for who in may_cancel:
        who.is_active = False
        assert not may_stop(State.CANCELLED, proposed, policy, who)
