"""A weaker policy is proposed, signed by the slots and delayed by the timelock of the one in force."""

from datetime import timedelta
from typing import Any

import pytest

from approvals import proving
from approvals.models import Request
from approvals.proving import Given
from orr.accounts.models import RoleGrant, Team, User
from orr.accounts.stepup import Proof
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.policies import actions, executor
from orr.policies.models import PolicyVersion, State
from tests.factories.people import age_grants, person
from tests.factories.signing_keys import Passkey
from tests.policies.conftest import LAXER, Write, acts, digest_in_force, past_the_laws, sign, state_of

pytestmark = pytest.mark.django_db
People = dict[str, User]


def request_of(row: PolicyVersion) -> Request:
    assert row.request_id is not None
    return Request.objects.get(pk=row.request_id)


def test_approved_by_its_slots_it_comes_into_force(signed: PolicyVersion, own: str) -> None:
    before = digest_in_force(own)
    assert executor.sweep() == 1
    assert actions.in_force(own).items["G1.1"].freshness == 901
    assert digest_in_force(own) == signed.digest != before
    assert acts(own) == [
        "policy.adopted_at_setup", "policy.proposed", "policy.signed", "policy.signed", "policy.took_effect",
    ]  # fmt: skip
    assert executor.sweep() == 0


def test_before_the_last_signature_nothing_comes_into_force(proposed: PolicyVersion, people: People) -> None:
    sign(proposed, people["sre"])
    assert str(actions.take_effect("own")) == "Not every slot is filled yet."
    assert actions.in_force("own").items["G1.1"].freshness == 900


def test_slots_delay_and_deadline_are_those_of_the_version_in_force(write: Write, people: People) -> None:
    write(slots=("sre", "data"), timelock=300, approve_within=1800)
    actions.in_force("own")
    write(slots=("sre", "security"), timelock=0, approve_within=86_400)
    row = actions.propose_weaker(name="own", reason="Faster.", actor=people["manager"])
    request = request_of(row)
    assert request.slots == ["sre", "data"] and request.delay == timedelta(seconds=300)
    assert request.approve_by - request.opened_at < timedelta(seconds=1801)


def test_the_delay_changes_only_through_its_own_timelock(write: Write, people: People) -> None:
    """OpenZeppelin TimelockController: the delay changes only through the delay that is in force."""
    write(timelock=300)
    actions.in_force("own")
    write(timelock=0)
    row = actions.propose_weaker(name="own", reason="Faster.", actor=people["manager"])
    sign(row, people["sre"])
    sign(row, people["security"])
    assert str(actions.take_effect("own")) == "The timelock is still running."
    past_the_laws(
        "UPDATE approvals_request SET filled_at = filled_at - interval '300 s',"
        " opened_at = opened_at - interval '300 s' WHERE id = %s",
        row.request_id,
    )
    assert isinstance(actions.take_effect("own"), PolicyVersion)
    assert actions.in_force("own").policy.timelock == 0


@pytest.mark.parametrize("role", ["sre", "security", "product", "data", "auditor", None])
def test_a_lower_role_proposes_no_policy_cve_2026_6063(
    own: str, write: Write, people: People, role: str | None
) -> None:
    write(more=LAXER)
    who = person("somebody", *([role] if role else []))
    with pytest.raises(NotAllowed):
        actions.propose_weaker(name=own, reason="I want it.", actor=who)
    assert not PolicyVersion.objects.filter(state=State.PROPOSED).exists()


def test_a_release_manager_of_one_team_proposes_no_policy_of_all_cve_2026_6063(
    own: str, write: Write, people: People
) -> None:
    write(more=LAXER)
    team = Team.objects.create(slug="search", name="Search")
    RoleGrant.objects.filter(user=people["manager"]).update(team=team)
    with pytest.raises(NotAllowed):
        actions.propose_weaker(name=own, reason="I want it.", actor=people["manager"])


def test_a_role_held_in_one_team_signs_no_policy_of_all(proposed: PolicyVersion, people: People) -> None:
    team = Team.objects.create(slug="search", name="Search")
    RoleGrant.objects.filter(user=people["sre"]).update(team=team)
    with pytest.raises(NotAllowed):
        sign(proposed, people["sre"])


def test_who_proposes_does_not_sign(own: str, write: Write, people: People) -> None:
    both = person("both", "release_manager", "sre")
    write(more=LAXER)
    row = actions.propose_weaker(name=own, reason="Slow source.", actor=both)
    with pytest.raises(NotAllowed):
        sign(row, both)


def test_one_person_fills_one_seat_whatever_roles_they_hold(proposed: PolicyVersion, own: str) -> None:
    two = person("two", "sre", "security")
    sign(proposed, two)
    sign(proposed, two)
    assert request_of(proposed).approvals.count() == 1
    assert str(actions.take_effect(own)) == "Not every slot is filled yet."


def test_a_role_that_does_not_count_yet_signs_nothing(proposed: PolicyVersion) -> None:
    young = person("young", "sre", counts=False)
    with pytest.raises(NotAllowed):
        sign(proposed, young)


def test_a_person_with_no_role_of_a_slot_signs_nothing(proposed: PolicyVersion, people: People) -> None:
    for who in (people["data"], people["admin"], people["manager"]):
        with pytest.raises(NotAllowed):
            sign(proposed, who)


