"""Who calls: a bearer token, or nobody. A token that is not valid is refused on every route (RFC 6750)."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from orr.accounts import tokens
from orr.accounts.models import ApiToken, User
from orr.lib.errors import NotSignedIn
from orr.lib.sentence import say

MOST_CHARACTERS = 200


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN` → the person and their token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """None without the header. Raises NotSignedIn for any other scheme and for a token not valid now."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, raw = header.partition(" ")
        raw = raw.strip()
        if scheme.lower() != "bearer" or not raw or len(raw) > MOST_CHARACTERS or not raw.isascii():
            raise NotSignedIn(say("The Authorization header is not “Bearer TOKEN”."))
        return tokens.authenticate(raw)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 answer asks for."""
        return 'Bearer realm="plura orr"'
