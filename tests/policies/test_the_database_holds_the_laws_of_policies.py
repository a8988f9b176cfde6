"""Who writes past the actions meets the same laws: versions never change, never go, and come one way each."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from approvals import actions as approvals
from approvals.models import Request
from approvals.models import State as Ended
from orr.lib import clock
from orr.policies import record
from orr.policies.models import Origin, PolicyVersion, State
from orr.profiles import load
from tests.policies.conftest import digest_in_force, state_of

pytestmark = pytest.mark.django_db


def refused(statement: str, *values: Any) -> str:
    """What the database says to the statement, which must fail."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, list(values))
    return str(error.value)


def row(**changed: Any) -> PolicyVersion:
    """A version in force that nobody saved yet."""
    body = record.body_of(load.get("standard"))
    given = {
        "name": "other", "digest": record.digest_of(body), "body": body, "state": State.IN_FORCE,
        "origin": Origin.FILE, "adopted_at": clock.now(),
    }  # fmt: skip
    return PolicyVersion(**{**given, **changed})


def rejected(one: PolicyVersion) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        one.save(force_insert=True)
    return str(error.value)


def test_a_digest_is_of_its_bytes(own: str) -> None:
    assert "policy_digest_is_of_its_bytes" in rejected(row(digest="sha256:" + "0" * 64))


def test_one_version_of_a_name_is_in_force(own: str) -> None:
    assert "one_policy_in_force_per_name" in rejected(row(name=own))


@pytest.mark.parametrize("verb", ["DELETE FROM policies_policyversion", "TRUNCATE policies_policyversion"])
def test_no_version_is_deleted_cve_2026_6883(own: str, verb: str) -> None:
    assert "never deleted" in refused(verb)


@pytest.mark.parametrize(
    "column", ["name = 'x'", "origin = 'file'", "from_digest = 'x'", "governed_by = 'x'", "reason = 'x'",
               "made_at = now()", "adopted_at = now()",
               "body = '{}'::bytea, digest = 'sha256:' || encode(sha256('{}'::bytea), 'hex')"],
)  # fmt: skip
def test_no_version_changes_cve_2026_6063(own: str, column: str) -> None:
    said = refused(f"UPDATE policies_policyversion SET {column} WHERE name = %s", own)  # noqa: S608
    assert "never" in said


def test_a_version_is_superseded_by_another_never_by_nothing(own: str) -> None:
    said = refused("UPDATE policies_policyversion SET state = 'superseded' WHERE name = %s", own)
    assert "never by nothing" in said


def test_what_was_superseded_never_comes_back(own: str, write: Any) -> None:
    from orr.policies import actions

    before = digest_in_force(own)
    write(timelock=60)
    actions.in_force(own)
    said = refused("UPDATE policies_policyversion SET state = 'in_force' WHERE digest = %s", before)
    assert "never becomes" in said


def test_nothing_unsigned_comes_into_force(proposed: PolicyVersion) -> None:
    said = refused(
        "UPDATE policies_policyversion SET state = 'in_force', adopted_at = now() WHERE id = %s", proposed.pk
    )
    assert "ends as its request does" in said and state_of(proposed) == State.PROPOSED


@pytest.mark.parametrize("state", ["rejected", "cancelled", "void", "expired"])
def test_a_proposal_ends_as_its_request_does(proposed: PolicyVersion, state: str) -> None:
    said = refused("UPDATE policies_policyversion SET state = %s WHERE id = %s", state, proposed.pk)
    assert "ends as its request does" in said


def test_a_proposal_begins_with_an_open_request_of_its_own(proposed: PolicyVersion, people: Any) -> None:
    waiting = {
        "state": State.PROPOSED, "origin": Origin.PROPOSAL, "adopted_at": None, "reason": "Because.",
        "proposed_by": people["manager"], "governed_by": proposed.governed_by,
    }  # fmt: skip
    assert "begins in force" in rejected(row(**{**waiting, "origin": Origin.FILE}))
    assert "policy_waits_with_its_request" in rejected(row(**waiting))
    elsewhere = approvals.open_request(
        subject="policy:elsewhere", subject_digest=proposed.digest, slots=["sre"],
        delay=proposed.request.delay, approve_by=proposed.request.approve_by,  # type: ignore[union-attr]
    )  # fmt: skip
    assert "open request of its own" in rejected(row(**waiting, request=elsewhere))
    own = Request.objects.create(
        subject="policy:other", subject_digest=proposed.digest, delay=elsewhere.delay,
        approve_by=elsewhere.approve_by,
    )  # fmt: skip
    approvals.end(request_id=own.pk, state=Ended.CANCELLED)
    assert "open request of its own" in rejected(row(**waiting, request=own))


def test_set_up_is_over_once_it_was(own: str, write: Any) -> None:
    from orr.policies import actions

    assert "set-up is over" in rejected(row(name=own, origin=Origin.SET_UP))
    write(timelock=60)
    actions.in_force(own)
    assert "set-up is over" in rejected(row(origin=Origin.SET_UP))
