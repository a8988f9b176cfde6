"""The exit codes are the contract's, for every state a review can be in."""

import pytest

from orr.cli import codes
from orr.cli.verdict import last_line


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("checking", 10), ("proposed", 10), ("effective", 0), ("rolling_out", 10), ("observing", 10),
        ("closed", 0), ("no_go", 20), ("void", 21), ("expired", 21), ("withdrawn", 21), ("exiting", 10),
        ("exited", 0),
    ],
)  # fmt: skip
def test_the_state_of_a_review_is_its_exit_code(state: str, code: int) -> None:
    assert codes.of_review({"state": state, "exit": None}) == code


@pytest.mark.parametrize("broken", ["partial", "failed", "not_recovered"])
def test_an_exit_that_did_not_come_through_is_thirty_whatever_the_review_says(broken: str) -> None:
    assert codes.of_review({"state": "exiting", "exit": {"state": broken}}) == 30
    assert codes.of_exit({"state": "exiting", "exit": {"state": broken}}) == 30


def test_a_running_exit_is_pending_and_a_done_one_is_done() -> None:
    assert codes.of_exit({"state": "exiting", "exit": {"state": "running"}}) == 10
    assert codes.of_exit({"state": "exiting", "exit": {"state": "done"}}) == 0
    assert codes.of_exit({"state": "withdrawn", "exit": None}) == 0


def test_a_state_this_client_does_not_know_is_never_a_go() -> None:
    assert codes.of_review({"state": "blessed", "exit": None}) == 1


def test_a_decision_that_was_taken_back_is_no_go_to_deploy() -> None:
    assert codes.of_decision({"state": "rolling_out", "exit": None}) == 0
    assert codes.of_decision({"state": "exited", "exit": {"state": "done"}}) == 21
    assert codes.of_decision({"state": "exiting", "exit": {"state": "running"}}) == 21


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 2), (401, 2), (403, 2), (404, 2), (413, 2), (422, 2), (429, 1), (500, 1), (503, 1)],
)
def test_what_the_caller_can_mend_is_wrong_usage_and_the_rest_an_error(status: int, code: int) -> None:
    assert codes.of_refusal(status) == code


STATES = (
    "checking",
    "proposed",
    "effective",
    "no_go",
    "void",
    "expired",
    "withdrawn",
    "exiting",
    "unheard-of",
)


@pytest.mark.parametrize("state", STATES)
def test_a_review_in_shadow_stops_nothing_whatever_its_state(state: str) -> None:
    review = {"state": state, "exit": None, "shadow": True, "gates": [], "next": {"sentence": "x"}}
    assert codes.of_review(review) == codes.of_decision(review) == codes.OK
    _, sentence = last_line(review)
    real = codes.decided({**review, "shadow": False})
    assert sentence.startswith("SHADOW, stops nothing; would have said: ")
    assert sentence.endswith(f"(exit code {real})")


@pytest.mark.parametrize("claim", [None, "true", 1, "yes", False])
def test_only_the_servers_own_true_is_a_shadow(claim: object) -> None:
    review = {"state": "no_go", "exit": None, "shadow": claim}
    assert codes.of_review(review) == codes.NO_GO


@pytest.mark.parametrize("state", sorted(codes.BROKEN_EXIT))
def test_a_broken_exit_of_a_review_in_shadow_is_no_shadow(state: str) -> None:
    review = {"state": "exiting", "shadow": True, "exit": {"state": state}}
    assert codes.of_review(review) == codes.of_decision(review) == codes.EXIT_FAILED
    assert "SHADOW" not in last_line(review)[1]


def test_an_exit_of_a_review_in_shadow_is_real() -> None:
    assert (
        codes.of_exit({"state": "exiting", "shadow": True, "exit": {"state": "failed"}}) == codes.EXIT_FAILED
    )
