"""Beat sends only what a worker can take, and nothing piles up while there is none."""

import pytest

from orr.celery import SWEEPS, app, schedule


@pytest.mark.parametrize("task", sorted(SWEEPS))
def test_every_sweep_is_a_task(task: str) -> None:
    app.loader.import_default_modules()
    assert task in app.tasks


def test_a_sweep_nobody_took_is_dropped() -> None:
    for entry in schedule(SWEEPS).values():
        assert entry["options"]["expires"] <= 5 * entry["schedule"]
