"""`POST /v1/orr/exit` takes a change back; `GET /v1/orr/exit?id=` shows how far that is."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import ExitAnswer
from orr.api.describing import ID, KEY
from orr.api.idempotency import idempotent
from orr.api.names import OfReview, Reason
from orr.api.parsing import body_of, query_of
from orr.api.resource import Resource, caller
from orr.exits import actions, progress
from orr.reviews.acts import find


class ExitIn(OfReview):
    """Which review to take back, and why; the reason may be completed later."""

    reason: Reason = ""


class Exit(Resource):
    """Take a change back, and watch it."""

    scopes = {"POST": scopes.EXIT, "GET": scopes.READ}

    @extend_schema(
        operation_id="exit", parameters=[KEY], request=ExitIn, responses={200: ExitAnswer, 202: ExitAnswer}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """202 with the Exit, the same one while it runs; 200 `withdrawn` before any rollout."""
        sent = body_of(request, ExitIn)
        actions.start(code=sent.id, actor=caller(request), reason=sent.reason)
        body = standing(sent.id)
        return Response(body, status=200 if body["state"] == "withdrawn" else 202)

    @extend_schema(operation_id="exit_progress", parameters=[ID], responses={200: ExitAnswer})
    def get(self, request: Request) -> Response:
        """Where the Exit stands, key by key."""
        return Response(standing(query_of(request, OfReview).id))


def standing(code: str) -> dict[str, Any]:
    """The review's state and its latest Exit, null where there was none."""
    review = find(code)
    return {"id": review.code, "state": review.state, "exit": progress.of_review(review)}
