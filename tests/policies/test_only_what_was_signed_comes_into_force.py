"""Only what was signed comes into force: another file, other bytes or another signer void the proposal."""

import pytest

from approvals.models import Request
from orr.accounts import roles
from orr.accounts.models import RoleGrant, Team, User
from orr.lib.errors import Conflict
from orr.policies import actions, executor
from orr.policies.models import PolicyVersion, State
from tests.policies.conftest import LAXER, Write, acts, digest_in_force, past_the_laws, sign, state_of

pytestmark = pytest.mark.django_db
People = dict[str, User]


def test_a_file_swapped_after_the_approval_voids_it_ghsa_w5pg_649r_p6gg(
    signed: PolicyVersion, write: Write, own: str
) -> None:
    before = digest_in_force(own)
    write(more='[items."G1.1"]\nfreshness = 90000\n')
    assert executor.sweep() == 0
    assert state_of(signed) == State.VOID and digest_in_force(own) == before
    assert acts(own)[-1] == "policy.void"


def test_a_file_swapped_between_two_signatures_voids_it_and_the_void_stays(
    proposed: PolicyVersion, write: Write, people: People
) -> None:
    sign(proposed, people["sre"])
    write(more='[items."G1.1"]\nfreshness = 90000\n')
    with pytest.raises(Conflict):
        sign(proposed, people["security"])
    assert state_of(proposed) == State.VOID


def test_a_file_deleted_after_the_approval_lets_nothing_into_force_and_nothing_out_cve_2026_6883(
    signed: PolicyVersion, write: Write, own: str
) -> None:
    before = digest_in_force(own)
    write().unlink()
    assert executor.sweep() == 0
    assert state_of(signed) == State.PROPOSED and digest_in_force(own) == before
    write(more=LAXER)
    assert executor.sweep() == 1


def test_another_version_in_force_voids_what_was_to_replace_the_former(
    proposed: PolicyVersion, write: Write, own: str
) -> None:
    write(timelock=60)
    assert actions.in_force(own).policy.timelock == 60
    assert state_of(proposed) == State.VOID
    assert acts(own)[-2:] == ["policy.void", "policy.adopted"]


def test_bytes_swapped_in_the_database_void_the_proposal(signed: PolicyVersion, own: str) -> None:
    body = bytes(signed.body).replace(b'"freshness":901', b'"freshness":999')
    past_the_laws(
        "UPDATE policies_policyversion SET body = %s, digest = 'sha256:' || encode(sha256(%s), 'hex')"
        " WHERE id = %s",
        body,
        body,
        signed.pk,
    )
    assert executor.sweep() == 0
    assert state_of(signed) == State.VOID


@pytest.mark.parametrize("how", ["role revoked", "deactivated", "held in a team only"])
def test_a_signer_who_may_sign_no_longer_voids_it(signed: PolicyVersion, people: People, how: str) -> None:
    who = people["sre"]
    if how == "role revoked":
        roles.revoke(user=who, role="sre", actor=people["admin"])
    elif how == "deactivated":
        User.objects.filter(pk=who.pk).update(is_active=False)
    else:
        RoleGrant.objects.filter(user=who).update(team=Team.objects.create(slug="x", name="X"))
    assert executor.sweep() == 0
    assert state_of(signed) == State.VOID


def test_a_signature_withdrawn_keeps_it_out_of_force(signed: PolicyVersion, people: People, own: str) -> None:
    actions.withdraw_signature(name=own, actor=people["sre"])
    assert executor.sweep() == 0
    sign(signed, people["sre2"])
    assert executor.sweep() == 1


def test_after_the_deadline_it_expires_and_another_can_be_made(
    signed: PolicyVersion, people: People, own: str
) -> None:
    past_the_laws(
        "UPDATE approvals_request SET opened_at = opened_at - interval '2 h',"
        " approve_by = approve_by - interval '2 h' WHERE id = %s",
        signed.request_id,
    )
    assert executor.sweep() == 0
    assert state_of(signed) == State.EXPIRED
    again = actions.propose_weaker(name=own, reason="Once more.", actor=people["admin"])
    assert not Request.objects.get(pk=again.request_id).live_approvals()
