"""The deployer: sets guards when a decision takes effect, and rolls out what a review lets it.

It reads what is decided from the product, writes to the plant only, and says what it did. Guards are set
while the decision is effective; values change only while the review is rolling out; it stops the moment an
Exit begins. Run alone: `python -m orr.demo.deployer`.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from orr.demo.order import Hand, NotDone, plants_own
from orr.demo.place import here
from orr.demo.plant.catalogue import Catalogue
from orr.demo.site import Refused, Site

PAUSE = 1.5  # seconds between looks
LOOK = 5.0  # seconds between looks at a stage that still has to run
UNDER_WAY = ("effective", "rolling_out", "exiting")
OVER = ("exited", "withdrawn")
SELDOM = 10.0  # seconds between looks at what is over: it only matters after a restart
_WEIGHT = "plant/weight/"
_log = logging.getLogger(__name__)
Review = Mapping[str, Any]


class Deployer:
    """`notes` is where it remembers what guards replaced, so that a withdrawn review leaves no trace."""

    def __init__(self, site: Site, hand: Hand, notes: Path) -> None:
        self._site, self._hand, self._notes = site, hand, notes
        self._before: dict[str, dict[str, str]] = json.loads(notes.read_text()) if notes.exists() else {}
        self._asked: set[str] = set()
        self._over: set[str] = set()
        self._again: dict[str, float] = {}

    def ask(self, code: str) -> None:
        """Start this review's rollout as soon as its decision lets it."""
        self._asked.add(code)

    def run(self, stop: threading.Event) -> None:
        """Look again and again until told to stop."""
        while not stop.is_set():
            try:
                self.round()
            except (httpx.HTTPError, Refused) as away:
                _log.warning("deployer: %s", away)
            stop.wait(PAUSE)

    def round(self) -> None:
        """One look at every review that concerns it. Raises httpx's errors and Refused."""
        over = self._due(",".join(OVER), SELDOM)
        for row in self._site.reviews(*UNDER_WAY, *(OVER if over else ())):
            code, state = row["id"], row["state"]
            if code in self._over or not self._due(f"{code} {state}", LOOK, code in self._asked):
                continue
            try:
                self._handle(self._site.checklist(code))
            except (NotDone, Refused) as why:
                _log.warning("%s: %s", code, why)

    def _due(self, what: str, seconds: float, at_once: bool = False) -> bool:
        """Whether it is time for another look; a new state is looked at at once."""
        now = time.monotonic()
        if now < self._again.get(what, 0.0) and not at_once:
            return False
        self._again[what] = now + seconds
        return True

    def _handle(self, review: Review) -> None:
        match review["state"]:
            case "effective":
                self._set_guards(review)
                if review["id"] in self._asked:
                    self._site.post("/v1/orr/rollout", {"id": review["id"], "event": "started"})
                    self._asked.discard(review["id"])
            case "rolling_out":
                self._set_guards(review)
                self._roll_out(review)
            case "exiting" | "exited":
                for target in _weights(review):
                    self._hand.order(target, "100", f"{review['id']} exit {target}")
                self._over.add(review["id"])
            case "withdrawn":
                self._give_back(review["id"])

    def _set_guards(self, review: Review) -> None:
        """Every guard's value once; a value that somebody changed later stays changed, and is seen."""
        code = review["id"]
        for guard in review["guards"]:
            target = plants_own(guard["target"] or "")
            if target is None or target in self._before.get(code, {}):
                continue
            self._remember(code, target, self._hand.current(target))
            self._hand.order(target, str(guard["value"]), f"{code} guard {target}")

    def _roll_out(self, review: Review) -> None:
        """One step: the next stage if its time has come, the values when the first begins, the end."""
        rollout = review["rollout"]
        due = _next_stage(rollout)
        if due is None or rollout["guards_lost"]:
            return
        code = review["id"]
        if due == "finished":
            self._site.post("/v1/orr/rollout", {"id": code, "event": "finished"}, key=f"{code} finished")
            return
        # Said before it is done: the weight is then known as the rollout's own when it is read back.
        self._site.post(
            "/v1/orr/rollout", {"id": code, "event": "stage", "percent": due}, key=f"{code} stage {due}"
        )
        for target in _weights(review):
            self._hand.order(target, str(due), f"{code} {target} {due}")
        if rollout["percent"] in (None, 0):
            self._apply(review)

    def _apply(self, review: Review) -> None:
        code = review["id"]
        for target, value in _values(review["change_set"]):
            if self._site.checklist(code)["state"] != "rolling_out":
                return
            self._hand.order(target, value, f"{code} {target} {value}")

    def _give_back(self, code: str) -> None:
        """What guards replaced, where no rollout came of it: there is no Exit that would do it."""
        for target, value in self._before.get(code, {}).items():
            self._hand.order(target, value, f"{code} back {target}")
        self._over.add(code)

    def _remember(self, code: str, target: str, value: str) -> None:
        self._before.setdefault(code, {})[target] = value
        fresh = self._notes.with_suffix(".new")
        fresh.write_text(json.dumps(self._before))
        fresh.replace(self._notes)


def _next_stage(rollout: Mapping[str, Any]) -> int | str | None:
    """The percent of the stage that is due, `finished` after the last one, None while one still runs."""
    stages = rollout["stages"]
    reached = [stage for stage in stages if stage["percent"] <= (rollout["percent"] or 0)]
    if not reached:
        return int(stages[0]["percent"])
    entered = [event["at"] for event in rollout["events"] if event["event"] == "stage"]
    if not entered or time.time() - _seconds(entered[-1]) < reached[-1]["seconds"]:
        return None
    return "finished" if len(reached) == len(stages) else int(stages[len(reached)]["percent"])


def _weights(review: Review) -> list[str]:
    """The traffic weights of the services that the change touches."""
    guards = [guard["target"] or "" for guard in review["guards"]]
    services = [f"{_WEIGHT}{service}" for service in review["service_ids"]]
    known = {f"plant/{name}" for name in Catalogue().targets if name.startswith("weight/")}
    return sorted(known.intersection([*guards, *services]))


def _values(change_set: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each item's target at the plant and the value it goes to."""
    for item in change_set["items"]:
        target = plants_own(item.get("target") or "")
        if target is not None:
            yield target, item["to"].get("digest") or item["to"]["version"]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> None:
    """Run alone, beside a site and a plant that were started elsewhere."""
    place = here()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    hand = Hand(f"{place.plant_url}/driver", place.plant_secret_file.read_text().strip())
    Deployer(place.site("deployer"), hand, place.own / "deployer.json").run(threading.Event())


if __name__ == "__main__":
    main()
