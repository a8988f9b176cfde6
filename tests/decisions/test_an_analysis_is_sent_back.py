"""A second person sends a recorded analysis back with a reason: it is owed again, and its clock goes on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from orr.accounts.models import User
from orr.decisions import actions, analyses, former, second_person
from orr.decisions import rca as rules
from orr.decisions.rca import RootCause
from orr.decisions.rca_models import Rca, RcaReturn, RcaRevision
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.tlog import log
from tests.factories.analyses import complete, recorded
from tests.factories.people import person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


@pytest.fixture
def analysed(opened: Make, people: People) -> Review:
    """A No-Go whose analysis the manager recorded."""
    review = opened()
    actions.record_no_go(code=review.code, reason="Search is slow.", actor=people["sre"])
    recorded(review.code, people["manager"])
    return find(review.code)


def send_back(review: Review, who: User, **how: Any) -> RcaReturn:
    newest = analyses.need(review).newest
    given = {"reason": "Which probe?", "expected_digest": newest.digest if newest else "", **how}
    return second_person.send_back(code=review.code, actor=who, **given)


def test_sent_back_it_is_owed_again_and_its_clock_goes_on(analysed: Review, people: People) -> None:
    before = analyses.need(analysed)
    made = send_back(analysed, people["security"])
    owed = analyses.need(analysed)
    assert (owed.recorded_at, owed.recorded_by, owed.due_at) == (None, None, before.due_at)
    assert (made.by, made.reason) == (people["security"], "Which probe?")
    assert rules.overdue(owed.due_at, owed.recorded_at, owed.due_at + timedelta(seconds=1))


def test_a_re_review_waits_for_what_was_sent_back(opened: Make, analysed: Review, people: People) -> None:
    again = opened()
    assert former.unanalysed(again) == []
    send_back(analysed, people["security"])
    assert former.unanalysed(again) == [analysed.code]


def test_its_writer_answers_with_another_text_and_a_second_person_closes_that(
    analysed: Review, people: People
) -> None:
    send_back(analysed, people["security"])
    better = complete(people["manager"], happened="Search was slow: probe 3 was wrong.")
    kept = analyses.save(code=analysed.code, content=better, seen=1, actor=people["manager"], record=True)
    assert analyses.need(analysed).recorded_by == people["manager"]
    closed = second_person.close(
        code=analysed.code, note="Now it fits.", expected_digest=kept.digest, actor=people["security"]
    )
    assert closed.closed_by == people["security"]


def test_the_same_text_is_not_recorded_again(analysed: Review, people: People) -> None:
    send_back(analysed, people["security"])
    same = complete(people["manager"])
    with pytest.raises(Conflict, match="sent back"):
        analyses.save(code=analysed.code, content=same, seen=1, actor=people["manager"], record=True)
    analyses.mark(code=analysed.code, place=0, done=True, seen=1, actor=people["manager"])
    marked = analyses.need(analysed).content
    with pytest.raises(Conflict, match="sent back"):
        analyses.save(code=analysed.code, content=marked, seen=2, actor=people["manager"], record=True)
    with pytest.raises(DatabaseError, match="with another text"), transaction.atomic():
        Rca.objects.update(recorded_at=clock.now(), recorded_by=people["manager"])


def test_it_may_be_sent_back_more_than_once(analysed: Review, people: People) -> None:
    for number in (1, 2):
        send_back(analysed, people["security"], reason=f"No. {number}")
        text = complete(people["manager"], happened=f"Answer {number}.")
        analyses.save(code=analysed.code, content=text, seen=number, actor=people["manager"], record=True)
    assert [one.reason for one in RcaReturn.objects.order_by("pk")] == ["No. 1", "No. 2"]
    assert analyses.need(analysed).recorded_at is not None


def test_sending_back_takes_a_reason_a_role_and_the_version_that_was_read(
    analysed: Review, people: People
) -> None:
    with pytest.raises(Invalid) as refused:
        send_back(analysed, people["security"], reason=" ")
    assert refused.value.errors[0].pointer == "/note"
    with pytest.raises(NotAllowed):
        send_back(analysed, person("auditor", "auditor"))
    with pytest.raises(NotAllowed, match="second person"):
        send_back(analysed, people["manager"])
    with pytest.raises(Conflict, match="another than the one you were shown"):
        send_back(analysed, people["security"], expected_digest="sha256:" + "0" * 64)
    assert not RcaReturn.objects.exists()


def test_neither_a_draft_nor_what_is_closed_is_sent_back(analysed: Review, people: People) -> None:
    send_back(analysed, people["security"])
    with pytest.raises(Conflict, match="not recorded"):
        send_back(analysed, people["boss"])
    text = complete(people["manager"], happened="Again.")
    kept = analyses.save(code=analysed.code, content=text, seen=1, actor=people["manager"], record=True)
    second_person.close(code=analysed.code, note="Fine.", expected_digest=kept.digest, actor=people["boss"])
    with pytest.raises(Conflict, match="closed this analysis"):
        send_back(analysed, people["security"])


def test_the_database_lets_no_author_and_no_closed_one_be_sent_back(analysed: Review, people: People) -> None:
    version = RcaRevision.objects.get()
    by_author = RcaReturn(revision=version, by=people["manager"], at=clock.now(), reason="Mine.")
    with pytest.raises(DatabaseError, match="a second person sends"), transaction.atomic():
        by_author.save()
    unsaid = RcaReturn(revision=version, by=people["security"], at=clock.now(), reason="")
    with pytest.raises(DatabaseError, match="for_a_reason"), transaction.atomic():
        unsaid.save()
    second_person.close(code=analysed.code, note="Ok.", expected_digest=version.digest, actor=people["boss"])
    late = RcaReturn(revision=version, by=people["security"], at=clock.now(), reason="Late.")
    with pytest.raises(DatabaseError, match="before it is closed"), transaction.atomic():
        late.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions_rcareturn SET reason = 'Nothing.'",
        "DELETE FROM decisions_rcareturn",
        "UPDATE decisions_rca SET due_at = due_at + interval '1 day'",
    ],
)
def test_the_database_keeps_that_it_was_sent_back(analysed: Review, people: People, statement: str) -> None:
    send_back(analysed, people["security"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_is_logged_by_the_digest_it_sends_back(analysed: Review, people: People) -> None:
    made = send_back(analysed, people["security"])
    entry = log.entries_of(analysed.code)[-1]
    assert (entry.kind, entry.artefacts) == ("rca.returned", {"rca": made.revision.digest[7:]})


def test_a_cause_names_an_item_of_the_review_or_none(analysed: Review, people: People) -> None:
    proven = complete(people["manager"], causes=(RootCause("The cache was cold.", item="G1.1"),))
    analyses.save(code=analysed.code, content=proven, seen=1, actor=people["manager"])
    assert analyses.need(analysed).content.causes[0].item == "G1.1"
    unknown = complete(people["manager"], causes=(RootCause("The cache was cold.", item="G9.9"),))
    with pytest.raises(Invalid) as refused:
        analyses.save(code=analysed.code, content=unknown, seen=2, actor=people["manager"])
    assert refused.value.errors[0].pointer == "/causes/0/item"


def test_a_cause_without_an_item_keeps_its_bytes() -> None:
    plain = rules.Content("Slow.", (RootCause("Cold."),)).as_json()
    assert plain["causes"] == [{"text": "Cold.", "measurement_fault": False}]
    assert rules.Content.of(plain).causes == (RootCause("Cold."),)
