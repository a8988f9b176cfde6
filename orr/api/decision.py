"""`GET /v1/orr/decision?id=`: what was decided, by whom, until when, and every proposal on the way."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import DecisionAnswer
from orr.api.describing import ID
from orr.api.names import OfReview
from orr.api.parsing import query_of
from orr.api.resource import Resource, caller
from orr.reports import decision, facts

SHOWN = ("id", "state", "change_set_digest", "decision", "approval", "proposals", "guards", "options")


class Decision(Resource):
    """What was decided."""

    scopes = {"GET": scopes.READ}

    @extend_schema(operation_id="decision", parameters=[ID], responses={200: DecisionAnswer})
    def get(self, request: Request) -> Response:
        """The decision, or null, and the proposals with their signatures.

        `document` tells what the decision document tells. The SHA-256 of `document.record` in canonical
        JSON (RFC 8785) is the decision's digest, which the log's entry at `document.log.effect` names.
        """
        body = facts.checklist(query_of(request, OfReview).id, caller(request))
        return Response({**{name: body[name] for name in SHOWN}, "document": decision.document(body)})
