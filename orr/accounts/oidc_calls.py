"""How allauth's calls to the organisation's provider leave the house: by our egress and in no other way."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests import PreparedRequest, RequestException, Response, Session
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from orr.lib import egress
from orr.lib.errors import OrrError

SECONDS = 8.0
MAX_BYTES = 512 * 1024
# What our transport says itself.
OWN = frozenset({"accept-encoding", "connection", "content-length", "host", "user-agent"})


class NotCalled(RequestException):
    """The call was refused, or its answer cannot be used; the refusal is the first argument."""


class Checked(BaseAdapter):
    """Sends to checked addresses only; answers within a time and a size, and follows no redirect."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """The answer. Raises NotCalled."""
        body = request.body
        try:
            answer = egress.fetch(
                request.method or "GET",
                request.url or "",
                allow=_allowed(request.url or ""),
                headers={k: _text(v) for k, v in request.headers.items() if k.lower() not in OWN},
                content=body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"",
                timeout=SECONDS,
                max_bytes=MAX_BYTES,
            )
        except OrrError as error:
            raise NotCalled(error, request=request) from error
        if 300 <= answer.status < 400:
            raise NotCalled("a redirect is not followed", request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is kept open."""


def checked_session() -> Session:
    """A session that knows no other way out, no proxies and no netrc of the environment."""
    session = Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount("https://", Checked())
    session.mount("http://", Checked())
    return session


def _allowed(url: str) -> egress.Allow:
    """Inside the network only the configured provider itself, and only where the settings say so."""
    configured = urlsplit(settings.OIDC_SERVER_URL)
    asked = urlsplit(url)
    ours = (asked.scheme, asked.netloc) == (configured.scheme, configured.netloc)
    return egress.INTERNAL if settings.OIDC_INTERNAL and ours else egress.PUBLIC


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(request: PreparedRequest, answer: egress.Answer) -> Response:
    response = Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response._content = answer.body
    response.encoding = "utf-8"
    response.url = answer.url
    response.request = request
    return response
