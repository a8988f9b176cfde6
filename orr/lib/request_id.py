"""The number of a request: on the answer, on its error page, in every log line and refusal of it."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# A proxy's own number is taken over where it can do no harm in a log or on a page.
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_current: ContextVar[str] = ContextVar("orr_request_id", default="")


class RequestIdMiddleware:
    """Numbers every request, by the caller's sane `X-Request-ID` or by one of our own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the number said in the answer."""
        asked = request.headers.get(HEADER, "")
        number = asked if _SANE.match(asked) else f"req-{secrets.token_hex(8)}"
        token = _current.set(number)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response.headers[HEADER] = number
        return response


def current() -> str:
    """The number of the request that is being answered; empty outside of one."""
    return _current.get()
