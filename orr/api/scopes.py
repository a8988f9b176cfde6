"""What a token may do: its scope, and never more than its person's roles."""

from typing import Final

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from orr.accounts.models import ApiToken, Role
from orr.accounts.roles import ACTING_ROLES, roles_of
from orr.lib.errors import NotAllowed, NotSignedIn
from orr.lib.sentence import say

READ: Final = "orr:read"
WRITE: Final = "orr:write"
DECIDE: Final = "orr:decide"
EVIDENCE: Final = "orr:evidence"
EXIT: Final = "orr:exit"

# Who may change something may see what became of it; a token that only pushes results may not look around.
IMPLIED: Final = {READ: frozenset({READ, WRITE, DECIDE, EXIT})}
READING_ROLES: Final = frozenset(Role.values)


class Scoped(BasePermission):
    """The view's `scopes` say which scope each verb needs."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a verb the view does not know (405 follows). Raises NotSignedIn or NotAllowed."""
        needed = getattr(view, "scopes", {}).get("GET" if request.method == "HEAD" else request.method)
        if needed is None:
            return True
        token = request.auth
        if not isinstance(token, ApiToken):
            raise NotSignedIn(say("This needs a token: Authorization: Bearer TOKEN."))
        if IMPLIED.get(needed, frozenset({needed})).isdisjoint(token.scopes):
            raise NotAllowed(say("The token lacks the scope %(scope)s.", scope=needed))
        allowed = READING_ROLES if needed == READ else ACTING_ROLES
        if roles_of(token.user).isdisjoint(allowed):
            raise NotAllowed(say("No role of yours allows the scope %(scope)s.", scope=needed))
        return True
