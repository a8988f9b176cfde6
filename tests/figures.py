"""Figures that tests count: kept with their reports, summed over the parts, said at the end of the run."""

from collections import Counter
from collections.abc import Callable

import pytest

MARK = "figure: "
Note = Callable[..., None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Note:
    """Note counts under a name: `figure("rounds of 32 racers", rounds=20, violations=0)`."""

    def note(what: str, **counts: int) -> None:
        record_property(MARK + what, counts)

    return note


def lines(reports: list[pytest.TestReport]) -> list[str]:
    """One line for each name, in the order in which they were first noted."""
    sums: dict[str, Counter[str]] = {}
    for report in reports:
        for name, counts in report.user_properties:
            if str(name).startswith(MARK) and isinstance(counts, dict):
                total = sums.setdefault(name, Counter())
                # A count of nothing is what most figures are there to show.
                for key, value in counts.items():
                    total[key] += value
    return [
        f"{name}: {', '.join(f'{value:,} {key}' for key, value in total.items())}"
        for name, total in sums.items()
    ]
