"""Naming a deputy for one of one's own roles, taking it back, and who stands in for whom at a moment."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals import delegation as rules
from approvals.models import Delegation
from orr.accounts import acts
from orr.accounts.models import APPROVER_ROLES, Role, RoleGrant, Team, User
from orr.accounts.roles import role_sentence, roles_of
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from orr.lib.met import Unmet
from orr.lib.sentence import say

LONGEST_REASON = 200


@transaction.atomic
def name(
    *, actor: User, deputy: User, role: str, team: Team | None, starts_at: datetime, ends_at: datetime,
    reason: str,
) -> Delegation:  # fmt: skip
    """Let `deputy` sign for the actor in one of the actor's own roles, in [`starts_at`, `ends_at`).

    Raises Invalid for wrong places, NotAllowed for a role that is not the actor's own, Conflict for a
    second step, a circle or a duplicate.
    """
    stated = _checked(reason, role, deputy)
    # One at a time: two that are sound each by itself may be a circle together.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(6963, 1)")
    now = clock.now()
    if not _own(actor, role, team):
        raise NotAllowed(say("Only a role of one's own has a deputy; you do not hold %(role)s.",
                             role=role_sentence(role)))  # fmt: skip
    wanted = rules.Wanted(actor.pk, deputy.pk, role, team.pk if team else None, starts_at, ends_at)
    allowed = rules.may_name(wanted, Delegation.objects.filter(revoked_at=None), now)
    if isinstance(allowed, Unmet):
        raise Conflict(allowed.reason)
    made = _kept(
        Delegation(principal=actor, deputy=deputy, role=role, team=team, starts_at=starts_at,
                   ends_at=ends_at, reason=stated)
    )  # fmt: skip
    _log("delegation.made", made, actor)
    return made


@transaction.atomic
def revoke(*, delegation_id: UUID, actor: User) -> Delegation:
    """End it now, by its principal, its deputy or an administrator; what was signed by it no longer counts.

    Raises NotFound (also for who has no part in it), Conflict when it is revoked already.
    """
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("principal", "deputy")
    found = rows.filter(pk=delegation_id).first()
    mine = found and actor.pk in (found.principal_id, found.deputy_id)
    if found is None or not (mine or Role.ADMIN in roles_of(actor)):
        raise NotFound(say("There is no such delegation."))
    if found.revoked_at:
        raise Conflict(say("This delegation is revoked already."))
    return _end(found, actor)


def end_all(person: User) -> None:
    """Revoke what the person delegated and what was delegated to them, in the caller's transaction."""
    ours = Q(principal=person) | Q(deputy=person)
    for one in Delegation.objects.select_for_update(of=("self",)).filter(ours, revoked_at=None):
        _end(one, person)


def _end(named: Delegation, by: User) -> Delegation:
    """Revoke the locked row, and write it down."""
    named.revoked_at, named.revoked_by = clock.now(), by
    named.save(update_fields=["revoked_at", "revoked_by"])
    named.refresh_from_db()
    _log("delegation.revoked", named, by)
    return named


def in_force(at: Any, *, team: UUID | None, roles: Collection[str] = APPROVER_ROLES) -> QuerySet[Delegation]:
    """The delegations that hold at that moment (or database expression) in reviews of that team, or any.

    A principal whose own role does not count then delegates nothing, and a deputy has to be somebody in
    whom a signing role of their own counts: a new account cannot sign by way of somebody else's role.
    """
    return _holding(at, Q() if team is None else Q(team=None) | Q(team=team), roles)


def _holding(at: Any, where: Q, roles: Collection[str]) -> QuerySet[Delegation]:
    return Delegation.objects.filter(
        where,
        Exists(_counts("principal", at, where, role=OuterRef("role"))),
        Exists(_counts("deputy", at, where, role__in=sorted(APPROVER_ROLES))),
        revoked_at=None,
        starts_at__lte=at,
        ends_at__gt=at,
        role__in=sorted(roles),
    )


