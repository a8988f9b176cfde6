"""Whatever order people, sources, time and the system act in: the laws of deciding hold after every step."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.decisions.sequences import Deciding
from tests.decisions.worlds import short_times, world
from tests.figures import Note

STEPS = 30
# In parts, so that each stays within the time that one test is given.
FEW, MANY, EACH = 10, 400, 50
PARTS = [*range(FEW), *(pytest.param(part, marks=pytest.mark.heavy) for part in range(FEW, MANY))]


@pytest.fixture
def deciding(profile: Callable[..., str], db: None) -> Iterator[type[Deciding]]:
    """The machine, in a world of its own."""
    with short_times() as times:
        Deciding.world, Deciding.times = world(), times
        Deciding.seen.clear()
        yield Deciding


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_no_random_sequence_breaks_a_law(deciding: Any, figure: Note, part: int) -> None:
    began = monotonic()
    run_state_machine_as_test(
        seed(part)(deciding),
        settings=settings(
            max_examples=EACH,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    seen = deciding.seen
    print(f"\nrandom sequences, part {part}: {monotonic() - began:.0f} s, {dict(seen)}")
    figure(
        f"random sequences of {STEPS} steps and more, over two reviews",
        **{name: seen[name] for name in ("sequences", "steps", "effects", "refused", "violations")},
    )


@pytest.mark.slow
def test_the_world_of_the_sequences_lets_a_go_take_effect(deciding: Any) -> None:
    # A part of the random ones may come to no effect at all; that there can be one is shown here.
    for _ in range(5):
        machine = deciding()
        machine.go_straight(review=0, far=4, sre="sre")
        machine.teardown()
    assert deciding.seen["effects"] > 0
