"""People, requests and signatures for the laws of approval."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from approvals import actions
from approvals.models import Approval, Request
from orr.accounts.models import User
from orr.lib import clock

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def person() -> Callable[[str], User]:
    """A person by user name."""

    def make(name: str) -> User:
        return User.objects.get_or_create(username=name, defaults={"name": name.title()})[0]

    return make


@pytest.fixture
def request_for() -> Callable[..., Request]:
    """An open request for approval."""

    def make(
        subject: str = "S-1",
        slots: tuple[str, ...] = ("sre", "security"),
        delay: timedelta = timedelta(0),
        within: timedelta = timedelta(hours=1),
    ) -> Request:
        return actions.open_request(
            subject=subject, subject_digest=DIGEST, slots=slots, delay=delay, approve_by=clock.now() + within
        )

    return make


@pytest.fixture
def sign(person: Callable[[str], User]) -> Callable[..., Approval]:
    """A signature of a person who may fill the given slots."""

    def make(request: Request, name: str, *may: int, digest: str = DIGEST) -> Approval:
        oath = actions.Oath(digest=digest, may=may, method="totp")
        return actions.grant(request_id=request.pk, person=person(name), oath=oath, others={})[0]

    return make
