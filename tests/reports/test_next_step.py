"""What comes next is one sentence for everybody, and it never asks for what would be refused."""

from typing import Any

from orr.reports.next_step import next_step


def proposed(verdict: str) -> dict[str, Any]:
    seat = {"person": None, "title": "SRE", "available": ["Kim"]}
    return {
        "state": "proposed",
        "approval": {"slots": [seat]},
        "gates": [{"items": [{"code": "G1.1", "verdict": verdict}]}],
    }


def test_a_proposal_waits_for_its_signature_while_all_passes() -> None:
    assert next_step(proposed("green")) == {"sentence": "Waits for the signature of SRE.", "who": ["Kim"]}


def test_nobody_is_asked_to_sign_while_an_item_does_not_pass() -> None:
    for verdict in ("error", "stale", "pending"):
        told = next_step(proposed(verdict))
        assert "G1.1" in told["sentence"]
        assert told["who"] == []


def test_nothing_is_decided_before_the_analysis_that_is_owed() -> None:
    owing = {"owed_by": ["ORR-0001"], "requester": {"name": "Kim"}, "progress": {"running": False}}
    for state in ("checking", "proposed"):
        told = next_step({**proposed("green"), **owing, "state": state})
        assert told == {"sentence": "Waits for the root-cause analysis of ORR-0001.", "who": ["Kim"]}


def test_a_no_go_and_an_exit_ask_for_the_analysis_then_for_the_second_person() -> None:
    for state in ("no_go", "exited"):
        owed = {"state": state, "requester": {"name": "Kim"}}
        told = [
            next_step({**owed, "rca": {"state": "open", "overdue": False}})["sentence"],
            next_step({**owed, "rca": {"state": "open", "overdue": True}})["sentence"],
            next_step({**owed, "rca": {"state": "recorded", "overdue": False}})["sentence"],
            next_step({**owed, "rca": {"state": "closed", "overdue": False}})["sentence"],
        ]
        assert len(set(told)) == 4
        assert "within 48 hours" in told[0] and "overdue" in told[1] and "second person" in told[2]
