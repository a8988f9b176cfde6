"""A person proves themselves for one signature: a passkey over its digest, else a code, else a password."""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from approvals import assertion
from approvals.models import Challenge
from orr.accounts import lockout, stepup
from orr.accounts.models import User
from orr.accounts.proofs import passkey
from orr.accounts.stepup import Proof
from orr.lib import clock
from orr.lib.errors import NotAllowed
from orr.lib.sentence import say

LIFETIME = timedelta(minutes=5)
LONGEST = 16_384
NOT_ASKED = say("What your passkey answered was not asked here, or was answered already; try again.")
STALE = say("What your passkey was asked is older than five minutes; try again.")


@dataclass(frozen=True)
class Given:
    """What came with a form: a password, a one-time code, a passkey's answer in JSON; one of them counts."""

    password: str = ""
    code: str = ""
    answer: str = ""


def ask(
    *, person: User, session: str, digest: str, roles: Collection[str], principal: User | None = None
) -> dict[str, Any]:
    """The question for the person's passkey: sign `digest`, in one of `roles`, for `principal` or oneself.

    It holds for this session, once, for five minutes. Raises NotAllowed where no passkey can answer.
    """
    stated = assertion.statement(
        digest=digest, person=str(person.pk), roles=list(roles), nonce=secrets.token_hex(16),
        principal=str(principal.pk) if principal else None,
    )  # fmt: skip
    question = assertion.challenge(stated)
    options = passkey.ask(person, question)
    now = clock.now()
    Challenge.objects.filter(made_at__lte=now - LIFETIME).delete()
    Challenge.objects.create(
        challenge=question.hex(), person=person, session=_hash(session), statement=stated, made_at=now
    )
    return options


def prove(*, person: User, session: str, given: Given) -> Proof:
    """The person, proved for one act; every code and every question counts once, also when the act fails.

    Raises NotAllowed for what proves nothing, TooMany after ten wrong ones in 15 minutes.
    """
    if not given.answer:
        return Proof(stepup.verify(person, password=given.password, code=given.code))
    lockout.attempt("step_up", str(person.pk))
    proof = _by_passkey(person, session, given.answer)
    lockout.clear("step_up", str(person.pk))
    return proof


def _by_passkey(person: User, session: str, answer: str) -> Proof:
    response = _json(answer)
    question = passkey.challenge_in(response)
    taken = _taken(person, session, question)
    if taken is None or not person.is_active:
        raise NotAllowed(NOT_ASKED)
    stated, fresh = taken
    if not fresh:
        raise NotAllowed(STALE)
    answered = passkey.complete(person, question, response)
    return Proof(stepup.PASSKEY, {"statement": stated, **asdict(answered)})


@transaction.atomic
def _taken(person: User, session: str, question: bytes) -> tuple[dict[str, Any], bool] | None:
    """The statement that was asked, which nobody can answer again, and whether that was not too long ago."""
    rows = Challenge.objects.select_for_update()
    row = rows.filter(pk=question.hex(), person=person, session=_hash(session)).first()
    if row is None:
        return None
    row.delete()
    return row.statement, clock.now() - row.made_at < LIFETIME


def _json(answer: str) -> Any:
    try:
        found = json.loads(answer) if len(answer) <= LONGEST else None
    except (ValueError, RecursionError) as error:
        raise NotAllowed(passkey.WRONG) from error
    if not isinstance(found, dict):
        raise NotAllowed(passkey.WRONG)
    return found


def _hash(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
