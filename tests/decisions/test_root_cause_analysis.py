"""A No-Go and an Exit owe an analysis: text, causes and a plan within 48 hours, closed by a second person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from orr.accounts.models import User
from orr.decisions import actions, analyses, second_person
from orr.decisions import rca as rules
from orr.decisions.rca import Cause, Content, Remedy, RootCause
from orr.decisions.rca_models import Rca, RcaRevision
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.exits import actions as exits
from orr.lib import clock
from orr.lib.canonical import PREFIX, sha256_hex
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.lib.met import Unmet
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.tlog import log
from tests.factories.analyses import complete, recorded
from tests.factories.people import person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture
def refused(opened: Make, people: People) -> Review:
    """A review with a No-Go, recorded by the SRE."""
    review = opened()
    actions.record_no_go(code=review.code, reason="Search is slow.", actor=people["sre"])
    return find(review.code)


def save(review: Review, who: User, content: Content, seen: int = 0, **how: Any) -> RcaRevision:
    return analyses.save(code=review.code, content=content, seen=seen, actor=who, **how)


def close(review: Review, who: User, **how: Any) -> Rca:
    newest = analyses.need(review).newest
    given = {"note": "It fits.", "expected_digest": newest.digest if newest else "", **how}
    return second_person.close(code=review.code, actor=who, **given)


# Opening


def test_a_no_go_opens_it_due_when_the_decision_says(refused: Review) -> None:
    (owed,) = Rca.objects.filter(review=refused)
    assert (owed.cause, owed.due_at, owed.opened_at) == (
        "no_go", refused.decision.rca_due_at, refused.decision.effective_at,
    )  # fmt: skip


def test_an_exit_opens_it_from_its_start_due_48_hours_later(opened: Make, people: People) -> None:
    review = opened()
    before = clock.now()
    publish(Event.EXIT_STARTED, subject=review.code, actor=people["sre"])
    (owed,) = Rca.objects.filter(review=review)
    assert owed.cause == Cause.EXIT and before <= owed.opened_at <= clock.now()
    assert owed.due_at - owed.opened_at == timedelta(hours=48)


def test_pressing_exit_again_opens_no_second_one(opened: Make, people: People) -> None:
    review = opened()
    for _ in range(2):
        publish(Event.EXIT_STARTED, subject=review.code, actor=people["sre"])
    assert Rca.objects.filter(review=review).count() == 1


def test_a_withdrawal_before_the_rollout_owes_nothing(opened: Make, people: People) -> None:
    review = opened()
    exits.start(code=review.code, actor=people["manager"], reason="Not now.")
    assert not Rca.objects.exists()
    with pytest.raises(NotFound):
        analyses.need(find(review.code))


def test_the_database_holds_one_open_analysis_for_each_cause(refused: Review) -> None:
    owed = analyses.need(refused)
    twice = Rca(review=refused, cause="no_go", opened_at=owed.opened_at, due_at=owed.due_at)
    with pytest.raises(DatabaseError, match="one_open_rca"), transaction.atomic():
        twice.save()


def test_the_database_opens_none_for_a_no_go_that_was_not_recorded(opened: Make) -> None:
    invented = Rca(review=opened(), cause="no_go", opened_at=AT, due_at=AT + rules.WITHIN)
    with pytest.raises(DatabaseError, match="a No-Go opens its analysis"), transaction.atomic():
        invented.save()


# Writing


def test_a_draft_keeps_what_was_typed_however_little(refused: Review, people: People) -> None:
    draft = Content(happened="Slow.", actions=(Remedy("Look at the cache"),))
    save(refused, people["manager"], draft)
    owed = analyses.need(refused)
    assert (owed.content, owed.recorded_at) == (draft, None)


def test_every_version_stays_with_who_wrote_it(refused: Review, people: People) -> None:
    save(refused, people["manager"], Content(happened="One."))
    save(refused, people["sre"], Content(happened="Two."), seen=1)
    versions = analyses.need(refused).revisions.order_by("number")
    assert [(v.number, v.by, v.content.happened) for v in versions] == [
        (1, people["manager"], "One."), (2, people["sre"], "Two."),
    ]  # fmt: skip


def test_who_wrote_on_an_older_version_is_refused_and_nothing_is_lost(
    refused: Review, people: People
) -> None:
    save(refused, people["manager"], Content(happened="One."))
    with pytest.raises(Conflict, match="saved another version"):
        save(refused, people["sre"], Content(happened="Mine."), seen=0)
    assert analyses.need(refused).content.happened == "One."


def test_saying_the_same_again_makes_no_version(refused: Review, people: People) -> None:
    first = recorded(refused.code, people["manager"])
    again = save(refused, people["sre"], complete(people["manager"]), seen=1, record=True)
    assert again == first
    assert [e.kind for e in log.entries_of(refused.code)].count("rca.recorded") == 1


def test_an_auditor_writes_none_of_it(refused: Review) -> None:
    with pytest.raises(NotAllowed):
        save(refused, person("auditor", "auditor"), Content(happened="One."))


def test_an_owner_is_a_person_who_can_sign_in(refused: Review, people: People) -> None:
    gone = person("gone", "sre")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Invalid) as refusal:
        save(refused, people["manager"], complete(gone))
    assert [error.pointer for error in refusal.value.errors] == ["/actions/0/owner"]


@pytest.mark.parametrize("text", ["x" * (rules.TEXT_MAX + 1), "a\x00b"])
def test_what_cannot_be_kept_is_refused_by_its_place(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.tidy(Content(happened=text))
    assert [error.pointer for error in refusal.value.errors] == ["/happened"]


# Recording


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"happened": ""}, "what happened"),
        ({"causes": ()}, "root cause"),
        ({"actions": ()}, "no action"),
        ({"actions": (Remedy("", "", "2026-12-01T09:00:00Z"),)}, "what is done"),
        ({"actions": (Remedy("Look", "", "2026-12-01T09:00:00Z"),)}, "an owner and a date"),
        ({"actions": (Remedy("Look", "somebody", ""),)}, "an owner and a date"),
    ],
)
def test_it_is_recorded_only_with_text_cause_and_a_plan_with_owners_and_dates(
    refused: Review, people: People, changed: dict[str, Any], why: str
) -> None:
    content = complete(people["manager"], **changed)
    found = rules.complete(content)
    assert isinstance(found, Unmet) and why in str(found.reason)
    if not any(action.owner == "somebody" for action in content.actions):
        with pytest.raises(Conflict, match=why):
            save(refused, people["manager"], content, record=True)
    assert analyses.need(refused).recorded_at is None


def test_recorded_is_complete_for_good(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    with pytest.raises(Conflict, match="no action"):
        save(refused, people["manager"], complete(people["manager"], actions=()), seen=1)
    assert analyses.need(refused).content == complete(people["manager"])


def test_the_database_records_nothing_incomplete(refused: Review, people: People) -> None:
    save(refused, people["manager"], Content(happened="Slow."))
    with pytest.raises(DatabaseError, match="only a complete analysis"), transaction.atomic():
        Rca.objects.update(recorded_at=clock.now(), recorded_by=people["manager"])


def test_a_measurement_fault_is_kept_as_such(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"], causes=(RootCause("The probe was wrong.", True),))
    assert analyses.need(refused).content.causes[0].measurement_fault


# Closing


def test_a_second_person_closes_it(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    closed = close(refused, people["security"])
    assert (closed.closed_by, closed.closing_note) == (people["security"], "It fits.")


def test_nobody_who_wrote_of_it_closes_it(refused: Review, people: People) -> None:
    save(refused, people["sre"], Content(happened="Slow."))
    save(refused, people["manager"], complete(people["manager"]), seen=1, record=True)
    for author in ("sre", "manager"):
        with pytest.raises(NotAllowed, match="second person"):
            close(refused, people[author])
    assert close(refused, people["boss"]).closed_by == people["boss"]


def test_the_database_lets_no_author_close_it(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    with pytest.raises(DatabaseError, match="a second person"), transaction.atomic():
        Rca.objects.update(closed_at=clock.now(), closed_by=people["manager"], closing_note="Fine.")


def test_closing_takes_a_role_a_word_and_the_version_that_was_read(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    with pytest.raises(NotAllowed):
        close(refused, person("auditor", "auditor"))
    with pytest.raises(Invalid):
        close(refused, people["security"], note=" ")
    with pytest.raises(Conflict, match="another than the one you were shown"):
        close(refused, people["security"], expected_digest="sha256:" + "0" * 64)
    assert analyses.need(refused).closed_at is None


def test_what_is_not_recorded_is_not_closed(refused: Review, people: People) -> None:
    save(refused, people["manager"], Content(happened="Slow."))
    with pytest.raises(Conflict, match="not recorded"):
        close(refused, people["security"])
    with pytest.raises(DatabaseError), transaction.atomic():
        Rca.objects.update(closed_at=clock.now(), closed_by=people["security"], closing_note="Fine.")


def test_closed_it_keeps_its_text(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    close(refused, people["security"])
    with pytest.raises(Conflict, match="closed"):
        save(refused, people["manager"], complete(people["manager"], happened="Else."), seen=1)
    with pytest.raises(Conflict, match="closed"):
        close(refused, people["boss"])


def test_what_is_done_can_still_be_marked_and_makes_nobody_an_author(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"], actions=complete(people["product"]).actions)
    analyses.mark(code=refused.code, place=0, done=True, seen=1, actor=people["security"])
    close(refused, people["security"])
    analyses.mark(code=refused.code, place=0, done=False, seen=2, actor=people["product"])
    assert not analyses.need(refused).content.actions[0].done


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM decisions_rca",
        "UPDATE decisions_rca SET due_at = due_at + interval '1 day'",
        "UPDATE decisions_rca SET recorded_at = recorded_at + interval '1 s'",
        "UPDATE decisions_rca SET recorded_at = NULL, recorded_by_id = NULL",
        "UPDATE decisions_rcarevision SET number = 9",
        "DELETE FROM decisions_rcarevision",
    ],
)
def test_the_database_keeps_every_version_and_every_time(
    refused: Review, people: People, statement: str
) -> None:
    recorded(refused.code, people["manager"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_takes_no_text_for_a_mark(refused: Review, people: People) -> None:
    recorded(refused.code, people["manager"])
    payload = rules.payload(refused.code, "no_go", 2, complete(people["manager"], happened="Else."))
    made = RcaRevision(
        rca=analyses.need(refused), number=2, payload=payload, digest=PREFIX + sha256_hex(payload),
        marks_only=True, by=people["security"], at=clock.now(),
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="a mark changes no text"), transaction.atomic():
        made.save()


# The log


def test_every_act_is_logged_by_its_digest_and_no_word_of_it(refused: Review, people: People) -> None:
    kept = recorded(refused.code, people["manager"])
    close(refused, people["security"])
    entries = [entry for entry in log.entries_of(refused.code) if entry.kind.startswith("rca.")]
    assert [entry.kind for entry in entries] == ["rca.opened", "rca.recorded", "rca.closed"]
    assert {entry.artefacts["rca"] for entry in entries[1:]} == {kept.digest.removeprefix("sha256:")}
    assert not any("Search" in str(entry.artefacts) for entry in entries)
