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