def standing_in(
    at: datetime, *, team: UUID | None, roles: Collection[str] = APPROVER_ROLES, deputy: UUID | None = None
) -> list[Delegation]:
    """Who stands in for whom, as `in_force` says, by the deputy's name; one query."""
    return _named(in_force(at, team=team, roles=roles), deputy)


def everywhere(at: datetime, *, roles: Collection[str], deputy: UUID | None = None) -> list[Delegation]:
    """Who stands in for whom in what binds every team: by a delegation and roles that are held everywhere."""
    return _named(_holding(at, Q(team=None), roles), deputy)


def _named(found: QuerySet[Delegation], deputy: UUID | None) -> list[Delegation]:
    if deputy is not None:
        found = found.filter(deputy=deputy)
    whole = found.select_related("principal", "deputy", "team")
    return list(whole.order_by("deputy__name", "principal__name"))


def still_counts(used: Delegation, signed_at: datetime, at: datetime, *, team: UUID | None) -> bool:
    """Whether a signature made by it then still counts at `at`.

    That its time ran out afterwards changes nothing; that it was revoked, or that the principal's role no
    longer counts, does.
    """
    place = used.team_id is None or team is None or used.team_id == team
    in_time = rules.in_force(used, signed_at) and used.revoked_at is None
    return place and in_time and used.role in roles_of(used.principal, at, team=team)


def _counts(who: str, at: Any, where: Q, **role: Any) -> QuerySet[RoleGrant]:
    grown = Q(user__signs_from=None) | Q(user__signs_from__lte=at)
    return RoleGrant.objects.filter(
        where, grown, user=OuterRef(who), user__is_active=True, revoked_at=None, counts_from__lte=at, **role
    )


def _own(actor: User, role: str, team: Team | None) -> bool:
    """Whether the role is the actor's as far as it is delegated: a team's role has a deputy in that team."""
    held = RoleGrant.objects.filter(user=actor, role=role, revoked_at=None, user__is_active=True)
    return held.filter(Q(team=None) | Q(team=team) if team else Q(team=None)).exists()


def _checked(reason: str, role: str, deputy: User) -> str:
    stated, errors = reason.strip(), []
    if not stated or len(stated) > LONGEST_REASON or not stated.isprintable():
        errors.append(FieldError("/reason", say("A reason has 1 to %(n)s characters.", n=LONGEST_REASON)))
    if role not in APPROVER_ROLES:
        errors.append(FieldError("/role", say("Only a role that signs has a deputy.")))
    if not deputy.is_active or deputy.is_system:
        errors.append(FieldError("/deputy", say("%(name)s cannot sign in any more.", name=str(deputy))))
    if errors:
        raise Invalid(errors)
    return stated


def _kept(made: Delegation) -> Delegation:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(say("This deputy cannot be named now; look again.")) from error
    made.refresh_from_db()
    return made


def _log(kind: str, made: Delegation, actor: User) -> None:
    acts.record(
        kind, actor=actor, person=made.deputy, team=made.team, delegation=made.pk,
        principal=made.principal_id, role=made.role, starts_at=made.starts_at, ends_at=made.ends_at,
    )  # fmt: skip


def in_teams(
    at: datetime, *, deputy: User, teams: Collection[UUID | None]
) -> dict[UUID | None, list[Delegation]]:
    """For whom the deputy stands in, per team; as `standing_in` for each, in two queries."""
    rows = standing_in(at, team=None, deputy=deputy.pk)
    people = {deputy.pk, *(one.principal_id for one in rows)}
    grants = RoleGrant.objects.filter(user__in=people, revoked_at=None, counts_from__lte=at)
    held = set(grants.values_list("user_id", "role", "team_id")) if rows else set()

    def counts(who: UUID, roles: Collection[str], team: UUID | None) -> bool:
        return any((who, role, place) in held for role in roles for place in (None, team))

    return {
        team: [
            one
            for one in rows
            if one.team_id in (None, team)
            and counts(one.principal_id, {one.role}, team)
            and counts(deputy.pk, APPROVER_ROLES, team)
        ]
        for team in teams
    }
