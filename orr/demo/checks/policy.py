"""Gate 3: the plant's policy is asked what it allows."""

from collections.abc import Iterator
from itertools import product

import httpx

from orr.demo.checks.suite import Case

_PURPOSES = ("detection", "support", "analytics")
_REGIONS = ("kr", "eu", "us")


def enforced(plant: httpx.Client) -> Iterator[Case]:
    """G3.1: purpose and region are enforced where it matters: nothing of kr leaves it, no purpose is new."""
    for purpose, abroad in product(_PURPOSES, ("eu", "us")):
        yield _case(plant, purpose, "kr", abroad, allowed=False)
    yield _case(plant, "marketing", "kr", "kr", allowed=False)
    yield _case(plant, "detection", "kr", "kr", allowed=True)


def tested(plant: httpx.Client) -> Iterator[Case]:
    """G3.3: the policy's own tests: every purpose in every pair of regions, and what is unknown."""
    for purpose, region, destination in product(_PURPOSES, _REGIONS, _REGIONS):
        yield _case(plant, purpose, region, destination, allowed=region == destination)
    for purpose in ("", "marketing", "training"):
        yield _case(plant, purpose, "eu", "eu", allowed=False)
    yield _case(plant, "detection", "moon", "moon", allowed=False)


def _case(plant: httpx.Client, purpose: str, region: str, destination: str, *, allowed: bool) -> Case:
    def ask() -> str | None:
        asked = {"input": {"purpose": purpose, "region": region, "destination": destination}}
        answer = plant.post("/v1/data/plant/allow", json=asked).raise_for_status().json()["result"]
        return None if answer is allowed else f"expected {allowed}, the policy said {answer}"

    word = "allows" if allowed else "refuses"
    return Case(f"{word} {purpose or 'no purpose'} from {region} to {destination}", ask)
