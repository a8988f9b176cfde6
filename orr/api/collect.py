"""`POST /v1/orr/collect`: ask every source again, or for one item."""

from typing import Annotated

from drf_spectacular.utils import extend_schema
from pydantic import Field
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


class CollectIn(OfReview):
    """Which review, and which item of it alone; every one unless said."""

    item: Annotated[str, Field(min_length=1, max_length=8, examples=["G1.4"])] | None = None


class Collect(Resource):
    """Collect a review's evidence anew."""

    scopes = {"POST": scopes.WRITE}

    @extend_schema(operation_id="collect", parameters=[KEY], request=CollectIn, responses={202: Collecting})
    @idempotent
    def post(self, request: Request) -> Response:
        """What is being asked; the answers come in one by one and stand in the checklist."""
        sent = body_of(request, CollectIn)
        review = actions.collect(code=sent.id, actor=caller(request), item=sent.item)
        return Response({"id": review.code, "progress": facts.checklist(review.code)["progress"]}, status=202)
