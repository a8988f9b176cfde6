"""Errors as pages: what happened, that nothing was lost, what to do; with every security header."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.db import DatabaseError, DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from orr.accounts import denials
from orr.board.page import render
from orr.lib import request_id
from orr.lib.errors import NotSignedIn, OrrError

logger = logging.getLogger("orr.board")
OURS = ("/v1/", "/tlog/", "/metrics", "/healthz", "/readyz")


class RefusalMiddleware:
    """Turns refusals that a view raises into pages, and empty errors into worded ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a bare 405 gets words, and no page is kept by a cache in between."""
        response = self.get_response(request)
        if response.status_code == 405 and not response.content and not request.path.startswith(OURS):
            worded = page(request, 405, _("This page cannot be used like that."))
            worded["Allow"] = response["Allow"]
            response = worded
        if not request.path.startswith(("/static/", "/tlog/")):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal; the API words its own."""
        if request.path.startswith(OURS):
            return None
        if isinstance(exception, NotSignedIn):
            return redirect("board:signin")
        if isinstance(exception, OrrError):
            return of(request, exception)
        if isinstance(exception, DataError):
            # Words that no column can carry, such as a NUL: the fault is in what was sent.
            logger.warning("unstorable words: %s", type(exception.__cause__ or exception).__name__)
            return bad_request(request)
        return None


def of(request: HttpRequest, error: OrrError) -> HttpResponse:
    """The page of one refusal."""
    denials.note(error)
    return page(
        request, error.status, str(error.sentence), [str(reason) for reason in error.reasons], error.slug
    )


def page(
    request: HttpRequest, status: int, title: str, reasons: list[str] | None = None, slug: str = ""
) -> HttpResponse:
    """An error page with the request's number, which also stands in the server's log."""
    number = request_id.current()
    who = getattr(getattr(request, "user", None), "pk", None)
    path = request.path.encode("unicode_escape").decode()
    logger.warning("refused %s %s %s %s person=%s", status, request.method, path, number, who)
    context = {"status": status, "title": title, "reasons": reasons or [], "number": number, "slug": slug}
    try:
        return render(request, "board/error.html", context | {"advice": advice(status)}, status=status)
    except DatabaseError:
        request.user = None  # type: ignore[assignment]
        return render(request, "board/error.html", context | {"advice": advice(status)}, status=status)


def advice(status: int) -> str:
    """What a person can do about an error of this status."""
    known = {
        400: _("Nothing was written. Go back and try again; if it persists, sign out and in."),
        403: _("Nothing was written. If you should be able to do this, ask an administrator for the role."),
        404: _("Check the address, or search for the review by its number, title or digest."),
        405: _("Nothing was written. Go back to the page you came from."),
        409: _("Nothing was written. Look at the page as it is now, then decide again."),
        413: _("Nothing was written. Send something smaller; the form states the limits."),
        422: _("Nothing was written. Correct what is named above and send it again."),
        429: _("Nothing was written. Wait a moment and try again."),
        503: _("Nothing was written. What this needs is away; try again shortly."),
    }
    return known.get(
        status, _("Nothing was half done: every act is written whole or not at all. Try again shortly.")
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where the body was too large."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return page(request, 413, _("That was larger than 1 MB."))
    return page(request, 400, _("The request could not be understood."))


def forbidden(request: HttpRequest, exception: PermissionDenied | None = None) -> HttpResponse:
    """403."""
    return page(request, 403, _("You may not do this."))


def not_found(request: HttpRequest, exception: Http404 | None = None) -> HttpResponse:
    """404."""
    return page(request, 404, _("There is nothing here."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; it shows no internals, and says under which number they stand in the log."""
    return page(request, 500, _("Something failed on our side."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose proof of origin is missing or old."""
    return page(
        request,
        403,
        _("The form was too old, or came from another site."),
        [_("Open the page again and send it once more; what you typed is still there when you go back.")],
    )


def as_json(error: OrrError) -> JsonResponse:
    """A refusal as a script of a page reads it."""
    denials.note(error)
    return JsonResponse({"error": str(error)}, status=error.status)


def shown(error: OrrError, title: str = "", kept: str = "") -> dict[str, Any]:
    """A refusal as a form shows it: above the fields, which keep what was typed."""
    denials.note(error)
    reasons = [str(one.sentence) for one in getattr(error, "errors", ())] + [str(r) for r in error.reasons]
    if title:
        reasons.insert(0, str(error.sentence))
    return {"title": title or str(error.sentence), "reasons": reasons, "kept": kept, "status": error.status}
