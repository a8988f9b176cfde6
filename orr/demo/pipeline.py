"""The pipeline: runs its suites against the plant and pushes each result to every open review.

A result is pushed when the review has none, when it came out differently than last time, and when half of
its life is over. Run alone: `python -m orr.demo.pipeline`.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from orr.demo.checks import data, operations, policy
from orr.demo.checks.suite import Case, Outcome, junit, run
from orr.demo.place import here
from orr.demo.site import Refused, Site

OPEN = ("checking", "proposed", "void")
PAUSE = 10.0  # seconds between rounds
# What the product measures itself where a change set brings its files along.
READ_THERE = "G4.1"
AGAIN = 600.0  # seconds after which an unchanged result is pushed again
_log = logging.getLogger(__name__)
ChangeSet = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One item's suite; `candidate` results are of the change set's own digests, `shared` ones of none."""

    item: str
    name: str
    cases: Callable[[httpx.Client, ChangeSet], Iterator[Case]]
    candidate: bool = False
    shared: bool = False


CHECKS = (
    Check("G3.1", "purpose and region", lambda plant, _: policy.enforced(plant), shared=True),
    Check("G3.3", "policy tests", lambda plant, _: policy.tested(plant), shared=True),
    Check("G4.1", "OCSF and Sigma", data.conforming),
    Check("G4.4", "replay", data.replayed, candidate=True),
    Check("G5.2", "flags answer", operations.mitigated),
    Check("G6.1", "point-in-time restore", lambda plant, _: operations.restored(plant, "pitr"), shared=True),
    Check("G6.2", "snapshot restore", lambda plant, _: operations.restored(plant, "snapshot"), shared=True),
    Check("G6.3", "rehydration", lambda plant, _: operations.restored(plant, "rehydrate"), shared=True),
)


class Pipeline:
    """Tests the plant that `plant` reaches, pushes to `site`."""

    def __init__(self, site: Site, plant: httpx.Client) -> None:
        self._site = site
        self._plant = plant
        self._link = str(plant.base_url).rstrip("/")
        self._known: dict[tuple[str, str], tuple[frozenset[str], ChangeSet]] = {}
        self._shared: dict[str, list[Outcome]] = {}
        self._last: dict[tuple[str, str], tuple[str, float]] = {}

    def run(self, stop: threading.Event) -> None:
        """Round after round until told to stop; a site or plant that is away is asked again later."""
        while not stop.is_set():
            try:
                self.round()
            except (httpx.HTTPError, Refused) as away:
                _log.warning("pipeline: %s", away)
            stop.wait(PAUSE)

    def round(self) -> None:
        """Every check of every open review once. Raises httpx's errors and Refused."""
        self._shared.clear()
        for row in self._site.reviews(*OPEN):
            code = row["id"]
            wanted, change_set = self._asked(code, row["change_set_digest"])
            for check in CHECKS:
                if check.item in wanted:
                    self._check(code, check, change_set, row["change_set_digest"])
            if "G5.1" in wanted:
                self._cost(code)

    def _asked(self, code: str, digest: str) -> tuple[frozenset[str], ChangeSet]:
        """The items that apply to a change set, and the change set; asked once for each digest."""
        if (code, digest) not in self._known:
            body = self._site.checklist(code)
            items = (item for gate in body["gates"] for item in gate["items"])
            applying = frozenset(item["code"] for item in items if item["verdict"] != "not_applicable")
            if any(item.get("files") for item in body["change_set"]["items"]):
                applying -= {READ_THERE}
            self._known[code, digest] = applying, body["change_set"]
        return self._known[code, digest]

    def _check(self, code: str, check: Check, change_set: ChangeSet, digest: str) -> None:
        try:
            outcomes = self._outcomes(check, change_set)
        except (httpx.HTTPError, ValueError, KeyError) as broken:
            # The suite could not even list its cases: nothing is known, so nothing is pushed.
            _log.warning("%s %s: %s", code, check.item, broken)
            return
        said = ",".join(sorted(outcome.name for outcome in outcomes if not outcome.passed)) or "passed"
        # Every check of a candidate looks at the whole change set.
        digests = [item["to"].get("digest") for item in change_set["items"]] + [digest]
        body: dict[str, Any] = {
            "id": code,
            "item": check.item,
            "format": "junit",
            "content": junit(check.name, outcomes),
            "measured_on": "candidate" if check.candidate else "baseline",
            "url": self._link,
        }
        named = [digest for digest in digests if digest] if check.candidate else []
        self._push(said, body | ({"subject_digests": named} if named else {}))

    def _outcomes(self, check: Check, change_set: ChangeSet) -> list[Outcome]:
        """What doesn't depend on the change set is run once a round."""
        if not check.shared:
            return run(check.cases(self._plant, change_set))
        if check.item not in self._shared:
            self._shared[check.item] = run(check.cases(self._plant, change_set))
        return self._shared[check.item]

    def _cost(self, code: str) -> None:
        found = operations.overage(self._plant)
        if found is None:
            return
        body = {"id": code, "item": "G5.1", "format": "number", "value": round(found, 2), "unit": "%"}
        said = "over" if found >= 10 else "within"
        self._push(said, body | {"measured_on": "baseline", "url": f"{self._link}/cost"})

    def _push(self, said: str, body: dict[str, Any]) -> None:
        place = (body["id"], body["item"])
        before, at = self._last.get(place, ("", 0.0))
        if said == before and time.monotonic() - at < AGAIN:
            return
        try:
            self._site.post("/v1/orr/evidence", body)
        except Refused as refused:
            _log.warning("%s %s was not taken: %s", *place, refused)
            return
        self._last[place] = (said, time.monotonic())


def main() -> None:
    """Run alone, beside a site that was started elsewhere."""
    place = here()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    Pipeline(place.site("pipeline"), place.plant()).run(threading.Event())


if __name__ == "__main__":
    main()
