"""Pages that renew themselves: one conditional request brings the changed parts, a kept body the rest.

A body is kept per version of the review, language, zone, theme, the person and their rights, and only until
the next moment at which time alone changes what it says: green never outlives its freshness here.
"""

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.utils.timezone import get_current_timezone_name

from orr.board import page
from orr.board.language import theme_of

KEPT = 256
LONGEST = timedelta(seconds=60)
Build = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Stamp:
    """What a body depends on beside its template: the review's version, the reader's rights, the moment."""

    version: object
    rights: object
    now: datetime


@dataclass(frozen=True)
class Body:
    """A rendered body, its hash, until when time alone leaves it true; another `shape` needs a new page."""

    text: str
    etag: str
    until: datetime
    every: int
    shape: str


_bodies: OrderedDict[tuple[object, ...], Body] = OrderedDict()
_lock = threading.Lock()


def answer(request: HttpRequest, template: str, stamp: Stamp, build: Build) -> HttpResponse:
    """The page, or for a poll its parts; 304 when the reader's copy is still true.

    `build` gives the context with `every` (milliseconds between polls) and `boundary` (the next moment
    at which time alone changes the page).
    """
    parts = bool(getattr(request, "htmx", False))
    key = (
        template,
        request.get_full_path(),
        parts,
        stamp.version,
        stamp.rights,
        request.LANGUAGE_CODE,
        get_current_timezone_name(),
        theme_of(request),
        getattr(request.user, "pk", None),
    )
    body = _kept(key, stamp.now)
    if body is None or (not parts and _has_messages(request)):
        body = _rendered(request, template, build(), parts, stamp.now)
        _keep(key, body, request)
    fresh = parts and request.headers.get("If-None-Match") == body.etag
    response = HttpResponseNotModified() if fresh else HttpResponse(_with_token(body.text, request))
    response["ETag"] = body.etag
    response["Orr-Every"] = str(body.every)
    response["Orr-Shape"] = body.shape
    response["Cache-Control"] = "private, no-store" if parts else "private, no-cache"
    patch_vary_headers(response, ("HX-Request",))
    return response


def _rendered(request: HttpRequest, template: str, built: dict[str, Any], parts: bool, now: datetime) -> Body:
    every = int(built.pop("every", 10_000))
    boundary = built.pop("boundary", None)
    shape = str(built.get("shape_of_page", ""))
    until = min(boundary, now + LONGEST) if boundary and boundary > now else now + LONGEST
    frame = {"oob": page.OOB, "layout": "parts.html"} if parts else {"live": every}
    text = page.words(
        template, {**page.common(request, built), "csrf_token": _token_place(), **built, **frame}
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return Body(text, f'"{digest}"', until, every, shape)


def _has_messages(request: HttpRequest) -> bool:
    return bool(getattr(request, "_messages", None))


def _kept(key: tuple[object, ...], now: datetime) -> Body | None:
    with _lock:
        body = _bodies.get(key)
        if body is None or now >= body.until:
            return None
        _bodies.move_to_end(key)
        return body


def _keep(key: tuple[object, ...], body: Body, request: HttpRequest) -> None:
    if _has_messages(request):
        return
    with _lock:
        _bodies[key] = body
        while len(_bodies) > KEPT:
            _bodies.popitem(last=False)


def _token_place() -> str:
    """What stands in a kept body where each reader's own form token goes; nobody outside can guess it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"orr.board.live", "sha256").hexdigest()


def _with_token(text: str, request: HttpRequest) -> str:
    place = _token_place()
    return text.replace(place, get_token(request)) if place in text else text


def forget() -> None:
    """Drop every kept body."""
    with _lock:
        _bodies.clear()
