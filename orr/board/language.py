"""The reader's language, zone and theme: chosen by the browser, switchable, kept in cookies."""

import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

ZONE_COOKIE = "orr_zone"
THEME_COOKIE = "orr_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """Activates the language and the zone for one request, and says so in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language and zone."""
        language = translation.get_language_from_request(request)
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zone_of(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone the browser told us in a cookie; UTC where it told nothing that exists."""
    return zoneinfo.ZoneInfo(known_zone(request.COOKIES.get(ZONE_COOKIE, "")))


@lru_cache(maxsize=1024)
def known_zone(name: str) -> str:
    """The zone's name if there is such a zone, else `UTC`."""
    name = unquote(name)
    return name if name in _zones() else "UTC"


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def theme_of(request: HttpRequest) -> str:
    """`auto`, `light` or `dark`."""
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def keep(response: HttpResponse, name: str, value: str) -> HttpResponse:
    """Keep a reader's choice for a year; scripts may read it, for it is no secret."""
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response
