"""A re-review opens and collects at once, and is decided only after the former analysis is recorded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orr.accounts.models import User
from orr.decisions import actions, analyses
from orr.decisions.bars import bars_of, within
from orr.decisions.rca import Content, analysed
from orr.decisions.refusals import first_red
from orr.decisions.rules import Choice, options
from orr.lib import clock
from orr.lib.errors import Conflict
from orr.lib.met import Met, Unmet
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.reviews.standing import standing
from tests.factories.analyses import complete, recorded
from tests.factories.change_sets import change_set
from tests.factories.decisions import effect, green, propose, record, sign
from tests.factories.people import person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
OTHER = [{"kind": "flag", "name": "other", "to": {"version": "on"}}]


@pytest.fixture
def refuse(opened: Make, people: People) -> Make:
    """A review with a No-Go whose analysis nobody wrote."""

    def make(review: Review | None = None, **changed: Any) -> Review:
        one = review or opened(**changed)
        actions.record_no_go(code=one.code, reason="Search is slow.", actor=people["sre"])
        return find(one.code)

    return make


@pytest.fixture
def again(people: People, profile: Make) -> Make:
    """A review after it, of other items unless said otherwise; everything passes."""

    def make(former: Review | None, **changed: Any) -> Review:
        review = reviews.open_review(
            change_set=change_set(**{"items": OTHER, **changed}),
            profile=profile(),
            actor=people["manager"],
            re_review_of=former.code if former else None,
        )
        green(review)
        return find(review.code)

    return make


def possible(review: Review) -> set[str]:
    live = standing(review, clock.now())
    return {str(option.decision) for option in actions.options(review, live) if option.possible}


def test_go_waits_until_the_analysis_is_recorded(refuse: Make, again: Make, people: People) -> None:
    former = refuse()
    review = again(former)
    with pytest.raises(Conflict, match=f"plan of {former.code} are recorded"):
        propose(review, people["manager"])
    analyses.save(code=former.code, content=Content(happened="Slow."), seen=0, actor=people["manager"])
    with pytest.raises(Conflict, match="are recorded"):
        propose(review, people["manager"])
    analyses.save(
        code=former.code, content=complete(people["manager"]), seen=1, actor=people["manager"], record=True
    )
    assert propose(review, people["manager"]).state == "open"


def test_the_options_say_so_and_no_go_stays_possible(refuse: Make, again: Make, people: People) -> None:
    former = refuse()
    review = again(former)
    assert possible(review) == {"no_go"}
    recorded(former.code, people["manager"])
    assert possible(review) == {"no_go", "go_with_guards"}


def test_no_go_on_the_re_review_needs_no_analysis(refuse: Make, again: Make) -> None:
    assert refuse(again(refuse())).state == "no_go"


def test_a_chain_waits_for_every_analysis_in_it(refuse: Make, again: Make, people: People) -> None:
    first = refuse()
    second = refuse(again(first))
    third = again(second, items=[{**OTHER[0], "name": "third"}])
    recorded(second.code, people["manager"])
    with pytest.raises(Conflict, match=first.code):
        propose(third, people["manager"])
    recorded(first.code, people["manager"])
    assert propose(third, people["manager"]).state == "open"


@pytest.mark.parametrize("changed", [{}, {"title": "The same under another name"}])
def test_opening_the_same_items_anew_leads_past_no_analysis(
    refuse: Make, again: Make, people: People, changed: dict[str, Any]
) -> None:
    former = refuse()
    fresh = again(None, items=former.body["items"], **changed)
    with pytest.raises(Conflict, match=former.code):
        propose(fresh, people["manager"])


def test_other_items_or_another_place_owe_nothing(refuse: Make, again: Make, people: People) -> None:
    former = refuse()
    assert propose(again(None), people["manager"]).state == "open"
    elsewhere = again(None, items=former.body["items"], environment="prod-us")
    assert propose(elsewhere, people["manager"]).state == "open"


def test_what_was_proposed_before_waits_with_its_signatures_and_its_effect(
    signed: Make, refuse: Make, people: People
) -> None:
    proposal = signed()
    former = refuse()
    assert former.code in str(effect(proposal))
    recorded(former.code, people["manager"])
    assert not isinstance(effect(proposal), str)


def test_nobody_signs_past_an_analysis_that_is_owed(proposed: Make, refuse: Make, people: People) -> None:
    proposal = proposed()
    former = refuse()
    with pytest.raises(Conflict, match=former.code):
        sign(proposal, people["sre"])
    assert not proposal.request.live_approvals()


def test_a_red_that_was_carried_over_shortens_no_deadline(
    opened: Make, people: People, profile: Make
) -> None:
    former = opened()
    past = clock.now() - timedelta(hours=30)
    record(former, "G1.1", passed=False, judged="red", measured_at=clock.now(), recorded_at=past)
    assert first_red(former.code) == past
    second = reviews.open_review(
        change_set=former.body, profile=profile(), actor=people["manager"], re_review_of=former.code
    )
    assert standing(find(second.code), clock.now()).of("G1.1").verdict == "red"
    assert first_red(second.code) is None


class _Item:
    code, verdict, reason = "G1.1", "red", say("slow")


class _Standing:
    items = (_Item(),)


def test_red_is_said_first_and_what_is_owed_beside_it() -> None:
    found = options(_Standing(), analysed=analysed(["ORR-0001"]))
    go = next(option for option in found if option.decision is Choice.GO)
    assert "red" in str(go.reasons[0]) and "ORR-0001" in str(go.reasons[-1])


def test_nothing_owed_is_met() -> None:
    assert analysed([]) == Met() and isinstance(analysed(["ORR-0001"]), Unmet)


def test_who_attested_in_the_former_review_stays_barred_in_this_one(
    opened: Make, people: People, profile: Make
) -> None:
    former = opened()
    words = {"attested_by": people["sre"].pk, "attested_role": "data", "statement": "Reviewed."}
    record(former, "G6.4", **words)
    actions.record_no_go(code=former.code, reason="Slow.", actor=people["sre"])
    body = find(former.code).body
    second = reviews.open_review(
        change_set=body, profile=profile(), actor=people["manager"], re_review_of=former.code
    )
    bars = bars_of(find(second.code), None)
    assert within(find(second.code), "sre", bars.attested[people["sre"].pk]) == {"G6.4"}
    assert person("other", "sre").pk not in bars.attested
