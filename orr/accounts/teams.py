"""Teams: an administrator makes them, gives them services, and says who belongs to them."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from orr.accounts import acts, membership, roles
from orr.accounts.models import DEFAULT_TEAM, RoleGrant, Team, TeamService, User
from orr.lib.errors import Conflict, FieldError, Invalid, NotFound
from orr.lib.sentence import say

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
SERVICE_MAX = 200


def find(slug: str) -> Team:
    """The team of that short name. Raises NotFound."""
    team = Team.objects.filter(slug=slug).first() if _SLUG.match(slug) else None
    if team is None:
        raise NotFound(say("There is no team “%(name)s”.", name=slug[:40]))
    return team


def owner_of(service_ids: Iterable[str]) -> UUID:
    """The team that owns every one of the services; the team of everyone where none or several do.

    A service that no team owns is everyone's, so that nobody moves a change to a team of their choice by
    naming one more service.
    """
    wanted = set(service_ids)
    owners = dict(TeamService.objects.filter(service_id__in=wanted).values_list("service_id", "team_id"))
    teams = {owners.get(service, DEFAULT_TEAM) for service in wanted}
    return teams.pop() if len(teams) == 1 else DEFAULT_TEAM


@transaction.atomic
def make(*, slug: str, name: str, actor: User) -> Team:
    """A new team. Raises NotAllowed, Invalid."""
    roles.require_administrator(actor)
    errors = []
    if not _SLUG.match(slug):
        errors.append(FieldError("/slug", say("A short name has 1 to 40 of a–z, 0–9 and hyphens.")))
    elif Team.objects.filter(slug=slug).exists():
        errors.append(FieldError("/slug", say("The short name “%(name)s” is taken.", name=slug)))
    errors += _wrong_name(name)
    if errors:
        raise Invalid(errors)
    team = Team.objects.create(slug=slug, name=name.strip())
    acts.record("team.made", actor=actor, team=team)
    return team


@transaction.atomic
def rename(*, team: Team, name: str, actor: User) -> Team:
    """Another name; the short one stays. Raises NotAllowed, Invalid."""
    roles.require_administrator(actor)
    if wrong := _wrong_name(name):
        raise Invalid(wrong)
    held = _locked(team)
    former, held.name = held.name, name.strip()
    if held.name != former:
        held.save(update_fields=["name"])
        acts.record("team.renamed", actor=actor, team=held, former=former)
    return held


@transaction.atomic
def give_service(*, team: Team, service_id: str, actor: User) -> TeamService:
    """Say that the team owns the service. Raises NotAllowed, Invalid, Conflict where another team does."""
    roles.require_administrator(actor)
    service_id = service_id.strip()
    if not service_id or len(service_id) > SERVICE_MAX or not service_id.isprintable():
        raise Invalid([FieldError("/service_id", say("A service has 1 to 200 characters."))])
    held = _own(team)
    found, made = TeamService.objects.select_related("team").get_or_create(
        service_id=service_id, defaults={"team": held}
    )
    if found.team_id != held.pk:
        raise Conflict(say("%(service)s belongs to %(team)s.", service=service_id, team=found.team.name))
    if made:
        acts.record("team.service_given", actor=actor, team=held, service=service_id)
    return found


@transaction.atomic
def take_service(*, team: Team, service_id: str, actor: User) -> None:
    """The team owns the service no longer. Raises NotAllowed."""
    roles.require_administrator(actor)
    held = _locked(team)
    if TeamService.objects.filter(team=held, service_id=service_id).delete()[0]:
        acts.record("team.service_taken", actor=actor, team=held, service=service_id)


@transaction.atomic
def add(*, team: Team, user: User, actor: User) -> None:
    """Make the person a member: they see the team's reviews. Raises NotAllowed, Conflict."""
    roles.require_administrator(actor)
    held, person = _locked(team), roles.locked(user)
    if not person.is_active:
        raise Conflict(say("%(name)s is deactivated and joins no team.", name=str(person)))
    membership.join(held, person, actor)


@transaction.atomic
def remove(*, team: Team, user: User, actor: User) -> None:
    """End the membership, and with it every role the person holds in the team. Raises NotAllowed."""
    roles.require_administrator(actor)
    held, person = _locked(team), roles.locked(user)
    held_here = RoleGrant.objects.filter(user=person, team=held, revoked_at=None)
    for role in held_here.values_list("role", flat=True):
        roles.revoke(user=person, role=role, actor=actor, team=held.pk)
    membership.leave(held, person, actor)


def _locked(team: Team) -> Team:
    return Team.objects.select_for_update().get(pk=team.pk)


def _own(team: Team) -> Team:
    if team.pk == DEFAULT_TEAM:
        raise Conflict(say("What no team owns is everyone's by itself."))
    return _locked(team)


def _wrong_name(name: str) -> list[FieldError]:
    good = name.strip() and len(name.strip()) <= 80 and name.isprintable()
    return [] if good else [FieldError("/name", say("A name has 1 to 80 characters."))]
