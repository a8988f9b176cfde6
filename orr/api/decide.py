"""`POST /v1/orr/decide`: propose Go or Go with Guards, or record No-Go. Signing is no part of this."""

from typing import Annotated, Any, Literal

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import Decided
from orr.api.describing import KEY
from orr.api.idempotency import idempotent
from orr.api.names import ChangeSetDigest, Code, Reason
from orr.api.parsing import Input, body_of
from orr.api.resource import Resource, caller
from orr.decisions import actions
from orr.decisions.models import Decision, Proposal


class DecideIn(Input):
    """The decision to propose or record; `expected_digest` is the change_set_digest the caller saw."""

    id: Code
    decision: Literal["go", "no_go", "go_with_guards"]
    guards: Annotated[list[dict[str, Any]], Field(max_length=50)] = []
    reason: Reason = ""
    expected_digest: ChangeSetDigest | None = None


class Decide(Resource):
    """Propose a decision, or record No-Go."""

    scopes = {"POST": scopes.DECIDE}

    @extend_schema(
        operation_id="decide", parameters=[KEY], request=DecideIn, responses={200: Decided, 202: Decided}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """No-Go takes effect at once (200); a proposal waits for its signatures and timelock (202)."""
        sent = body_of(request, DecideIn)
        made = actions.decide(
            code=sent.id,
            decision=sent.decision,
            guards=sent.guards,
            reason=sent.reason,
            actor=caller(request),
            expected_digest=sent.expected_digest,
        )
        if isinstance(made, Proposal):
            return Response(proposed(made), status=202)
        return Response(recorded(made), status=200)


def proposed(made: Proposal) -> dict[str, Any]:
    """The proposal that people sign now, and until when."""
    return {
        "id": made.review.code,
        "state": "proposed",
        "decision": made.decision,
        "shadow": made.review.shadow,
        "proposal_digest": made.digest,
        "slots": made.request.slots,
        "delay": int(made.request.delay.total_seconds()),
        "approve_by": made.approve_by,
        "valid_until": made.valid_until,
    }


def recorded(made: Decision) -> dict[str, Any]:
    """The No-Go that is in effect, and when its root cause is due."""
    return {
        "id": made.review.code,
        "state": "no_go",
        "decision": made.decision,
        "shadow": made.review.shadow,
        "effective_at": made.effective_at,
        "reason": made.reason,
        "rca_due_at": made.rca_due_at,
    }
