"""What comes into force by itself: everything at set-up, and later each file that is nowhere weaker.

Reviews ask here. Where nothing changed that is one query and no lock; what is written is written under one
lock for all policies, so that two processes at the same moment adopt once.
"""

from django.db import connection, transaction

from approvals import actions as approvals
from approvals.models import Delegation
from approvals.models import State as Ended
from orr.accounts import people
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, OrrError
from orr.lib.sentence import Sentence, say
from orr.policies import record
from orr.policies.models import Origin, PolicyVersion, State, stream_of
from orr.policies.standing import Standing, look, profile_of
from orr.policies.telling import tell
from orr.profiles import load
from orr.profiles.schema import Profile
from orr.tlog import log

LOCK = 0x706F6C69  # any number that nothing else locks
CAME_INTO_FORCE = frozenset({"policy.adopted_at_setup", "policy.adopted", "policy.took_effect"})


def in_force(name: str) -> Profile:
    """The profile that reviews go by under that name; a file that is nowhere weaker is adopted on the way.

    A weaker, broken or deleted file changes nothing. Raises Invalid for a name that nothing is in force of
    (no file, a broken one, or one that is weaker than `standard` and was not approved), Conflict where
    what was in force is gone, Unavailable where it cannot be read.
    """
    found = look(name)
    if found.in_force is not None and not found.adopts:
        return found.in_force
    return _settled(name)


def expected(name: str) -> Profile:
    """What `in_force` would answer now, without writing anything. Raises as it does."""
    found = look(name)
    begins = found.governing is None and not PolicyVersion.objects.exists()
    if found.file is not None and (found.adopts or begins):
        return found.file
    if found.in_force is None:
        raise Invalid([FieldError("/profile", why_not(found))])
    return found.in_force


@transaction.atomic
def _settled(name: str) -> Profile:
    alone()
    found = look(name)
    if found.adopts:
        return profile_of(_adopt(found, people.system()))
    if found.in_force is None:
        raise Invalid([FieldError("/profile", why_not(found))])
    return found.in_force


def alone() -> None:
    """Hold the lock of all policies until the transaction ends; the first time ever, set them up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if not PolicyVersion.objects.exists():
        _set_up(people.system())


def _set_up(system: User) -> None:
    """Every file that can be read, as it is, once: what the organisation begins with. Needs `standard`."""
    _never_was(load.BASE)
    load.get(load.BASE)
    for name in load.names():
        try:
            profile = load.get(name)
        except OrrError:
            continue  # mended later it is a new name like any other
        tell("policy.adopted_at_setup", keep(name, profile, Origin.SET_UP), system)


def _adopt(found: Standing, system: User) -> PolicyVersion:
    if found.file is None:
        raise Conflict(say("There is no file of %(name)s.", name=found.name))
    if found.row is None:
        _never_was(found.name)
    another = say("Another version came into force: the file was changed and is nowhere weaker.")
    waiting = PolicyVersion.objects.filter(name=found.name, state=State.PROPOSED).first()
    if waiting is not None:
        finish(waiting, Ended.VOID, another, system)
    supersede(found.name)
    row = keep(found.name, found.file, Origin.FILE)
    tell("policy.adopted", row, system)
    return row


def _never_was(name: str) -> None:
    """Raise Conflict where the log knows a version in force that the table has lost: nothing goes by it."""
    if any(entry.kind in CAME_INTO_FORCE for entry in log.entries_of(stream_of(name))):
        raise Conflict(
            say("The version of %(name)s that was in force is gone; nothing goes by it.", name=name)
        )


def why_not(found: Standing) -> Sentence:
    """Why nothing of this name is in force."""
    if found.error is not None:
        return found.error
    return say(
        "%(name)s is new, and weaker than the standard policy in %(n)s places; it waits for its approval.",
        name=found.name,
        n=len(found.weaker),
    )


def supersede(name: str) -> None:
    """The version in force makes room for the next, in the same transaction."""
    PolicyVersion.objects.filter(name=name, state=State.IN_FORCE).update(state=State.SUPERSEDED)


def keep(name: str, profile: Profile, origin: Origin) -> PolicyVersion:
    """The profile as the version in force."""
    body = record.body_of(profile)
    return PolicyVersion.objects.create(
        name=name,
        digest=record.digest_of(body),
        body=body,
        state=State.IN_FORCE,
        origin=origin,
        adopted_at=clock.now(),
    )


def finish(
    row: PolicyVersion, state: Ended, reason: Sentence | None, actor: User,
    delegation: Delegation | None = None,
) -> PolicyVersion:  # fmt: skip
    """End a proposed version and its request alike, without an effect, and say so.

    `delegation`: by which the actor stops it for somebody else.
    """
    if row.request_id is None:
        raise Conflict(say("Nothing is proposed for %(name)s.", name=row.name))
    request = approvals.end(request_id=row.request_id, state=state, reason=reason, delegation=delegation)
    row.request, row.state, row.ended_at = request, State(state.value), request.ended_at
    row.ended_by, row.ended_reason = actor, reason
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_reason"])
    tell(f"policy.{state.value}", row, actor)
    return row
