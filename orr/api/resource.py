"""The shape of every resource: token, scope, rate, then one action or query, and JSON or a problem back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orr.accounts.models import ApiToken, User
from orr.api import limits
from orr.api.authentication import TokenAuthentication
from orr.api.parsing import StrictJson
from orr.api.scopes import Scoped
from orr.lib.errors import NotFound, NotSignedIn
from orr.lib.sentence import say


class OneRenderer(BaseContentNegotiation):
    """JSON whatever the caller says it accepts: there is nothing else to choose."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser of the body's own media type, None where there is none (415)."""
        stated = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == stated), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        first = next(iter(renderers))
        return first, str(first.media_type)


class Resource(APIView):
    """One address of the API. `scopes` names the scope of each verb; a verb without one needs no token."""

    scopes: ClassVar[Mapping[str, str]] = {}
    authentication_classes: Sequence[type[BaseAuthentication]] = (TokenAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = (Scoped,)
    parser_classes: Sequence[type[BaseParser]] = (StrictJson,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OneRenderer
    metadata_class = None
    http_method_names = ["get", "head", "post", "put"]

    def check_throttles(self, request: Request) -> None:
        """Count the request of a token; an open address is not counted."""
        if isinstance(request.auth, ApiToken):
            limits.count(request.auth)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing of the API is kept by a cache on the way, unless the view says so."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "private, no-cache")
        return final


class NoSuchAddress(Resource):
    """Whatever else stands below the API's root: a problem document instead of a page."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every verb alike, a wrong token first."""
        super().initial(request, *args, **kwargs)
        raise NotFound(say("There is nothing at this address."))


def caller(request: Request) -> User:
    """The person whose token this is."""
    if not isinstance(request.user, User):
        raise NotSignedIn(say("This needs a token: Authorization: Bearer TOKEN."))
    return request.user


def page_url(request: Request, path: str) -> str:
    """The full address of a page of this installation."""
    return request.build_absolute_uri(path)


__all__ = ["NoSuchAddress", "Resource", "Response", "caller", "page_url"]
