"""People and roles: who can sign now, inviting, giving and taking roles, who an author is."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orr.accounts import links, membership, people, roles, teams
from orr.accounts.models import DEFAULT_TEAM, AuthorMapping, Role, Team, User
from orr.board import acts_shown, people_shown, refusals
from orr.board.access import me, signed_in
from orr.board.page import now, render
from orr.lib.errors import Malformed, OrrError
from orr.lib.sentence import say

Context = dict[str, Any]


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Everybody may look; administrators change."""
    return render(request, "board/people.html", _context(request))


def _context(request: HttpRequest) -> Context:
    held, seen = roles.roles_of(me(request)), membership.sight(me(request))
    return {
        "nav": "settings",
        "now": now(),
        "roles": people_shown.roles_table(),
        "people": people_shown.people(),
        "waiting_grants": people_shown.waiting(me(request)),
        "blocked": people_shown.blocked(seen),
        "mappings": AuthorMapping.objects.select_related("user").order_by("author_id"),
        "admin": Role.ADMIN in held,
        "all_roles": Role.choices,
        "sent": {},
        "everyone": User.objects.filter(is_active=True).exclude(username="system").order_by("name"),
    }


@never_cache
@require_POST
@signed_in
def invite(request: HttpRequest) -> HttpResponse:
    """A new person and their one-time link, shown once."""
    username, name = request.POST.get("username", ""), request.POST.get("name", "")
    wanted = request.POST.getlist("roles")
    try:
        person, link = people.invite(username=username, name=name, wanted=wanted, actor=me(request))
    except OrrError as error:
        kept = {"sent": {"username": username, "name": name, "roles": wanted}}
        context = {**_context(request), **kept, "error": refusals.shown(error, _("Nobody was invited."))}
        return render(request, "board/people.html", context, status=error.status)
    return render(request, "board/link.html", {"nav": "settings", "person": person, "link": link})


@require_POST
@signed_in
def authors(request: HttpRequest) -> HttpResponse:
    """Say which person an author id is."""
    try:
        found = people.find(request.POST.get("person", ""))
        people.map_author(author_id=request.POST.get("author_id", ""), user=found, actor=me(request))
    except OrrError as error:
        context = {**_context(request), "error": refusals.shown(error, _("The author was not mapped."))}
        return render(request, "board/people.html", context, status=error.status)
    messages.success(request, _("The author is mapped."), extra_tags="pass")
    return redirect("board:people")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def one(request: HttpRequest, username: str) -> HttpResponse:
    """One person: roles, a new link, deactivating."""
    person = people.find(username)
    if request.method == "POST":
        return _change(request, person)
    context = {
        "nav": "settings",
        "now": now(),
        "person": person,
        "admin": Role.ADMIN in roles.roles_of(me(request)),
        "grants": people_shown.grants_of(person),
        "teams": Team.objects.exclude(pk=DEFAULT_TEAM).order_by("name"),
        "all_roles": Role.choices,
        "acts": acts_shown.of_person(person) if _may_read(me(request), person) else None,
    }
    return render(request, "board/person.html", context)


def _may_read(viewer: User, person: User) -> bool:
    """Whose history one reads: one's own, and everybody's with a role held everywhere."""
    return viewer == person or membership.sight(viewer).everywhere


@require_POST
@signed_in
def consent(request: HttpRequest, grant: int) -> HttpResponse:
    """A second administrator lets a waiting grant count."""
    roles.consent(grant_id=grant, actor=me(request))
    messages.success(request, _("You consented; the role counts for signing from now on."), extra_tags="pass")
    return redirect("board:people")


def _change(request: HttpRequest, person: User) -> HttpResponse:
    roles.require(me(request), Role.ADMIN)
    act, role = request.POST.get("act", ""), request.POST.get("role", "")
    if act == "link":
        link = links.make(person, actor=me(request))
        return render(request, "board/link.html", {"nav": "settings", "person": person, "link": link})
    if act == "grant":
        roles.grant(user=person, role=role, actor=me(request), team=_team(request))
    elif act == "revoke":
        roles.revoke(user=person, role=role, actor=me(request), team=_team(request))
    elif act in _ON_A_PERSON:
        _ON_A_PERSON[act](user=person, actor=me(request))
    else:
        raise Malformed(say("There is no such act."))
    messages.success(
        request,
        _("Done; it is in effect at once, a new role counts for signing after 24 hours."),
        extra_tags="pass",
    )
    return redirect("board:person", username=person.username)


_ON_A_PERSON: dict[str, Callable[..., None]] = {
    "deactivate": people.deactivate,
    "reactivate": people.reactivate,
    "vouch": people.vouch,
}


def _team(request: HttpRequest) -> UUID | None:
    """The team that the form says, by its short name; None for everywhere."""
    slug = request.POST.get("team", "")
    return teams.find(slug).pk if slug else None
