"""What an administrator can do to an approver's way in does not reach the approver's signature."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Approval
from orr.accounts import links
from orr.accounts.models import User
from orr.lib.errors import NotAllowed
from tests.factories.decisions import effect, sign
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def taken_over(user: User) -> User:
    """The administrator makes a link, uses it themselves, and sits there as that person."""
    link = links.make(user, actor=person("root", "admin"))
    return links.use(link.rsplit("/", 1)[1], password="known-to-the-administrator")


def test_an_administrator_cannot_sign_as_an_approver(
    proposed: Callable[..., Any], people: dict[str, User]
) -> None:
    proposal = proposed()
    with pytest.raises(NotAllowed):
        sign(proposal, taken_over(people["sre"]))
    assert not Approval.objects.exists()


def test_a_signature_of_who_was_let_in_anew_since_carries_no_effect(
    proposed: Callable[..., Any], people: dict[str, User]
) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    sign(proposal, people["security"])
    taken_over(people["sre"])
    assert isinstance(effect(proposal), str), "not a decision, but why there is none"
