"""Every refusal of the API as a problem document (RFC 9457), without anything of its inside."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.response import Response

from orr.accounts import denials
from orr.lib import errors
from orr.lib.errors import Invalid, OrrError
from orr.lib.sentence import Sentence, say

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("orr.api")


class NoSuchMethod(OrrError):
    """The address is right, the verb isn't."""

    status = 405
    slug = "method-not-allowed"


class WrongMediaType(OrrError):
    """The body is of a type this address does not read."""

    status = 415
    slug = "unsupported-media-type"


class Unexpected(OrrError):
    """Something broke here; the log knows what."""

    status = 500
    slug = "unexpected"


def titles() -> dict[str, str]:
    """Slug of a problem → its short title in the active language."""
    return {
        "malformed": gettext("Not readable"),
        "not-signed-in": gettext("No valid token"),
        "not-allowed": gettext("Not allowed"),
        "not-found": gettext("Not there"),
        "method-not-allowed": gettext("Wrong verb"),
        "conflict": gettext("Does not fit what is true now"),
        "too-large": gettext("Too large"),
        "unsupported-media-type": gettext("Wrong media type"),
        "invalid": gettext("Wrong input"),
        "too-many": gettext("Too many requests"),
        "unexpected": gettext("Unexpected error"),
        "unavailable": gettext("Something is away"),
    }


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The problem document of an exception; the actions themselves rolled back what they had begun."""
    refusal = exc if isinstance(exc, OrrError) else _translate(exc)
    view, request = context.get("view"), context.get("request")
    if isinstance(refusal, Unexpected):
        log.error("unexpected error at %s", _path(request), exc_info=exc)
    denials.note(refusal)
    answer = Response(document(refusal), status=refusal.status, content_type=MEDIA_TYPE)
    if refusal.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="plura orr"'
    if refusal.status == 405 and view is not None:
        answer["Allow"] = ", ".join(view.allowed_methods)
    if refusal.status in (429, 503):
        answer["Retry-After"] = str(getattr(refusal, "retry_after", 5))
    answer["Cache-Control"] = "no-store"
    return answer


def document(refusal: OrrError) -> dict[str, Any]:
    """`type title status detail`, with `errors` for input and `reasons` where there are several."""
    body: dict[str, Any] = {
        "type": f"/v1/docs#{refusal.slug}",
        "title": titles().get(refusal.slug, refusal.slug),
        "status": refusal.status,
        "detail": str(refusal.sentence),
    }
    if isinstance(refusal, Invalid):
        body["errors"] = [{"pointer": e.pointer, "detail": str(e.sentence)} for e in refusal.errors]
    if refusal.reasons:
        body["reasons"] = [str(reason) for reason in refusal.reasons]
    return body


def _translate(exc: Exception) -> OrrError:
    """The refusal that an exception of the framework stands for."""
    for kinds, refusal, sentence in _KNOWN:
        if isinstance(exc, kinds):
            return refusal(sentence)
    return Unexpected(say("Something unexpected happened here. Nothing was written; please try again."))


_KNOWN: tuple[tuple[tuple[type[Exception], ...], type[OrrError], Sentence], ...] = (
    (
        (exceptions.ParseError, UnreadablePostError),
        errors.Malformed,
        say("The body is not readable JSON."),
    ),
    (
        (exceptions.NotAuthenticated, exceptions.AuthenticationFailed),
        errors.NotSignedIn,
        say("This needs a token: Authorization: Bearer TOKEN."),
    ),
    (
        (exceptions.PermissionDenied, PermissionDenied),
        errors.NotAllowed,
        say("This is not allowed for you."),
    ),
    ((exceptions.NotFound, Http404), errors.NotFound, say("There is nothing at this address.")),
    ((exceptions.MethodNotAllowed,), NoSuchMethod, say("This address does not know that verb.")),
    (
        (exceptions.UnsupportedMediaType,),
        WrongMediaType,
        say("This address does not read a body of that type."),
    ),
    ((exceptions.Throttled,), errors.TooMany, say("Too many requests; please wait a moment.")),
    ((RequestDataTooBig,), errors.TooLarge, say("The request is larger than allowed.")),
    ((SuspiciousOperation,), errors.Malformed, say("The request is not readable.")),
    ((OperationalError,), errors.Unavailable, say("The database did not answer in time; please try again.")),
)


def _path(request: Any) -> str:
    return json.dumps(getattr(request, "path", "?"))
