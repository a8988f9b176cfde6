"""Renders a page: what every page knows beside its own facts."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.utils.translation import get_language
from markupsafe import Markup

from orr.accounts.roles import role_title, roles_of
from orr.board.language import theme_of
from orr.board.queue import waiting_for
from orr.lib import clock

OOB = Markup(' hx-swap-oob="true"')


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page as an answer, never stored by a cache in between."""
    known = {**common(request, context or {}), **(context or {})}
    known.setdefault("csrf_token", get_token(request))
    body = words(template, known)
    return HttpResponse(body, status=status, headers={"Cache-Control": "private, no-cache"})


def words(template: str, context: dict[str, Any]) -> str:
    """The template as text."""
    return str(get_template(template, using="jinja2").template.render(context))  # type: ignore[attr-defined]


def common(request: HttpRequest, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the frame of every page shows: the person, the place, language, theme; less what is `given`."""
    me = given.get("me") or person(request)
    return {
        "me": me,
        "waiting": waiting_for(me["user"]) if me and "waiting" not in given else 0,
        "lang": get_language() or "en",
        "theme": theme_of(request),
        "here": request.get_full_path(),
        "nav": "",
        "live": None,
        "oob": "",
        "layout": "base.html",
        "messages": list(messages.get_messages(request)) if hasattr(request, "_messages") else [],
        "error": None,
    }


def person(request: HttpRequest) -> dict[str, Any] | None:
    """Who is signed in: id, name, roles by title; None for nobody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return described(user, roles_of(user))


def described(user: Any, held: Iterable[str]) -> dict[str, Any]:
    """A person as the frame shows them."""
    titles = [role_title(role) for role in sorted(held)]
    return {"id": user.pk, "name": str(user), "user": user, "roles": titles}


def now() -> Any:
    """The database's time, the one all pages count by."""
    return clock.now()
