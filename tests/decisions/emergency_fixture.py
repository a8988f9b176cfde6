"""A review under a profile that allows break-glass, and one decided by it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orr.accounts.models import User
from orr.decisions.models import Decision
from orr.reviews.models import Review
from tests.factories.break_glass import broken, profile_file, signed, waiting
from tests.factories.decisions import effect

Make = Callable[..., Any]
People = dict[str, User]


@pytest.fixture
def emergency(people: People, settings: Any, tmp_path: Path) -> Make:
    """A review that waits on the named items, under a profile that allows break-glass unless said."""
    settings.PLURA_PROFILES = str(tmp_path)

    def make(*codes: str, fields: dict[str, Any] | None = None, **how: Any) -> Review:
        return waiting(profile_file(tmp_path, **how), people["manager"], *codes, **(fields or {}))

    return make


@pytest.fixture
def decided(emergency: Make, people: People) -> Decision:
    """A decision in effect by break-glass past G1.1."""
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    made = effect(signed(proposal, people["sre"], people["security"]))
    assert isinstance(made, Decision)
    return made
