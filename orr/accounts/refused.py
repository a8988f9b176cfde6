"""Keeps every refusal, whichever view made it: one place that sees all answers of pages and API."""

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from orr.accounts import denials, sessions, tokens
from orr.accounts.models import User

logger = logging.getLogger(__name__)
API = "/v1/"
# Where a person says who they are before they are known; the field that says it.
DOORS = {"board:signin": ("username", "login")}


class DenialMiddleware:
    """Writes down what was refused to whom, after the answer is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what cannot be written down never makes the answer another one."""
        with denials.noting() as noted:
            response = self.get_response(request)
            if denials.is_refusal(noted, response.status_code):
                try:
                    _write(request, response.status_code, noted)
                except DatabaseError as error:
                    logger.warning("a refusal was not kept: %s", type(error).__name__)
        return response


def _write(request: HttpRequest, status: int, noted: denials.Noted) -> None:
    match = request.resolver_match
    if match is not None and isinstance(match.kwargs.get("code"), str):
        noted.subject = match.kwargs["code"][:64]
    denials.write(
        noted,
        whom=_whom(request, match.view_name if match else "", noted),
        via="api" if request.path.startswith(API) else "page",
        method=request.method or "",
        route=(match.view_name or match.route) if match else "",
        path=request.path[:200],
        status=status,
    )


def _whom(request: HttpRequest, route: str, noted: denials.Noted) -> denials.Whom | None:
    """Who was refused: signed in, by their token, or by the name they said at the door; None for a stranger.

    Only a session or a token that holds proves a person; all else is somebody at an address.
    """
    user, address = getattr(request, "user", None), sessions.address_of(request)
    known = User.objects.filter(pk=user.pk).first() if user is not None and user.is_authenticated else None
    if known is not None:
        return denials.proven(known)
    if request.path.startswith(API):
        scheme, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return _bearer(raw.strip(), address) if scheme.lower() == "bearer" else None
    person = noted.person or _named(request, route)
    return denials.unproven(address, person) if person else None


def _bearer(raw: str, address: str) -> denials.Whom | None:
    """Whose token it is; one of nobody, or that only begins like somebody's, is of its address alone."""
    if not raw.startswith(tokens.BEGINNING):
        return None
    owner, holds = tokens.owner_of(raw)
    return denials.proven(owner) if owner and holds else denials.unproven(address, owner)


def _named(request: HttpRequest, route: str) -> User | None:
    said = next((request.POST[field] for field in DOORS.get(route, ()) if request.POST.get(field)), "")
    if not said or "\x00" in said:
        return None
    return User.objects.filter(username=said[:150]).first()
