"""An Exit opens a root-cause analysis from its start; no paperwork holds it up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orr.decisions import analyses
from orr.decisions.rca_models import Rca
from orr.exits.models import Run
from orr.reviews.acts import find
from orr.tlog import log
from tests.exits.conftest import Rolling

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_open_from_the_moment_exit_was_pressed(rolling: Rolling, press: Callable[..., Run]) -> None:
    run = press(rolling())
    owed = Rca.objects.get(review=run.review)
    assert (owed.cause, owed.recorded_at) == ("exit", None)
    assert owed.due_at - owed.opened_at == timedelta(hours=48)
    assert timedelta(0) <= owed.opened_at - run.started_at < timedelta(seconds=30)
    assert "rca.opened" in [entry.kind for entry in log.entries_of(run.review.code)]


def test_pressing_twice_opens_one(rolling: Rolling, press: Callable[..., Run]) -> None:
    run = press(rolling())
    assert press(find(run.review.code)) == run
    assert Rca.objects.filter(review=run.review).count() == 1


def test_an_analysis_that_cannot_be_opened_holds_no_exit_up(
    rolling: Rolling, press: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_how: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(analyses, "open_for", fail)
    run = press(rolling())
    assert run.state == "running" and not Rca.objects.exists()
