"""What the demo's people do about one review, step by step, each at a browser or by the API."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from orr.demo.browser import Person
from orr.demo.deployer import Deployer
from orr.demo.scenario.others import Other
from orr.demo.site import Site
from orr.demo.story import Story

# Who attests what, and in which words.
STATEMENTS = {
    "G6.4": ("data", "No stored record is deleted or moved by this change; the two open legal holds stand."),
    "G7.4": ("product", "The runbooks of the touched services were read and brought up to date."),
}
Review = Mapping[str, Any]


class Cast:
    """The people with their browsers, the release manager's token, the deployer."""

    def __init__(self, site: Site, deployer: Deployer, story: Story) -> None:
        self._site, self._deployer, self._story = site, deployer, story
        names = ("manager", "sre", "security", "product", "data")
        self._people = {name: Person(site.base, name) for name in names}

    def attest(self, key: str, review: Review, items: frozenset[str]) -> None:
        """Every statement that is still missing, in the role that may make it."""
        for gate in review["gates"]:
            for item in gate["items"]:
                code = item["code"]
                if code not in items or self._story.done(key, code):
                    continue
                if item["verdict"] == "pending" and not item["attested"]:
                    who, words = STATEMENTS[code]
                    self._people[who].submit(f"/orr/{review['id']}/items/{code}", {"statement": words})
                self._story.note(key, code)

    def has_part(self, other: Other, state: str) -> bool:
        """Whether there is anything to do about a review in this state."""
        match state:
            case "checking":
                return True
            case "proposed":
                return not all(self._story.done(other.key, f"sign {who}") for who in other.signers)
            case "effective":
                return other.rolls_out
            case "observing":
                return other.closes and not self._story.done(other.key, "close")
        return False

    def act(self, other: Other, review: Review) -> None:
        """The next step that this review's state lets somebody take."""
        state = review["state"]
        if state == "checking":
            self._once(other, "no_go" if other.no_go else "decide", review, self._decide)
        elif state == "proposed":
            for who in other.signers:
                self._once(other, f"sign {who}", review, partial(self._sign, who))
        elif state == "effective" and other.rolls_out:
            self._deployer.ask(review["id"])
        elif state == "observing" and other.closes and review["rollout"]["observation_over"]:
            self._once(other, "close", review, self._close)

    def _once(self, other: Other, step: str, review: Review, work: Callable[[Other, Review], bool]) -> None:
        if not self._story.done(other.key, step) and work(other, review):
            self._story.note(other.key, step)

    def _decide(self, other: Other, review: Review) -> bool:
        decision = "no_go" if other.no_go else "go_with_guards"
        ready = _measured(review) if other.no_go else _possible(review, decision)
        if not ready or not (other.guards or other.no_go):
            return False
        body = {
            "id": review["id"],
            "decision": decision,
            "guards": list(other.guards),
            "reason": other.no_go or other.reason,
            "expected_digest": review["change_set_digest"],
        }
        self._site.post("/v1/orr/decide", body)
        return True

    def _sign(self, who: str, other: Other, review: Review) -> bool:
        values = {"judgement": "approve", "comment": ""}
        self._people[who].submit(f"/orr/{review['id']}/approve", values, password_field="password")  # noqa: S106
        return True

    def _close(self, other: Other, review: Review) -> bool:
        self._people["manager"].submit(f"/orr/{review['id']}/rollout", {"act": "close"})
        return True


def _possible(review: Review, decision: str) -> bool:
    return any(o["decision"] == decision and o["possible"] for o in review["options"])


def _measured(review: Review) -> bool:
    """Whether the first collection is over: nobody refuses a change before it was looked at."""
    return bool(review["progress"]["done"]) and not review["progress"]["running"]
