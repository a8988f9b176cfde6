"""Laws of a schema change: contract last and only when nothing is left, and no step is left out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orr.changes.stages import Before, judge

PLAN = "https://forge.example.org/plans/7"


def schema(stage: str | None, target: str | None = "lake/incident", **more: Any) -> dict[str, Any]:
    """A schema item at that stage."""
    made: dict[str, Any] = {"kind": "schema", "name": "incident", "to": {"version": "8"}}
    if target:
        made["target"] = target
    if stage:
        made["migration"] = {"stage": stage, "plan_url": PLAN, **more}
    return made


def said(item: dict[str, Any], before: str | None = None) -> tuple[list[str], list[str]]:
    """What the item lacks, and what is wrong with it, where `before` was carried out last."""
    known = {"lake/incident": Before(before, "ORR-0007")} if before else {}
    found = judge([item], known)
    return [str(one) for one in found.lacking], [str(one) for one in found.wrong]


@given(
    st.sampled_from(["expand", "migrate", "contract"]),
    st.floats(0, 100),
    st.integers(0, 10),
    st.sampled_from([None, "expand", "migrate", "contract"]),
)
def test_only_a_finished_move_is_contracted_and_no_step_is_left_out(
    stage: str, backfill: float, readers: int, before: str | None
) -> None:
    lacking, wrong = said(schema(stage, backfill=backfill, old_readers=readers), before)
    finished = backfill == 100 and readers == 0
    may_come = {
        "expand": True,
        "migrate": before in (None, "expand", "migrate"),
        "contract": finished and before in (None, "migrate", "contract"),
    }[stage]
    assert (not wrong) == may_come
    assert bool(lacking) == (before is None and stage != "expand")


@pytest.mark.parametrize("stage", ["migrate", "contract"])
def test_a_step_before_which_nothing_is_known_waits_and_is_never_green(stage: str) -> None:
    lacking, wrong = said(schema(stage, backfill=100, old_readers=0))
    assert not wrong
    assert lacking == [
        f"No step before it is known here, and incident is to {stage}: its expansion is reviewed first."
    ]


@pytest.mark.parametrize(("backfill", "readers"), [(99.9, 0), (100, 1), (0, 0), ("50", 0)])
def test_a_contraction_with_something_left_is_wrong(backfill: Any, readers: int) -> None:
    assert said(schema("contract", backfill=backfill, old_readers=readers))[1]


def test_what_a_contraction_does_not_state_is_no_zero() -> None:
    lacking, wrong = said(schema("contract"), "migrate")
    assert not wrong and len(lacking) == 2
    assert "backfill" in lacking[0] and "old_readers" in lacking[1]
    assert said(schema("expand")) == ([], [])


def test_a_schema_without_stage_or_plan_is_named() -> None:
    lacking, wrong = said(schema(None))
    assert not wrong and "incident" in lacking[0]
    unplanned = schema("expand")
    del unplanned["migration"]["plan_url"]
    assert "plan_url" in said(unplanned)[0][0]


def test_a_step_that_was_left_out_names_the_review_before() -> None:
    wrong = said(schema("contract", backfill=100, old_readers=0), "expand")[1]
    assert "expand" in wrong[0] and "ORR-0007" in wrong[0]
    assert said(schema("expand"), "contract") == ([], [])


def test_two_steps_of_one_target_do_not_go_together() -> None:
    both = [schema("expand"), {**schema("migrate"), "name": "other"}]
    assert len(judge(both, {}).wrong) == 1
    apart = [schema("expand"), {**schema("migrate", target="lake/case"), "name": "other"}]
    assert not judge(apart, {}).wrong
