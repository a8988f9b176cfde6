"""Which signatures count towards a quorum; the public model is Safe's `Safe.Signatures.spec.ts`."""

from collections.abc import Callable
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from approvals import actions
from approvals.models import Approval, State
from orr.lib.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
OTHER = "sha256:" + "b" * 64


def test_a_duplicate_owner_fills_one_slot(request_for: Make, sign: Make) -> None:
    request = request_for(slots=("sre", "sre", "security"))
    assert {sign(request, "ann", slot).slot for slot in (0, 1, 2)} == {0}
    request.refresh_from_db()
    assert request.filled_at is None


def test_another_way_to_sign_is_still_the_same_owner(request_for: Make, person: Make) -> None:
    request, ann = request_for(), person("ann")
    made = [
        actions.grant(
            request_id=request.pk,
            person=ann,
            oath=actions.Oath(digest=request.subject_digest, may=(0, 1), method=method),
            others={},
        )
        for method in ("totp", "password", "totp")
    ]
    assert [new for _, new in made] == [True, False, False]
    assert {(approval.pk, approval.method) for approval, _ in made} == {(made[0][0].pk, "totp")}


def test_all_ways_to_sign_can_be_mixed(request_for: Make, person: Make) -> None:
    request = request_for(slots=("sre", "security", "product"))
    for slot, method in enumerate(("totp", "totp", "password")):
        oath = actions.Oath(digest=request.subject_digest, may=(slot,), method=method)
        actions.grant(request_id=request.pk, person=person(f"p{slot}"), oath=oath, others={})
    assert [(one.method, one.weak) for one in request.live_approvals()] == [
        ("totp", False),
        ("totp", False),
        ("password", True),
    ]
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


def test_who_owns_no_slot_signs_nothing(request_for: Make, sign: Make) -> None:
    request = request_for()
    for may in ((), (2,), (7, 8)):
        with pytest.raises(Conflict, match="filled already"):
            sign(request, "mallory", *may)
    assert not Approval.objects.exists()


@pytest.mark.parametrize("digest", [OTHER, "", "sha256:" + "A" * 64, "a" * 64])
def test_a_wrong_digest_never_counts(request_for: Make, sign: Make, digest: str) -> None:
    with pytest.raises(Conflict, match="not what is to be signed"):
        sign(request_for(), "ann", 0, digest=digest)
    assert not Approval.objects.exists()


def test_too_few_signatures_have_no_effect(request_for: Make, sign: Make) -> None:
    slots = ("sre", "security", "product")
    request = request_for(slots=slots)
    for signed in range(len(slots)):
        with pytest.raises(Conflict, match="Not every slot"):
            actions.end(request_id=request.pk, state=State.EFFECTIVE)
        sign(request, f"p{signed}", signed)
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_signing_does_not_matter(request_for: Make, sign: Make, order: tuple[int, ...]) -> None:
    request = request_for(slots=("sre", "security", "product"))
    for slot in order:
        sign(request, f"p{slot}", slot)
    assert [one.person.username for one in request.live_approvals()] == ["p0", "p1", "p2"]
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


def test_a_signature_for_another_request_never_counts(request_for: Make, sign: Make) -> None:
    one, other = request_for("S-1"), request_for("S-2")
    sign(other, "ann", 0)
    sign(other, "bob", 1)
    assert one.live_approvals() == []
    with pytest.raises(Conflict, match="Not every slot"):
        actions.end(request_id=one.pk, state=State.EFFECTIVE)


def test_a_signature_on_what_ended_never_counts_for_what_follows(request_for: Make, sign: Make) -> None:
    first = request_for("S-1")
    sign(first, "ann", 0)
    sign(first, "bob", 1)
    actions.end(request_id=first.pk, state=State.VOID)
    again = request_for("S-1")
    assert (again.subject_digest, again.live_approvals()) == (first.subject_digest, [])
    with pytest.raises(Conflict, match="Not every slot"):
        actions.end(request_id=again.pk, state=State.EFFECTIVE)


def test_a_withdrawn_signature_counts_no_longer_and_can_be_given_anew(
    request_for: Make, sign: Make, person: Make
) -> None:
    request = request_for()
    first = sign(request, "ann", 0)
    sign(request, "bob", 1)
    actions.withdraw(request_id=request.pk, person=person("ann"))
    with pytest.raises(Conflict, match="Not every slot"):
        actions.end(request_id=request.pk, state=State.EFFECTIVE)
    assert sign(request, "ann", 0).pk != first.pk
    assert Approval.objects.filter(request=request).count() == 3
    assert actions.end(request_id=request.pk, state=State.EFFECTIVE).state == State.EFFECTIVE


def test_nobody_signs_what_was_never_asked(person: Make) -> None:
    oath = actions.Oath(digest=OTHER, may=(0,), method="passkey")
    with pytest.raises(NotFound):
        actions.grant(request_id=uuid4(), person=person("ann"), oath=oath, others={})
