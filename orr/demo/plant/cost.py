"""What the plant's work costs, metered since it began."""

import time
from typing import Any

from orr.demo.plant.metrics import Metrics

BUDGET_PER_HOUR = 35_500.0  # units; about what the load comes to, with a little room


class Meter:
    """Units of work since the start; a month's forecast is the reader's business."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._since = time.time()

    def reading(self) -> dict[str, Any]:
        """Units, the moment metering began (seconds since the epoch), and the budget per hour."""
        units = sum(
            sample.value
            for family in self._metrics.units.collect()
            for sample in family.samples
            if sample.name.endswith("_total")
        )
        return {"units": units, "since": self._since, "now": time.time(), "budget_per_hour": BUDGET_PER_HOUR}
