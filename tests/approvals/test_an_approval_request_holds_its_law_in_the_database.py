"""Whoever writes past the actions meets the same law in the database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from approvals import actions
from approvals.models import Approval, Request, Slot, State
from orr.accounts.models import User
from orr.lib import clock

pytestmark = pytest.mark.django_db
DIGEST = "sha256:" + "a" * 64
Make = Callable[..., Any]


def refused(write: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        write()


def raw(request: Request, person: User, slot: int, role: str, digest: str = DIGEST) -> Approval:
    return Approval.objects.create(
        request=request, person=person, slot=slot, role=role, digest=digest, method="totp", weak=False
    )


def test_one_signature_per_slot(request_for: Make, person: Make) -> None:
    request = request_for()
    raw(request, person("ann"), 0, "sre")
    refused(lambda: raw(request, person("bob"), 0, "sre"), "one_signature_per_slot")


def test_one_signature_per_person(request_for: Make, person: Make) -> None:
    request = request_for()
    raw(request, person("ann"), 0, "sre")
    refused(lambda: raw(request, person("ann"), 1, "security"), "one_signature_per_person")


def test_a_slot_that_is_not_there_cannot_be_filled(request_for: Make, person: Make) -> None:
    refused(lambda: raw(request_for(), person("ann"), 2, "sre"), "role of its slot")


def test_a_signature_is_in_the_role_of_its_slot(request_for: Make, person: Make) -> None:
    refused(lambda: raw(request_for(), person("ann"), 0, "security"), "role of its slot")


def test_a_signature_is_on_the_digest_of_its_request(request_for: Make, person: Make) -> None:
    other = "sha256:" + "b" * 64
    refused(lambda: raw(request_for(), person("ann"), 0, "sre", other), "digest of its request")


@pytest.mark.parametrize("state", [State.VOID, State.REJECTED, State.CANCELLED])
def test_nobody_signs_what_has_ended(request_for: Make, person: Make, state: State) -> None:
    request = request_for()
    actions.end(request_id=request.pk, state=state)
    refused(lambda: raw(request, person("ann"), 0, "sre"), "has ended")


def test_nobody_signs_after_the_deadline(request_for: Make, person: Make) -> None:
    request = request_for(within=timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.02)")
    refused(lambda: raw(request, person("ann"), 0, "sre"), "time to sign is over")


def test_a_signature_is_withdrawn_never_changed(request_for: Make, sign: Make) -> None:
    made = sign(request_for(), "ann", 0)
    same = Approval.objects.filter(pk=made.pk)
    refused(lambda: same.update(comment="better"), "never changed")
    refused(same.delete, "never deleted")
    same.update(withdrawn_at=clock.now())
    refused(lambda: same.update(withdrawn_at=None), "never changed")


def test_the_time_of_a_signature_is_the_databases(request_for: Make, person: Make) -> None:
    request, before = request_for(), clock.now()
    wrong = Approval.objects.create(
        request=request, person=person("ann"), slot=0, role="sre", digest=DIGEST, method="totp",
        weak=False, signed_at=before - timedelta(hours=1),
    )  # fmt: skip
    wrong.refresh_from_db()
    assert before <= wrong.signed_at <= clock.now()


def test_what_is_signed_never_changes(request_for: Make) -> None:
    same = Request.objects.filter(pk=request_for().pk)
    for change in (
        {"subject_digest": "sha256:" + "b" * 64},
        {"delay": timedelta(seconds=5)},
        {"approve_by": clock.now() + timedelta(days=1)},
        {"subject": "S-2"},
    ):
        refused(lambda change=change: same.update(**change), "never changes")  # type: ignore[misc]


def test_only_a_signature_starts_the_timelock(request_for: Make) -> None:
    request = request_for()
    refused(lambda: Request.objects.filter(pk=request.pk).update(filled_at=clock.now()), "only a signature")


def test_the_slots_never_change(request_for: Make, sign: Make) -> None:
    request = request_for()
    refused(lambda: request.slot_rows.filter(index=1).update(role="sre"), "never change")
    refused(lambda: Slot.objects.filter(request=request).delete(), "never change")
    sign(request, "ann", 0)
    refused(lambda: Slot.objects.create(request=request, index=2, role="data"), "before anyone signs")


def test_effect_needs_every_slot_and_the_whole_timelock(request_for: Make, sign: Make) -> None:
    request = request_for(delay=timedelta(minutes=10))
    same = Request.objects.filter(pk=request.pk)
    effect = {"state": State.EFFECTIVE, "ended_at": clock.now()}
    refused(lambda: same.update(**effect), "every slot|effect_needs")
    sign(request, "ann", 0)
    refused(lambda: same.update(**effect), "every slot|effect_needs")
    sign(request, "bob", 1)
    refused(lambda: same.update(**effect), "outside its time")


def test_an_end_is_final(request_for: Make) -> None:
    request = request_for()
    actions.end(request_id=request.pk, state=State.VOID)
    same = Request.objects.filter(pk=request.pk)
    refused(lambda: same.update(state=State.OPEN, ended_at=None), "has ended")
    refused(lambda: same._raw_delete("default"), "never deleted")


def test_nothing_expires_before_its_deadline(request_for: Make) -> None:
    same = Request.objects.filter(pk=request_for().pk)
    refused(lambda: same.update(state=State.EXPIRED, ended_at=clock.now()), "not over yet")


def test_one_open_request_per_subject(request_for: Make) -> None:
    request_for("S-1")
    refused(
        lambda: Request.objects.create(
            subject="S-1",
            subject_digest=DIGEST,
            delay=timedelta(0),
            approve_by=clock.now() + timedelta(hours=1),
        ),
        "one_open_request_per_subject",
    )


def test_a_timelock_is_never_negative(request_for: Make) -> None:
    refused(
        lambda: Request.objects.create(
            subject="S-9",
            subject_digest=DIGEST,
            delay=timedelta(microseconds=-1),
            approve_by=clock.now() + timedelta(hours=1),
        ),
        "timelock_is_not_negative",
    )
