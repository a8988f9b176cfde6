"""`GET /v1/orr/decision?id=`: what was decided, by whom, until when, and every proposal on the way."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import DecisionAnswer
from orr.api.describing import ID
from orr.api.names import OfReview
from orr.api.parsing import query_of
from orr.api.resource import Resource
from orr.reports import facts

SHOWN = ("id", "state", "change_set_digest", "decision", "approval", "proposals", "guards", "options")


class Decision(Resource):
    """What was decided."""

    scopes = {"GET": scopes.READ}

    @extend_schema(operation_id="decision", parameters=[ID], responses={200: DecisionAnswer})
    def get(self, request: Request) -> Response:
        """The decision, or null, and the proposals with their signatures."""
        body = facts.checklist(query_of(request, OfReview).id)
        return Response({name: body[name] for name in SHOWN})
