"""Whoever signs proves themselves for this very act: by passkey, else by code, else by password."""

import json
from datetime import timedelta
from typing import Any

import pytest

from approvals import proving
from approvals.models import Challenge
from approvals.proving import Given, ask, prove
from orr.accounts import lockout, stepup
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import NotAllowed, TooMany
from orr.lib.met import Met, Unmet
from tests.factories.codes import Codes
from tests.factories.people import PASSWORD, person
from tests.factories.signing_keys import SEEN, Passkey

pytestmark = pytest.mark.django_db
DIGEST = "sha256:" + "a" * 64
SESSION = "one-session"


@pytest.fixture
def ann(settings: Any) -> User:
    """Somebody with a password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    who = person("ann", "sre")
    return who


def asked(who: User, digest: str = DIGEST, session: str = SESSION) -> dict[str, Any]:
    return ask(person=who, session=session, digest=digest, roles=["sre"])


def given(who: User, session: str = SESSION, **what: str) -> stepup.Proof:
    return prove(person=who, session=session, given=Given(**what))


def test_a_password_proves_weakly(ann: User) -> None:
    assert given(ann, password=PASSWORD) == stepup.Proof("password")


@pytest.mark.parametrize("what", [{}, {"password": "wrong"}, {"code": "000000"}, {"answer": "{}"}])
def test_what_proves_nothing_is_refused(ann: User, what: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        given(ann, **what)


def test_a_code_counts_once(ann: User) -> None:
    code = Codes(ann).code()
    assert given(ann, code=code) == stepup.Proof("totp")
    with pytest.raises(NotAllowed, match="used already"):
        given(ann, code=code)


def test_an_older_code_never_counts_after_a_newer_one(ann: User) -> None:
    codes = Codes(ann)
    before, now = codes.code(-1), codes.code()
    assert given(ann, code=now).method == "totp"
    with pytest.raises(NotAllowed):
        given(ann, code=before)


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_is_refused(ann: User, steps: int) -> None:
    with pytest.raises(NotAllowed):
        given(ann, code=Codes(ann).code(steps))


def test_who_has_a_code_does_not_sign_by_password(ann: User) -> None:
    Codes(ann)
    with pytest.raises(NotAllowed, match="not with your password"):
        given(ann, password=PASSWORD)


def test_a_passkey_signs_the_digest_it_was_shown(ann: User) -> None:
    key = Passkey(ann)
    proof = given(ann, answer=key.answer(asked(ann)))
    assert proof.method == "passkey"
    assert proof.assertion is not None
    assert proof.assertion["statement"]["digest"] == DIGEST
    assert proof.assertion["statement"]["person"] == str(ann.pk)


def test_an_answer_counts_once(ann: User) -> None:
    answer = Passkey(ann).answer(asked(ann))
    given(ann, answer=answer)
    with pytest.raises(NotAllowed, match="answered already"):
        given(ann, answer=answer)


def test_an_answer_of_another_session_is_refused(ann: User) -> None:
    answer = Passkey(ann).answer(asked(ann))
    with pytest.raises(NotAllowed, match="answered already"):
        given(ann, session="another", answer=answer)


def test_an_answer_of_another_person_is_refused(ann: User) -> None:
    bob = person("bob", "sre")
    Passkey(ann)
    theirs = Passkey(bob)
    with pytest.raises(NotAllowed):
        given(ann, answer=theirs.answer(asked(bob)))
    with pytest.raises(NotAllowed):
        given(ann, answer=theirs.answer(asked(ann)))


def test_an_answer_after_five_minutes_is_refused(ann: User) -> None:
    answer = Passkey(ann).answer(asked(ann))
    Challenge.objects.update(made_at=clock.now() - proving.LIFETIME - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="five minutes"):
        given(ann, answer=answer)


def test_a_passkey_that_did_not_verify_the_person_is_refused(ann: User) -> None:
    with pytest.raises(NotAllowed):
        given(ann, answer=Passkey(ann).answer(asked(ann), flags=SEEN))


@pytest.mark.parametrize("lie", [{"origin": "https://evil.example"}, {"party": "evil.example"}])
def test_an_answer_from_another_place_is_refused(ann: User, lie: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        given(ann, answer=Passkey(ann).answer(asked(ann), **lie))  # type: ignore[arg-type]


def test_a_passkey_that_counts_backwards_is_refused(ann: User) -> None:
    key = Passkey(ann, count=7)
    given(ann, answer=key.answer(asked(ann)))
    key.count = 5
    with pytest.raises(NotAllowed, match="copied"):
        given(ann, answer=key.answer(asked(ann)))


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "9",
        "{",
        "[" * 9000,
        json.dumps({"response": {}}),
        json.dumps({"rawId": 1, "response": None}),
    ],
)
def test_a_broken_answer_is_refused_not_failed(ann: User, broken: str) -> None:
    with pytest.raises(NotAllowed):
        given(ann, answer=broken)


def test_ten_wrong_proofs_close_the_door_for_every_way(ann: User) -> None:
    key = Passkey(ann)
    for _ in range(lockout.LIMITS["step_up"]):
        with pytest.raises(NotAllowed):
            given(ann, password="wrong")
    with pytest.raises(TooMany):
        given(ann, password=PASSWORD)
    with pytest.raises(TooMany):
        given(ann, answer=key.answer(asked(ann)))


def test_passkeys_need_a_safe_address(ann: User, settings: Any) -> None:
    Passkey(ann)
    settings.PUBLIC_URL = "http://orr.example"
    with pytest.raises(NotAllowed, match="HTTPS"):
        asked(ann)
    assert stepup.ways(ann).passkey is False


@pytest.mark.parametrize(
    ("least", "counts"),
    [("password", {"password", "totp", "passkey"}), ("totp", {"totp", "passkey"}), ("passkey", {"passkey"})],
)
def test_a_profile_names_the_weakest_that_counts(least: str, counts: set[str]) -> None:
    assert {method for method in stepup.METHODS if stepup.enough(method, least)} == counts


def test_what_is_missing_is_said(ann: User) -> None:
    found = stepup.ways(ann, "passkey").requirement
    assert isinstance(found, Unmet)
    assert "add one under Settings" in str(found.reason)
    Passkey(ann)
    assert isinstance(stepup.ways(ann, "passkey").requirement, Met)
