"""The history goes on after the decision: guards read back, stages, and the Exit with its reason."""

from collections.abc import Callable

import pytest
from django.test import Client

from orr.accounts.models import User
from orr.board import reading, story
from orr.exits import actions as exits
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.rollouts import actions as rollouts
from tests.board.test_every_page_opens import assert_sound
from tests.rollouts.conftest import effective as effective
from tests.rollouts.conftest import manager as manager
from tests.rollouts.conftest import receiver as receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def exiting(effective: Callable[..., Review], manager: User) -> Review:
    """A review that went out to 25 % and is being taken back."""
    code = effective().code
    rollouts.start(code=code, actor=manager)
    rollouts.stage(code=code, percent=25, actor=manager)
    exits.start(code=code, actor=manager, reason="Errors rise.")
    return find(code)


def test_each_step_is_told_with_its_person_and_words(exiting: Review) -> None:
    found = story.acts(exiting, reading.facts(exiting.code, exiting.requester))
    told = {one.name: (one.who, one.lines) for one in found}
    assert told["rollout.started"][0] == "Manager"
    assert told["rollout.stage"][1][0] == "25 %"
    assert told["exit.started"] == ("Manager", ("Errors rise.",))
    assert "guard.confirmed" in told
    assert {one.kind for one in found} >= {"review", "decision", "rollout", "exit"}


@pytest.mark.parametrize("kind", ["rollout", "exit"])
def test_it_can_be_asked_for_alone(exiting: Review, client: Client, manager: User, kind: str) -> None:
    client.force_login(manager)
    text = assert_sound(client, f"/orr/{exiting.code}/story?kind={kind}")
    assert "<b>Review opened</b>" not in text
    listed = text[text.index('<ol class="story">') :]
    assert ("25 %" in listed) == (kind == "rollout")
    assert ("Errors rise." in text) == (kind == "exit")
