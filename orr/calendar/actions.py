"""What people do to the calendar: write a line, cancel one. Nothing is changed and nothing is deleted."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from orr.accounts import acts, roles, teams
from orr.accounts.models import DEFAULT_TEAM, Role, User
from orr.calendar.freezes import Kind
from orr.calendar.lines import Line, checked, line_of
from orr.calendar.models import Entry
from orr.calendar.reading import LOCK
from orr.events.bus import publish
from orr.events.vocabulary import Event
from orr.lib.errors import Conflict, FieldError, Invalid, NotFound
from orr.lib.met import Met, Requirement, Unmet, require
from orr.lib.sentence import say

NOT_THERE = say("There is no such line in the calendar.")
REASON = 500


@transaction.atomic
def enter(*, line: Line, actor: User, key: UUID | None = None) -> Entry:
    """Write a line. `key`: the id it gets, so that a form sent twice writes one.

    Raises Invalid with a pointer for each wrong place, NotAllowed, Conflict where the id is another line's.
    """
    require(may_write(actor, line.services))
    wanted = checked(line)
    _alone()
    there = Entry.objects.filter(pk=key).first() if key else None
    if there is not None:
        if there.written_by_id != actor.pk or line_of(there) != wanted:
            raise Conflict(say("This form was sent before, with another line; open it anew."))
        return there
    first = not Entry.objects.exists()
    entry = Entry(written_by=actor, **wanted.columns(), **({"pk": key} if key else {}))
    entry.save(force_insert=True)
    entry.refresh_from_db()
    # Those who listen lock reviews, and whoever holds a review's row may log: so the log comes last.
    publish(Event.CALENDAR_CHANGED, subject=str(entry.pk), first=first)
    _log("calendar.entered", entry, actor)
    return entry


@transaction.atomic
def cancel(*, entry_id: UUID, reason: str, actor: User) -> Entry:
    """Take a line out of force, with a reason; it stays readable. Raises NotFound, NotAllowed, Invalid,
    Conflict where it is cancelled already.
    """
    require(may_cancel(find(entry_id), actor))
    stated = reason.strip()
    if not stated or len(stated) > REASON or not stated.isprintable():
        raise Invalid(
            [FieldError("/reason", say("A reason has 1 to %(n)s characters, in one line.", n=REASON))]
        )
    _alone()
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if entry.cancelled_at:
        raise Conflict(say("This line is cancelled already."))
    Entry.objects.filter(pk=entry_id).update(
        # The moment is set by the database.
        cancelled_at=entry.written_at, cancelled_by=actor, cancelled_reason=stated
    )  # fmt: skip
    entry.refresh_from_db()
    publish(Event.CALENDAR_CHANGED, subject=str(entry.pk), first=False)
    _log("calendar.cancelled", entry, actor)
    return entry


def find(entry_id: UUID) -> Entry:
    """The line of that id. Raises NotFound."""
    people = ("owner", "written_by", "cancelled_by")
    found = Entry.objects.select_related(*people).filter(pk=entry_id).first()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def may_write(actor: User, services: Sequence[str]) -> Requirement:
    """Whether the person writes a line of these services: a release manager of them, or an administrator.

    What is of every service, or of those of several teams, takes the role everywhere.
    """
    team = teams.owner_of(services) if services else DEFAULT_TEAM
    if not roles.roles_of(actor, team=team).isdisjoint({Role.RELEASE_MANAGER.value, Role.ADMIN.value}):
        return Met()
    return Unmet(say("Release managers of these services and administrators write the calendar."))


def may_cancel(entry: Entry, actor: User) -> Requirement:
    """Whether the person cancels the line: its owner or an administrator; an entry, also who may write it.

    Nobody lifts a freeze or a peak but whose it is: else who wants to go out would.
    """
    team = teams.owner_of(entry.services) if entry.services else DEFAULT_TEAM
    held = roles.roles_of(actor, team=team)
    if actor.is_active and (Role.ADMIN in held or entry.owner_role in held or entry.owner_id == actor.pk):
        return Met()
    if entry.kind == Kind.ENTRY:
        return may_write(actor, entry.services)
    return Unmet(say("A freeze or a peak is cancelled by its owner or by an administrator."))


def _alone() -> None:
    """Wait until nobody measures the calendar: what is measured afterwards sees this act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", list(LOCK))


def _log(act: str, entry: Entry, actor: User) -> None:
    facts = {**vars(line_of(entry)), "owner": str(entry.owner_id or ""), "why": entry.cancelled_reason}
    acts.record(act, actor=actor, entry=entry.pk, line=facts.pop("kind"), **facts)
