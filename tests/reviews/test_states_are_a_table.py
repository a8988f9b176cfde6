"""The state of a review is a table, and the database writes every step down."""

import pytest
from django.db import DatabaseError, connection, transaction

from orr.lib.errors import Conflict, NotFound
from orr.reviews import acts
from orr.reviews.models import Review, Transition, code_of, number_of
from orr.reviews.states import ENDED, OPEN, TABLE, State, Verb, after
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


def test_no_go_withdrawn_and_exited_are_final() -> None:
    final = {State.NO_GO, State.WITHDRAWN, State.EXITED}
    assert not [step for step in TABLE if step[0] in final]
    assert final <= ENDED


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, more = {State.CHECKING}, {State.CHECKING}
    while more:
        more = {to for (before, _), to in TABLE.items() if before in more} - reached
        reached |= more
    assert reached == set(State)
    assert set(State) == OPEN | ENDED


def test_effect_comes_only_after_a_proposal() -> None:
    assert {before for (before, verb) in TABLE if verb is Verb.TAKE_EFFECT} == {State.PROPOSED}
    assert {before for (before, verb) in TABLE if verb is Verb.START} == {State.EFFECTIVE}


def test_what_the_table_does_not_have_is_refused_and_nothing_changes() -> None:
    one = review()
    for verb in Verb:
        if after(State.CHECKING, verb) is None:
            with pytest.raises(Conflict):
                acts.move(acts.find(one.code), verb, one.requester)
    assert acts.find(one.code).state == State.CHECKING


def test_of_two_acts_on_the_same_state_the_second_is_refused() -> None:
    one = review()
    seen_by_another = acts.find(one.code)
    acts.move(one, Verb.PROPOSE, one.requester)
    with pytest.raises(Conflict):
        acts.move(seen_by_another, Verb.REFUSE, one.requester)


def test_the_database_writes_each_transition_with_its_actor() -> None:
    one = review()
    acts.move(one, Verb.PROPOSE, one.requester)
    written = Transition.objects.get(review=one)
    assert (written.before, written.after, written.verb) == ("checking", "proposed", "propose")
    assert written.actor == str(one.requester.pk)


def test_a_change_past_the_actions_is_written_down_too() -> None:
    one = review()
    Review.objects.filter(pk=one.pk).update(state=State.VOID)
    assert Transition.objects.filter(review=one, after="void").exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE reviews_transition SET actor = 'x'", "DELETE FROM reviews_transition"]
)
def test_a_transition_is_never_changed_or_removed(statement: str) -> None:
    one = review()
    acts.move(one, Verb.PROPOSE, one.requester)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_state_outside_the_table_is_refused_by_the_database() -> None:
    one = review()
    with pytest.raises(DatabaseError), transaction.atomic():
        Review.objects.filter(pk=one.pk).update(state="approved")


def test_each_act_raises_the_version() -> None:
    one = review()
    acts.move(one, Verb.PROPOSE, one.requester)
    assert acts.find(one.code).version == one.version + 1


@pytest.mark.parametrize(
    "code", ["", "ORR-", "ORR-1", "orr-0001", "ORR-0000", "ORR-9" * 9, "ORR-99999999999999999", "ORR-٠٠٠١"]
)
def test_an_id_of_nothing_names_no_review(code: str) -> None:
    with pytest.raises(NotFound):
        acts.find(code)


def test_a_review_answers_to_one_spelling_of_its_code_alone() -> None:
    one = review()
    with pytest.raises(NotFound):
        acts.find(one.code.replace("ORR-", "ORR-0"))


def test_codes_and_numbers_are_each_others_reverse() -> None:
    for number in (1, 142, 9999, 10_000, 123_456):
        assert number_of(code_of(number)) == number
