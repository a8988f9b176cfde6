"""Sessions: who is signed in where, how long that lasts, and how it ends at once."""

import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from orr.accounts.models import User
from orr.lib import clock

BEGAN, SEEN = "orr_began", "orr_seen"
# How exactly the last use is kept: a page that is read does not write a row each time.
GRAIN = timedelta(minutes=1)


class SessionLimits:
    """Nobody is signed in by a session that is idle or old for too long; the answer is that of a stranger."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the person looked up only where one is asked for."""
        found = request.user
        request.user = SimpleLazyObject(lambda: _within(request, found))  # type: ignore[assignment]
        return self.get_response(request)


def _within(request: HttpRequest, user: Any) -> Any:
    if not user.is_authenticated:
        return user
    now, session = time.time(), request.session
    idle = now - session.get(SEEN, 0) > settings.SESSION_IDLE_SECONDS
    if idle or now - session.get(BEGAN, 0) > settings.SESSION_COOKIE_AGE:
        UserSession.objects.filter(session_key=session.session_key).delete()
        session.flush()
        return AnonymousUser()
    # A page that renews itself is nobody's hand on the keyboard.
    if now - session[SEEN] > GRAIN.total_seconds() and request.headers.get("HX-Trigger") != "live":
        session[SEEN] = now
        _seen(request, user)
    return user


def begin(sender: Any, *, request: HttpRequest, user: User, **_: Any) -> None:
    """Start the clocks of a session at its sign-in, and list it; sessions long over go."""
    request.session[BEGAN] = request.session[SEEN] = time.time()
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    gone = UserSession.objects.filter(user=user)
    gone.exclude(session_key__in=Session.objects.values("session_key")).delete()
    if not request.session.session_key:
        request.session.create()
    _seen(request, user)


def renew(request: HttpRequest, user: User) -> None:
    """Let this session go on under a new key, after the password it was begun with has changed."""
    former = request.session.session_key
    update_session_auth_hash(request, user)
    UserSession.objects.filter(session_key=former).delete()
    _seen(request, user)


def _seen(request: HttpRequest, user: User) -> None:
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={"user": user, "ip": address_of(request), "user_agent": _device(request),
                  "last_seen_at": clock.now()},
    )  # fmt: skip


def address_of(request: HttpRequest) -> str:
    """Where the request came from: the connection's other end, or what the trusted proxies say of it."""
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    hops = settings.TRUSTED_PROXIES
    said = chain[-hops] if 0 < hops <= len(chain) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(said))
    except ValueError:
        return "::"


def _device(request: HttpRequest) -> str:
    return "".join(c for c in request.META.get("HTTP_USER_AGENT", "") if c.isprintable())[:200]


def of(user: User) -> list[UserSession]:
    """The person's live sessions, the last used first."""
    now = clock.now()
    kept = Session.objects.filter(expire_date__gt=now).values("session_key")
    used = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    live = UserSession.objects.filter(user=user, session_key__in=kept, last_seen_at__gt=used)
    return list(live.order_by("-last_seen_at"))


def end(user: User, pk: int) -> bool:
    """End one of the person's sessions now; whether there was one."""
    return bool(_end(UserSession.objects.filter(user=user, pk=pk)))


def end_all(user: User, *, but: str | None = None) -> int:
    """End every session of the person now, except the one with the key `but`; how many there were."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=but or ""))


def _end(found: Any) -> int:
    keys = list(found.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    found.filter(session_key__in=keys).delete()
    return len(keys)
