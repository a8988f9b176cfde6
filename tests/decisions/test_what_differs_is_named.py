"""Who signed a former proposal sees exactly what differs from what they signed, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Approval
from orr.accounts.models import User
from orr.decisions import actions, differences
from orr.decisions.differences import Side
from orr.lib.errors import Conflict
from orr.reports import since
from orr.reviews import actions as reviews
from tests.factories.change_sets import change_set
from tests.factories.decisions import GUARD, green, propose, record, sign

Make = Callable[..., Any]
People = dict[str, User]
RISK = {"verdict": "unknown", "score": None, "planned_residual": None}
PLAN = {"keys": [{"name": "k", "target": "t", "desired": "1"}], "problems": [], "points_of_no_return": []}
ITEM = {"kind": "image", "name": "api", "to": {"version": "1", "digest": "sha256:aa"}}


def side(change: dict[str, Any] | None = None, values: dict[str, str] | None = None, **other: Any) -> Side:
    told = {
        "decision": "go_with_guards", "change_set_digest": "c1", "guards": [GUARD], "exit_plan": PLAN,
        "risk": RISK, "environment": "prod", "profile_digest": "p1", "approve_by": "2026-11-24T18:00:00Z",
        "valid_until": "2026-11-24T19:00:00Z",
        "snapshot": [{"item": "G1.1", "verdict": "green", "evidence": "e1", "fresh_until": None}],
        **other,
    }  # fmt: skip
    body = {"title": "T", "items": [ITEM], **(change or {})}
    return Side(json.dumps(told).encode(), body, {"e1": "10 ms", **(values or {})})


def told(now: Side) -> list[tuple[str, str, str]]:
    return [
        (str(one.what), str(one.was or "–"), str(one.now or "–")) for one in differences.between(side(), now)
    ]


def test_nothing_differs_from_itself() -> None:
    assert told(side()) == []


@pytest.mark.parametrize(
    ("now", "row"),
    [
        (side(decision="go"), ("Decision", "Go with Guards", "Go")),
        (side(environment="stage"), ("Environment", "prod", "stage")),
        (side(guards=[{**GUARD, "value": "60s"}]), (f"Guard flag {GUARD['target']}", "90s", "60s")),
        (side(guards=[]), (f"Guard flag {GUARD['target']}", "90s", "–")),
        (side(guards=[{**GUARD, "owner": "x"}]), (f"Guard flag {GUARD['target']}, owner", "–", "x")),
        (side(risk={**RISK, "score": 4.6}), ("Risk, score", "–", "4.6")),
        (side(profile_digest="p2"), ("Profile digest", "p1", "p2")),
        (
            side(exit_plan={**PLAN, "keys": [{"name": "k", "target": "t", "desired": "2"}]}),
            ("Exit plan, key k", "t = 1", "t = 2"),
        ),
        (
            side(approve_by="2026-11-25T18:00:00Z"),
            ("To be signed by", "2026-11-24T18:00:00Z", "2026-11-25T18:00:00Z"),
        ),
        (
            side(
                {"items": [{**ITEM, "to": {"version": "2", "digest": "sha256:bb"}}]}, change_set_digest="c2"
            ),
            ("Change image api", "1 · sha256:aa", "2 · sha256:bb"),
        ),
        (side({"items": []}, change_set_digest="c2"), ("Change image api", "1 · sha256:aa", "–")),
        (side({"title": "U"}, change_set_digest="c2"), ("Change set, field title", "T", "U")),
        (
            side(values={"e2": "12 ms"}, snapshot=[{"item": "G1.1", "verdict": "green", "evidence": "e2"}]),
            ("Evidence of G1.1", "pass, 10 ms", "pass, 12 ms"),
        ),
        (
            side(snapshot=[{"item": "G1.1", "verdict": "not_applicable", "evidence": None}]),
            ("Evidence of G1.1", "pass, 10 ms", "not applicable"),
        ),
        (
            side(break_glass={"items": ["G1.2", "G4.1"], "reason_sha256": "r1"}),
            ("Break-glass, without the timelock", "–", "G1.2, G4.1"),
        ),
        (
            side(break_glass={"items": [], "reason_sha256": "r1"}),
            ("Break-glass, without the timelock", "–", "no item passed by name"),
        ),
        (
            side(
                snapshot=[{"item": "G1.1", "verdict": "green", "evidence": "e1", "earlier_red": "2026-11-24"}]
            ),
            ("Earlier red of G1.1", "–", "2026-11-24"),
        ),
    ],
)
def test_each_part_is_named_with_what_it_was_and_is(now: Side, row: tuple[str, str, str]) -> None:
    assert told(now) == [row]


def test_all_that_differs_in_one_guard_is_named() -> None:
    now = side(guards=[{**GUARD, "value": "60s", "owner": "x", "expires_at": "2026-11-25T18:00:00Z"}])
    target = GUARD["target"]
    assert told(now) == [
        (f"Guard flag {target}", "90s", "60s"),
        (f"Guard flag {target}, owner", "–", "x"),
        (f"Guard flag {target}, until", "–", "2026-11-25T18:00:00Z"),
    ]


def test_another_reason_for_break_glass_is_a_difference() -> None:
    one, other = ({"items": ["G1.2"], "reason_sha256": sha} for sha in ("r1", "r2"))
    found = differences.between(side(break_glass=one), side(break_glass=other))
    assert [(str(d.what), d.was, d.now) for d in found] == [("Break-glass, digest of the reason", "r1", "r2")]


@pytest.mark.django_db
def test_no_part_of_what_is_signed_can_change_unseen(proposed: Make) -> None:
    """Every part of the signed bytes but the proposal's own name: another value is named."""
    signed = json.loads(bytes(proposed().payload)) | {"break_glass": {"items": [], "reason_sha256": "r"}}
    own = {"type", "v", "review", "number"}
    others = {
        "decision": "go", "change_set_digest": "x", "guards": [], "profile_digest": "x", "environment": "x",
        "exit_plan": PLAN, "risk": {**RISK, "score": 9.9}, "approve_by": "x", "valid_until": "x",
        "break_glass": None, "snapshot": [],
    }  # fmt: skip
    assert signed.keys() - own == others.keys()
    was = Side(json.dumps(signed).encode(), {"title": "T"}, {})
    for name, other in others.items():
        now = Side(json.dumps(signed | {name: other}).encode(), {"title": "U"}, {})
        assert differences.between(was, now), name


