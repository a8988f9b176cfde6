"""`POST /v1/orr/collect`: ask every source again."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import Collecting
from orr.api.describing import KEY
from orr.api.idempotency import idempotent
from orr.api.names import OfReview
from orr.api.parsing import body_of
from orr.api.resource import Resource, caller
from orr.reports import facts
from orr.reviews import actions


class Collect(Resource):
    """Collect a review's evidence anew."""

    scopes = {"POST": scopes.WRITE}

    @extend_schema(operation_id="collect", parameters=[KEY], request=OfReview, responses={202: Collecting})
    @idempotent
    def post(self, request: Request) -> Response:
        """What is being asked; the answers come in one by one and stand in the checklist."""
        review = actions.collect(code=body_of(request, OfReview).id, actor=caller(request))
        return Response({"id": review.code, "progress": facts.checklist(review.code)["progress"]}, status=202)
