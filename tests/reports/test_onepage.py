"""Laws of the report's one page: what isn't known is said, what is cut is counted, weak is marked."""

from typing import Any

import pytest
from django.utils import translation

from orr.reports import moments, onepage
from orr.reports.onepage import Pinned
from orr.reports.room import ROOMS, Room, cut
from tests.reports.example import change, facts, item


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def told(known: dict[str, Any], room: Room = ROOMS[0]) -> dict[str, Any]:
    pinned = Pinned(48_121, "8f03" * 16)
    return onepage.context(known, room=room, pinned=pinned, url="http://localhost/orr/ORR-0142", zone="UTC")


def test_an_unsimulated_risk_is_called_unknown_and_shows_no_number() -> None:
    risk = told(facts())["figures"][1]
    assert risk["value"] == "unknown"
    assert not any(char.isdigit() for char in risk["value"] + risk["note"])


def test_a_simulated_risk_shows_score_and_what_remains() -> None:
    risk = facts()["risk"] | {"score": 4.6, "planned_residual": 2.4}
    assert told(facts(risk=risk))["figures"][1] == {"title": "Risk", "value": "4.6 → 2.4", "note": "planned"}
    proven = told(facts(risk=risk | {"proven_residual": 2.2}))["figures"][1]
    assert (proven["value"], proven["note"]) == ("4.6 → 2.2", "proven")


def test_a_signature_by_password_alone_is_marked_weak() -> None:
    rows = told(facts())["signatures"]["rows"]
    assert [(row["name"], row["weak"]) for row in rows] == [("박지훈", False), ("이서연", True)]


def test_an_empty_slot_is_shown_as_not_signed() -> None:
    approval = facts()["approval"]
    approval["slots"][1] |= {"person": None, "signed_at": None, "method": None, "weak": False}
    row = told(facts(approval=approval))["signatures"]["rows"][1]
    assert (row["name"], row["signed"], row["at"]) == ("not signed", False, "–")


@pytest.mark.parametrize("verdict", ["red", "pending"])
def test_an_item_that_does_not_pass_says_so(verdict: str) -> None:
    known = facts()
    known["gates"][0]["items"][1] = item("G1.2", verdict)
    shown = told(known)["gates"][0]["items"]
    assert shown[0]["marks"] == ""
    assert shown[1]["marks"] == {"red": "Fail", "pending": "Pending"}[verdict]
    assert not shown[1]["passes"]


def test_an_attested_item_names_who_attested_it_and_an_earlier_red_is_told() -> None:
    known = facts()
    stated = {"by": "윤가람", "role": "Data", "statement": "s", "at": "2026-11-22T14:00:00Z"}
    known["gates"][5]["items"][3] |= {"attested": stated, "earlier_red": {"at": "x", "display": "y"}}
    assert told(known)["gates"][5]["items"][3]["marks"] == "attested, 윤가람, red before"


def test_items_that_do_not_apply_are_named() -> None:
    known = facts()
    known["gates"][3]["items"][1] = item("G4.2", "not_applicable")
    gate = told(known)["gates"][3]
    assert gate["absent"] == ["G4.2"] and gate["unadopted"] == []
    assert len(gate["items"]) == 3


def test_what_the_profile_does_not_adopt_is_told_apart_from_what_does_not_apply() -> None:
    known = facts()
    known["gates"][3]["items"][1] = item("G4.2", "not_applicable")
    known["gates"][3]["items"][2] = item("G4.3", "not_applicable") | {"adopted": False}
    gate = told(known)["gates"][3]
    assert (gate["absent"], gate["unadopted"]) == (["G4.2"], ["G4.3"])


def test_what_does_not_fit_is_counted() -> None:
    known = facts(change_set={"items": [change(n) for n in range(40)]})
    changes = told(known)["changes"]
    assert (len(changes["rows"]), changes["more"]) == (10, 30)
    assert told(known, ROOMS[-1])["changes"]["more"] == 37


def test_only_web_addresses_become_links() -> None:
    known = facts()
    known["gates"][0]["items"][0]["evidence"][0]["url"] = "file:///etc/passwd"
    assert told(known)["gates"][0]["link"]["url"] == ""


def test_before_a_decision_the_state_stands_in_its_place() -> None:
    verdict = told(facts(decision=None, state_title="Proposed"))["verdict"]
    assert verdict == {"title": "Proposed", "note": "proposed: Go with Guards", "kind": "open"}
    nothing = told(facts(decision=None, approval=None, state_title="Checking"))
    assert nothing["verdict"]["note"] == "No decision yet"
    step = {"sentence": "Not decidable yet: G1.1 not passing, not red.", "who": []}
    waiting = told(facts(decision=None, approval=None, state_title="Checking", next=step))
    assert waiting["verdict"]["note"] == step["sentence"]
    assert nothing["signatures"]["none"] == "Nothing is proposed."


def test_a_no_go_shows_when_its_causes_are_due() -> None:
    decision = facts()["decision"] | {
        "decision": "no_go", "title": "No-Go", "valid_until": None, "reason": "G1.2 is red.",
        "rca_due_at": "2026-11-24T14:30:00Z",
    }  # fmt: skip
    shown = told(facts(decision=decision, rollout=None))
    assert shown["verdict"]["kind"] == "stop"
    assert "RCA due 24 Nov 14:30" in shown["verdict"]["note"]
    assert "Reason: G1.2 is red." in shown["proof"]


def test_the_report_speaks_of_the_last_thing_that_happened_not_of_now() -> None:
    known = facts()
    later = known | {"now": "2027-01-01T00:00:00Z", "version": 10}
    assert moments.as_of(known) == moments.as_of(later)
    assert told(known) == told(later)
    assert moments.as_of(known).isoformat() == "2026-11-22T14:57:30+00:00"


def test_the_course_is_in_the_order_it_happened_and_ends_in_time() -> None:
    points = told(facts())["timeline"]
    words = "Opened, Proposed, Signature 1, Signature 2, Effective, 5 %, 25 %, Finished, Closed"
    assert ", ".join(point.word for point in points) == words
    assert [point.line for point in points][4] == "waiting"
    assert len({point.x for point in points}) == 9


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [("short", 10, "short"), ("too long a text", 8, "too lon…"), ("a\n  b", 9, "a b"), ("anything", 0, "")],
)
def test_cutting_leaves_a_mark(text: str, most: int, shown: str) -> None:
    assert cut(text, most) == shown


def test_without_a_checkpoint_the_gap_is_told() -> None:
    known = facts(log={"entries": [], "count": 0, "gap": 3})
    proof = onepage.context(known, room=ROOMS[0], pinned=None, url="u", zone="UTC")["proof"]
    assert "No signed checkpoint holds this review yet; gap 3" in proof
