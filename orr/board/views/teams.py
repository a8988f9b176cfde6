"""Teams: the list, and one team with its services, members and roles; administrators change them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.accounts import membership, people, roles, teams
from orr.accounts.models import Role, Team
from orr.board import acts_shown, refusals, teams_shown
from orr.board.access import me, signed_in
from orr.board.page import now, render
from orr.lib.errors import Malformed, OrrError
from orr.lib.sentence import say

Context = dict[str, Any]
# An administrator is one everywhere, so that role is never given in a team.
IN_A_TEAM = [(role, word) for role, word in Role.choices if role != Role.ADMIN]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The teams in sight; an administrator makes a new one."""
    if request.method != "POST":
        return render(request, "board/teams.html", _list(request))
    sent = {name: request.POST.get(name, "") for name in ("slug", "name")}
    try:
        made = teams.make(**sent, actor=me(request))
    except OrrError as error:
        context = {**_list(request), "sent": sent, "error": refusals.shown(error, _("No team was made."))}
        return render(request, "board/teams.html", context, status=error.status)
    messages.success(request, _("The team is made; give it services and people."), extra_tags="pass")
    return redirect("board:team", slug=made.slug)


def _list(request: HttpRequest) -> Context:
    seen = membership.sight(me(request))
    admin = Role.ADMIN in roles.roles_of(me(request))
    return {"nav": "settings", "teams": teams_shown.listed(seen), "admin": admin, "sent": {}}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One team."""
    team = teams_shown.visible(teams.find(slug), membership.sight(me(request)))
    if request.method != "POST":
        return render(request, "board/team.html", _context(request, team))
    try:
        _change(request, team)
    except OrrError as error:
        shown = refusals.shown(error, _("Nothing was changed."))
        return render(
            request, "board/team.html", {**_context(request, team), "error": shown}, status=error.status
        )
    messages.success(request, _("Done; it stands in the record of acts on people."), extra_tags="pass")
    return redirect("board:team", slug=team.slug)


def _context(request: HttpRequest, team: Team) -> Context:
    return {
        "nav": "settings",
        "now": now(),
        "team": team,
        "admin": Role.ADMIN in roles.roles_of(me(request)),
        "all_roles": IN_A_TEAM,
        "others": teams_shown.others(team),
        "acts": acts_shown.of_team(team),
        **teams_shown.told(team),
    }


def _change(request: HttpRequest, team: Team) -> None:
    actor, sent = me(request), request.POST.get
    roles.require(actor, Role.ADMIN)
    act = sent("act", "")
    if act == "rename":
        teams.rename(team=team, name=sent("name", ""), actor=actor)
    elif act == "give_service":
        teams.give_service(team=team, service_id=sent("service", ""), actor=actor)
    elif act == "take_service":
        teams.take_service(team=team, service_id=sent("service", ""), actor=actor)
    elif act in {"add", "remove", "grant", "revoke"}:
        _change_person(act, team, people.find(sent("person", "")), sent("role", ""), actor)
    else:
        raise Malformed(say("There is no such act."))


def _change_person(act: str, team: Team, person: Any, role: str, actor: Any) -> None:
    if act == "add":
        teams.add(team=team, user=person, actor=actor)
    elif act == "remove":
        teams.remove(team=team, user=person, actor=actor)
    elif act == "grant":
        roles.grant(user=person, role=role, actor=actor, team=team.pk)
    else:
        roles.revoke(user=person, role=role, actor=actor, team=team.pk)
