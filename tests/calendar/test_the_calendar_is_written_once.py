"""Laws of our own calendar: who writes and cancels what, every wrong place by name, nothing changed later."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from orr.accounts.models import Act, User
from orr.calendar import actions, reading
from orr.calendar.models import Entry
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.tlog import log
from tests.calendar.lines_fixture import at, line
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return person("manager", "release_manager")


@pytest.fixture
def team_manager() -> User:
    """A release manager of the team that owns search, and of nothing else."""
    return person("lead", "release_manager", team=team("search", "search"))


def test_a_line_is_kept_as_it_was_meant_and_logged(manager: User) -> None:
    made = actions.enter(
        line=line("freeze", environment=" prod-kr ", services=("search", " search ")), actor=manager
    )
    kept = Entry.objects.get()
    assert (kept.pk, kept.environment, kept.services, kept.name) == (
        made.pk,
        "prod-kr",
        ["search"],
        "black-friday",
    )
    act = Act.objects.get(kind="calendar.entered")
    assert [one.kind for one in log.entries_of("ACCOUNTS")][-1] == "calendar.entered"
    assert b"The team is there." in bytes(act.record) and str(made.pk).encode() in bytes(act.record)


@pytest.mark.parametrize("role", ["sre", "product", "auditor", ""])
def test_only_release_managers_and_administrators_write(role: str) -> None:
    with pytest.raises(NotAllowed):
        actions.enter(line=line(), actor=person("x", *([role] if role else [])))
    assert not reading.kept()


def test_who_is_of_a_team_writes_of_its_services_alone(team_manager: User) -> None:
    actions.enter(line=line(services=("search",)), actor=team_manager)
    for others in ((), ("ingest",), ("search", "ingest")):
        with pytest.raises(NotAllowed):
            actions.enter(line=line(services=others), actor=team_manager)
    assert Entry.objects.count() == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "kind": ({"kind": "party"}, "/kind"),
    "no title": ({"title": " "}, "/title"),
    "long title": ({"title": "x" * 121}, "/title"),
    "control characters": ({"title": "a\x00b"}, "/title"),
    "lines": ({"reason": "a\nb"}, "/reason"),
    "no reason": ({"reason": ""}, "/reason"),
    "no owner": ({"owner_role": "boss"}, "/owner_role"),
    "no end": ({"ends_at": None}, "/ends_at"),
    "backwards": ({"ends_at": at("24 02:00")}, "/ends_at"),
    "too long": ({"ends_at": at("24 02:00") + timedelta(days=367)}, "/ends_at"),
    "too early": ({"begins_at": at("1999-12-31T00:00:00+00:00")}, "/begins_at"),
    "zone": ({"zone": "Mars/Base"}, "/zone"),
    "rule": ({"rule": "FREQ=SECONDLY"}, "/rule"),
    "service": ({"services": ("a\x1b",)}, "/services"),
    "environment": ({"environment": "e" * 61}, "/environment"),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_wrong_place_is_named_and_nothing_is_written(what: str, manager: User) -> None:
    changed, pointer = WRONG[what]
    with pytest.raises(Invalid) as refused:
        actions.enter(line=line(**changed), actor=manager)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert not Entry.objects.exists()


def test_a_freeze_has_a_name_and_a_role_that_signs(manager: User) -> None:
    with pytest.raises(Invalid) as refused:
        actions.enter(line=line("freeze", name="Black Friday", owner_role="auditor"), actor=manager)
    assert [error.pointer for error in refused.value.errors] == ["/name", "/owner_role"]


def test_a_form_that_is_sent_twice_writes_one_line(manager: User) -> None:
    key = uuid.uuid4()
    once, twice = (actions.enter(line=line(), actor=manager, key=key) for _ in range(2))
    assert once == twice and Entry.objects.count() == Act.objects.count() == 1
    with pytest.raises(Conflict):
        actions.enter(line=line(title="Another"), actor=manager, key=key)
    with pytest.raises(Conflict):
        actions.enter(line=line(), actor=person("other", "release_manager"), key=key)


def test_a_freeze_is_lifted_by_its_owner_or_an_administrator_alone(manager: User) -> None:
    frozen = actions.enter(line=line("freeze"), actor=manager)
    for who in (manager, person("sre", "sre"), person("nobody")):
        with pytest.raises(NotAllowed):
            actions.cancel(entry_id=frozen.pk, reason="We have to go out.", actor=who)
    actions.cancel(entry_id=frozen.pk, reason="The sale was moved.", actor=person("owner", "product"))
    kept = Entry.objects.get()
    assert (kept.cancelled_reason, str(kept.cancelled_by)) == ("The sale was moved.", "Owner")
    assert kept.cancelled_at is not None and kept.cancelled_at > kept.written_at
    other = actions.enter(line=line("freeze"), actor=manager)
    actions.cancel(entry_id=other.pk, reason="Typed wrongly.", actor=person("admin", "admin"))
    assert reading.seen(at("24 00:00"), at("25 00:00")) == []


def test_an_entry_is_cancelled_by_who_may_write_it_once_and_with_a_reason(manager: User) -> None:
    entry = actions.enter(line=line(), actor=manager)
    for reason in ("", "x" * 501, "a\x00"):
        with pytest.raises(Invalid):
            actions.cancel(entry_id=entry.pk, reason=reason, actor=manager)
    actions.cancel(entry_id=entry.pk, reason="Moved.", actor=manager)
    with pytest.raises(Conflict):
        actions.cancel(entry_id=entry.pk, reason="Moved.", actor=manager)
    with pytest.raises(NotFound):
        actions.cancel(entry_id=uuid.uuid4(), reason="Moved.", actor=manager)
    assert Act.objects.filter(kind="calendar.cancelled").count() == 1


def test_what_is_cancelled_still_says_that_a_calendar_is_kept(manager: User) -> None:
    entry = actions.enter(line=line(), actor=manager)
    actions.cancel(entry_id=entry.pk, reason="Moved.", actor=manager)
    assert reading.kept()


@pytest.mark.parametrize(
    "act",
    [
        lambda e: Entry.objects.filter(pk=e.pk).update(ends_at=at("30 00:00")),
        lambda e: Entry.objects.filter(pk=e.pk).update(kind="peak"),
        lambda e: Entry.objects.filter(pk=e.pk).delete(),
        lambda e: e.delete(),
        lambda _: connection.cursor().execute("TRUNCATE calendar_entry CASCADE"),
    ],
    ids=["longer", "another kind", "deleted", "deleted by the row", "emptied"],
)
def test_the_database_changes_and_deletes_no_line(act: Callable[[Entry], Any], manager: User) -> None:
    entry = actions.enter(line=line("freeze"), actor=manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        act(entry)
    entry.refresh_from_db()
    assert (entry.kind, entry.ends_at) == ("freeze", at("24 03:00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": at("24 02:00")}, {"kind": "party"}, {"kind": "freeze", "name": ""},
        {"kind": "freeze", "name": "x", "owner_role": "admin"}, {"reason": ""}, {"owner_role": ""},
        {"rule": "FREQ=SECONDLY"}, {"rule": "x"}, {"cancelled_reason": "x"},
    ],
)  # fmt: skip
def test_the_database_takes_no_line_that_says_less(wrong: dict[str, Any], manager: User) -> None:
    columns = {**line().columns(), "written_by": manager, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(**columns)


def test_occurrences_of_a_month_stand_in_order(manager: User) -> None:
    actions.enter(
        line=line("peak", "02 09:00", "02 10:00", rule="FREQ=WEEKLY", zone="Asia/Seoul"), actor=manager
    )
    actions.enter(line=line("freeze", "10 00:00", "12 00:00"), actor=manager)
    found = reading.seen(at("01 00:00"), at("17 00:00"))
    assert [(one.kind, one.begins.day) for one in found] == [
        ("peak", 2),
        ("peak", 9),
        ("freeze", 10),
        ("peak", 16),
    ]
