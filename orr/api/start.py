"""`POST /v1/orr/start`: open a review of a change set."""

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import Started
from orr.api.idempotency import idempotent
from orr.api.names import ChangeSetBody, Code
from orr.api.parsing import Input, body_of
from orr.api.resource import Resource, caller, page_url
from orr.reviews import actions
from orr.reviews.models import Review


class StartIn(Input):
    """A change set, and a profile to review it by beside those that the change set asks for."""

    change_set: ChangeSetBody
    profile: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    re_review_of: Code | None = None


class Start(Resource):
    """Open a review."""

    scopes = {"POST": scopes.WRITE}

    @extend_schema(operation_id="start", request=StartIn, responses={201: Started})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a review of a change set; collecting its evidence begins at once."""
        sent = body_of(request, StartIn)
        review = actions.open_review(
            change_set=sent.change_set,
            profile=sent.profile,
            actor=caller(request),
            re_review_of=sent.re_review_of,
        )
        body = started(request, review)
        return Response(body, status=201, headers={"Location": body["checklist_url"]})


def started(request: Request, review: Review) -> dict[str, Any]:
    """What a caller needs to follow the review."""
    return {
        "id": review.code,
        "url": page_url(request, f"/orr/{review.code}"),
        "state": review.state,
        "change_set_digest": review.change_set.digest,
        "profiles": review.profiles,
        "checklist_url": page_url(request, f"/v1/orr/checklist?id={review.code}"),
    }
