"""Plays the demo: settles accounts, sources and profiles, opens the reviews, and lets its people act.

`python -m orr.demo.play`, started beside the web server; ends with it. Everything happens by the acts that
the product offers; what was done once isn't done again at the next start.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import django
import httpx
from django.core.management import call_command

from orr.demo.browser import NotAccepted
from orr.demo.deployer import Deployer
from orr.demo.order import Hand
from orr.demo.people_at_work import Cast
from orr.demo.pipeline import Pipeline
from orr.demo.place import Place, here
from orr.demo.scenario.others import ALL_BY_HAND, Other, others
from orr.demo.scenario.parts import shelf
from orr.demo.scenario.worked import PROFILE, example
from orr.demo.settle import settle
from orr.demo.site import Refused
from orr.demo.story import Story

PAUSE = 2.0  # seconds between rounds
LOOK = 6.0  # seconds between looks at a review whose state stays
PLAYED = ("checking", "proposed", "effective", "observing")
RECOLLECT = 20.0  # seconds after which sources are asked again while something waits for them
WORKED = "worked"
_log = logging.getLogger("play")


class Play:
    """All threads of the demo beside the plant: the people, the pipeline, the deployer."""

    def __init__(self, place: Place) -> None:
        self._place, self._stop = place, threading.Event()
        self._site = place.site("play")
        self._story = Story(place.own / "story.json")
        hand = Hand(f"{place.plant_url}/driver", place.plant_secret_file.read_text().strip())
        self._deployer = Deployer(place.site("deployer"), hand, place.own / "deployer.json")
        self._pipeline = Pipeline(place.site("pipeline"), place.plant())
        self._cast = Cast(self._site, self._deployer, self._story)
        self._asked: dict[str, float] = {}
        self._looked: dict[str, tuple[str, float]] = {}
        self._files: Mapping[str, bytes] = {}

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Until stopped."""
        found = shelf(self._place.plant_url)
        self._files = found.files
        threads = [
            threading.Thread(target=work, args=(self._stop,), daemon=True)
            for work in (self._pipeline.run, self._deployer.run)
        ]
        self._attempt(WORKED, partial(self._open, WORKED, PROFILE, example(found)))
        for thread in threads:
            thread.start()
        cast = others(found)
        for other in cast:
            self._attempt(other.key, partial(self._open, other.key, other.profile, other.change_set))
        while not self._stop.is_set():
            self._attempt("round", lambda: self._round(cast))
            self._stop.wait(PAUSE)

    def _round(self, cast: Sequence[Other]) -> None:
        states = self._states()
        self._attempt(WORKED, partial(self._worked, ALL_BY_HAND, states))
        for other in cast:
            self._attempt(other.key, partial(self._other, other, states))

    def _worked(self, by_hand: frozenset[str], states: Mapping[str, str]) -> None:
        """The example is checked and attested; deciding it is left to who looks at it."""
        state = states.get(self._story.code(WORKED) or "")
        if state == "checking" and self._due(WORKED, state):
            review = self._review(WORKED)
            self._cast.attest(WORKED, review, by_hand)
            self._collect(review)

    def _other(self, other: Other, states: Mapping[str, str]) -> None:
        self._open(other.key, other.profile, other.change_set)
        state = states.get(self._story.code(other.key) or "")
        if state is None or not self._cast.has_part(other, state) or not self._due(other.key, state):
            return
        review = self._review(other.key)
        if review["state"] == "checking":
            self._cast.attest(other.key, review, other.by_hand)
            self._collect(review)
        self._cast.act(other, review)

    def _due(self, key: str, state: str) -> bool:
        """A review is looked at when its state is new, and from time to time while it stays."""
        now = time.monotonic()
        before, at = self._looked.get(key, ("", 0.0))
        if state == before and now - at < LOOK:
            return False
        self._looked[key] = state, now
        return True

    def _states(self) -> dict[str, str]:
        return {row["id"]: row["state"] for row in self._site.reviews(*PLAYED)}

    def _open(self, key: str, profile: str, change_set: Mapping[str, Any]) -> None:
        if self._story.code(key) is not None:
            return
        titles = {row["title"]: row["id"] for row in self._site.get("/v1/orr", limit="100")["reviews"]}
        if change_set["title"] not in titles:
            for file in (one for item in change_set["items"] for one in item.get("files", ())):
                self._site.keep(self._files[file["sha256"]])
            body = {"change_set": change_set, "profile": profile}
            titles[change_set["title"]] = self._site.post("/v1/orr/start", body)["id"]
        self._story.note(key, "id", str(titles[change_set["title"]]))

    def _review(self, key: str) -> Any:
        code = self._story.code(key)
        return None if code is None else self._site.checklist(code)

    def _collect(self, review: Mapping[str, Any]) -> None:
        """Ask again where a source had too little to say yet, as a person would by the button."""
        verdicts = {item["verdict"] for gate in review["gates"] for item in gate["items"] if not item["push"]}
        waiting = not review["progress"]["running"] and verdicts & {"pending", "error", "stale"}
        code = review["id"]
        if waiting and time.monotonic() - self._asked.get(code, 0.0) >= RECOLLECT:
            self._asked[code] = time.monotonic()
            self._site.post("/v1/orr/collect", {"id": code})

    def _attempt(self, key: str, work: Callable[[], None]) -> None:
        """One review's trouble stops no other; it is tried again in the next round."""
        try:
            work()
        except (httpx.HTTPError, Refused, NotAccepted) as refused:
            _log.warning("%s: %s", key, refused)


def main() -> None:
    """Wait for plant and site, settle, play until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orr.settings")
    django.setup()
    place = here()
    _wait(f"{place.plant_url}/healthz")
    settle(place)
    call_command("demo_accounts")
    _wait(f"{place.base}/healthz")
    play = Play(place)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: play.stop())
    play.run()


def _wait(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            if time.monotonic() > end:
                sys.exit(f"{url} does not answer")
        time.sleep(0.3)


if __name__ == "__main__":
    main()
