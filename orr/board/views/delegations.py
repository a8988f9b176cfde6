"""Deputies: whom I named for which of my roles, for whom I stand in, naming and taking back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from approvals import deputies
from approvals.models import Delegation
from orr.accounts import people
from orr.accounts.models import APPROVER_ROLES, SYSTEM_USERNAME, Role, Team, User
from orr.accounts.roles import role_title, roles_of
from orr.board import page, refusals
from orr.board.access import me, signed_in
from orr.lib.errors import FieldError, Invalid, NotFound, OrrError
from orr.lib.sentence import say

Context = dict[str, Any]
FIELDS = ("deputy", "role", "team", "starts_at", "ends_at", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The delegations and the form; a refusal keeps what was typed."""
    if request.method != "POST":
        return page.render(request, "board/delegations.html", _context(request))
    try:
        _name(request)
    except OrrError as error:
        context = {**_context(request), "error": refusals.shown(error, _("No deputy was named."))}
        return page.render(request, "board/delegations.html", context, status=error.status)
    messages.success(request, _("The deputy is named; it stands in the log."), extra_tags="pass")
    return redirect("board:delegations")


@require_POST
@signed_in
def revoke(request: HttpRequest, delegation: UUID) -> HttpResponse:
    """Take it back now."""
    deputies.revoke(delegation_id=delegation, actor=me(request))
    messages.success(request, _("Revoked; what was signed by it no longer counts."), extra_tags="pass")
    return redirect("board:delegations")


def _name(request: HttpRequest) -> Delegation:
    sent = request.POST
    starts, ends = _moment(sent.get("starts_at", "")), _moment(sent.get("ends_at", ""))
    errors = [
        FieldError(f"/{name}", say("Give a date and a time."))
        for name, found in (("starts_at", starts), ("ends_at", ends))
        if found is None
    ]
    if starts is None or ends is None:
        raise Invalid(errors)
    return deputies.name(
        actor=me(request), deputy=people.find(sent.get("deputy", "")), role=sent.get("role", ""),
        team=_team(sent.get("team", "")), starts_at=starts, ends_at=ends, reason=sent.get("reason", ""),
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    """A moment in the reader's zone, as the field of the browser sends it; None where it is none."""
    try:
        found = parse_datetime(text[:40])
        return found if found is None or found.tzinfo else timezone.make_aware(found)
    except (ValueError, OverflowError):
        return None


def _team(slug: str) -> Team | None:
    if not slug:
        return None
    found = Team.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(say("There is no such team."))
    return found


def _context(request: HttpRequest) -> Context:
    person, now = me(request), page.now()
    admin = Role.ADMIN in roles_of(person)
    own = Q() if admin else Q(principal=person) | Q(deputy=person)
    rows = Delegation.objects.filter(own).select_related("principal", "deputy", "team", "revoked_by")
    others = User.objects.filter(is_active=True, grants__role__in=APPROVER_ROLES, grants__revoked_at=None)
    return {
        "nav": "settings",
        "now": now,
        "zone": timezone.get_current_timezone_name(),
        "rows": [_row(one, person, admin, now) for one in rows.order_by("-ends_at", "pk")[:100]],
        "roles": [(role, role_title(role)) for role in sorted(roles_of(person) & APPROVER_ROLES)],
        "people": others.exclude(pk=person.pk).exclude(username=SYSTEM_USERNAME).distinct().order_by("name"),
        "teams": Team.objects.order_by("name"),
        "sent": {name: request.POST.get(name, "") for name in FIELDS},
    }


def _row(one: Delegation, person: User, admin: bool, now: datetime) -> Context:
    if one.revoked_at:
        state = "revoked"
    else:
        state = "over" if one.ends_at <= now else "ahead" if one.starts_at > now else "now"
    live = state in ("now", "ahead")
    return {
        "id": one.pk,
        "principal": str(one.principal),
        "deputy": str(one.deputy),
        "role": role_title(one.role),
        "team": str(one.team) if one.team else "",
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "reason": one.reason,
        "state": state,
        "revocable": live and (admin or person.pk in (one.principal_id, one.deputy_id)),
    }
