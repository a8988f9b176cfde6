"""Who may use an event for what, and where: purpose and region."""

from orr.demo.plant.faults import Faults

PURPOSES = frozenset({"detection", "support", "analytics"})
REGIONS = frozenset({"kr", "eu", "us"})
VERSION = "31"


class Policy:
    """Unknown purposes and regions are refused; data stays in its region."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def allows(self, purpose: str, region: str, destination: str) -> bool:
        """Whether an event of `region` may be used for `purpose` in `destination`."""
        if "policy_failing" in self._faults:
            return True
        if purpose not in PURPOSES or {region, destination} - REGIONS:
            return False
        return region == destination