def test_what_was_only_measured_anew_is_no_difference_but_said() -> None:
    now = side(values={"e2": "10 ms"}, snapshot=[{"item": "G1.1", "verdict": "green", "evidence": "e2"}])
    assert differences.between(side(), now) == []
    assert differences.renewed(side(), now) == ["G1.1"]


@pytest.mark.django_db
def test_a_signer_sees_what_changed_and_signs_again_afresh(proposed: Make, people: People) -> None:
    first = proposed()
    review = first.review
    sign(first, people["sre"])
    actions.cancel(code=review.code, actor=people["manager"], reason="Shorter.")
    assert since.signed(review.code, people["sre"]) is None
    record(review, "G1.2", value=12.5)
    again = propose(review, people["manager"], guards=[{**GUARD, "value": "60s"}])
    found = since.signed(review.code, people["sre"])
    assert found is not None
    rows = {row["what"]: (row["was"], row["now"]) for row in found["rows"]}
    assert rows[f"Guard flag {GUARD['target']}"] == ("90s", "60s")
    assert rows["Evidence of G1.2"][1].endswith("12.5 ms")
    assert (found["number"], found["ended_reason"]) == (1, "Shorter.")
    assert since.signed(review.code, people["security"]) is None
    assert not again.request.approvals.exists()
    assert sign(again, people["sre"]).digest == again.digest
    assert Approval.objects.filter(person=people["sre"]).count() == 2


@pytest.mark.django_db
def test_an_edited_change_set_is_named_item_by_item(ready: Make, people: People) -> None:
    review = ready()
    first = propose(review, people["manager"])
    sign(first, people["security"])
    actions.cancel(code=review.code, actor=people["manager"], reason="Title.")
    body = change_set(title="Another title")
    reviews.edit_change_set(
        code=review.code, change_set=body, expected_digest=review.change_set.digest, actor=people["manager"]
    )
    review = reviews.find(review.code)
    green(review)
    propose(review, people["manager"])
    found = since.signed(review.code, people["security"])
    assert found is not None
    rows = {row["what"]: row["now"] for row in found["rows"]}
    assert rows["Change set, field title"] == "Another title"


@pytest.mark.django_db
def test_another_digest_than_shown_is_refused_before_anybody_proves_anything(
    proposed: Make, people: People
) -> None:
    first = proposed()
    actions.cancel(code=first.review.code, actor=people["manager"], reason="Shorter.")
    propose(first.review, people["manager"])
    with pytest.raises(Conflict, match="another than the one you were shown"):
        actions.require_shown(code=first.review.code, actor=people["manager"], expected_digest=first.digest)
    assert since.saw(first.review.code, first.digest) != []
    assert since.saw(first.review.code, "sha256:" + "0" * 64) == []