def test_without_the_digest_or_with_another_nothing_is_signed(
    proposed: PolicyVersion, people: People
) -> None:
    for digest in (None, "", "sha256:" + "0" * 64, proposed.digest):
        with pytest.raises(Conflict):
            actions.sign(
                name="own", actor=people["sre"], expected_digest=digest, proof=Proof("totp"), comment=""
            )
    assert not request_of(proposed).live_approvals()


@pytest.mark.parametrize(
    ("step_up", "method", "counts"),
    [("totp", "password", False), ("totp", "totp", True), ("passkey", "totp", False),
     ("password", "passkey", False), ("password", "a-guess", False), ("password", "", False)],
)  # fmt: skip
def test_a_signature_is_proven_as_the_policy_in_force_asks(
    write: Write, people: People, step_up: str, method: str, counts: bool
) -> None:
    write(step_up=step_up)
    actions.in_force("own")
    write(step_up=step_up, more=LAXER)
    row = actions.propose_weaker(name="own", reason="Slow source.", actor=people["manager"])
    if counts:
        sign(row, people["sre"], method)
    else:
        with pytest.raises(NotAllowed):
            sign(row, people["sre"], method)
    assert request_of(row).approvals.count() == counts


def test_a_passkey_signs_the_policy_that_it_was_asked_and_no_other(write: Write, people: People) -> None:
    write(step_up="passkey")
    actions.in_force("own")
    write(step_up="passkey", more=LAXER)
    row = actions.propose_weaker(name="own", reason="Slow source.", actor=people["manager"])
    digest, key = request_of(row).subject_digest, Passkey(people["sre"])
    asked = actions.question(name="own", actor=people["sre"], expected_digest=digest, session="one")
    proof = proving.prove(person=people["sre"], session="one", given=Given(answer=key.answer(asked)))
    assert proof.assertion is not None
    other = {**proof.assertion, "statement": {**proof.assertion["statement"], "digest": "sha256:" + "0" * 64}}
    with pytest.raises(NotAllowed):
        sign(row, people["sre"], "passkey", other)
    sign(row, people["sre"], "passkey", proof.assertion)
    kept = request_of(row).approvals.get()
    assert (kept.method, kept.weak, kept.assertion) == ("passkey", False, proof.assertion)


def test_a_rejection_needs_its_reason_and_ends_it(proposed: PolicyVersion, people: People, own: str) -> None:
    with pytest.raises(Invalid):
        actions.reject(name=own, actor=people["sre"], reason=" ")
    with pytest.raises(NotAllowed):
        actions.reject(name=own, actor=people["data"], reason="No.")
    actions.reject(name=own, actor=people["sre"], reason="The source has to get faster.")
    assert state_of(proposed) == State.REJECTED and acts(own)[-1] == "policy.rejected"
    with pytest.raises(Conflict):
        sign(proposed, people["security"])


def test_proposer_signer_and_veto_cancel_and_nobody_else(
    signed: PolicyVersion, people: People, own: str
) -> None:
    for who in (people["data"], people["admin"], people["sre2"]):
        with pytest.raises(NotAllowed):
            actions.cancel(name=own, actor=who, reason="No.")
    actions.cancel(name=own, actor=people["security2"], reason="A veto.")
    assert state_of(signed) == State.CANCELLED and executor.sweep() == 0


def test_a_second_proposal_waits_for_the_end_of_the_first(proposed: PolicyVersion, people: People) -> None:
    with pytest.raises(Conflict):
        actions.propose_weaker(name="own", reason="Again.", actor=people["admin"])


def test_what_is_nowhere_weaker_needs_no_approval(own: str, write: Write, people: People) -> None:
    for timelock in (0, 60):
        write(timelock=timelock)
        with pytest.raises(Conflict):
            actions.propose_weaker(name=own, reason="Why not.", actor=people["manager"])


def test_another_file_than_the_one_that_was_seen_is_not_proposed(
    own: str, write: Write, people: People
) -> None:
    write(more=LAXER)
    with pytest.raises(Conflict):
        actions.propose_weaker(
            name=own, reason="Slow.", actor=people["manager"], expected_digest="sha256:" + "0" * 64
        )


def test_a_new_name_is_approved_by_the_slots_of_standard(own: str, write: Write, people: People) -> None:
    write("handy", slots=("sre", "data"), timelock=0)
    row = actions.propose_weaker(name="handy", reason="For the night.", actor=people["manager"])
    request = request_of(row)
    assert request.slots == ["sre", "security"] and request.delay == timedelta(seconds=600)
    assert row.from_digest == "" and row.governed_by == digest_in_force("standard")


def test_my_approvals_hold_what_i_could_sign_and_nothing_else(
    proposed: PolicyVersion, people: People
) -> None:
    assert actions.waiting_for(people["sre"]) == [proposed]
    for other in ("manager", "data", "admin"):
        assert actions.waiting_for(people[other]) == []
    sign(proposed, people["sre"])
    assert actions.waiting_for(people["sre"]) == actions.waiting_for(people["sre2"]) == []
    assert actions.waiting_for(people["security"]) == [proposed]


def test_an_act_and_its_entry_are_kept_together_or_not_at_all(
    proposed: PolicyVersion, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("the log is away")

    monkeypatch.setattr("orr.tlog.log.append", fails)
    with pytest.raises(RuntimeError):
        sign(proposed, people["sre"])
    assert not request_of(proposed).live_approvals()


def test_grants_that_begin_to_count_later_sign_later(proposed: PolicyVersion) -> None:
    young = person("young", "sre", counts=False)
    age_grants(young, timedelta(seconds=1))
    assert clock.now() and actions.waiting_for(young) == [proposed]
