"""`GET /v1/orr`: all reviews, latest first, by keyset pages and a few filters."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import BooleanField, ExpressionWrapper
from django.db.models.expressions import RawSQL
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from orr.accounts import membership
from orr.accounts.membership import Sight
from orr.api import scopes
from orr.api.answers import Page
from orr.api.parsing import Input, query_of
from orr.api.resource import Resource, caller, page_url
from orr.decisions.expiry import expired
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.reviews import sight
from orr.reviews.models import Review
from orr.reviews.states import State

# Computed from the deadlines and never stored; such a review is in no other state of the list.
EXPIRED = "expired"
FILTERS = [
    OpenApiParameter("state", str, enum=[*(state.value for state in State), EXPIRED]),
    OpenApiParameter("environment", str),
    OpenApiParameter("shadow", bool, description="Only reviews in shadow, or only real ones"),
    OpenApiParameter("cursor", str, description="The next of the page before"),
    OpenApiParameter("limit", int, description="1 to 100, 50 unless said"),
]


class ListIn(Input):
    """Which reviews, and from where."""

    state: State | Literal["expired"] | None = None
    environment: Annotated[str, Field(max_length=60)] | None = None
    shadow: Literal["true", "false"] | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Reviews(Resource):
    """All reviews."""

    scopes = {"GET": scopes.READ}

    @extend_schema(operation_id="list", parameters=FILTERS, responses={200: Page})
    def get(self, request: Request) -> Response:
        """One page, and the cursor of the next."""
        sent = query_of(request, ListIn)
        rows = _page(sent, membership.sight(caller(request)))
        shown = rows[: sent.limit]
        following = _cursor(shown[-1]) if len(rows) > sent.limit else None
        return Response({"reviews": [_row(request, row) for row in shown], "next": following})


def _page(sent: ListIn, seen: Sight) -> list[Review]:
    """One row more than a page of what the caller sees: its presence says whether another page follows."""
    over = expired(clock.now())
    rows = Review.objects.select_related("change_set", "requester").order_by("-updated_at", "-id")
    rows = rows.filter(sight.within(seen)).annotate(is_expired=ExpressionWrapper(over, BooleanField()))
    if sent.state == EXPIRED:
        rows = rows.filter(over)
    elif sent.state is not None:
        rows = rows.filter(~over, state=sent.state)
    if sent.environment is not None:
        rows = rows.filter(environment=sent.environment)
    if sent.shadow is not None:
        rows = rows.filter(shadow=sent.shadow == "true")
    if sent.cursor is not None:
        updated_at, number = _position(sent.cursor)
        # Compared as one row: the form with OR can't use the index.
        rows = rows.alias(
            _beyond=RawSQL(  # noqa: S611 - parameters are bound, the text is constant
                '("reviews_review"."updated_at", "reviews_review"."id") < (%s, %s)', [updated_at, number]
            )
        ).filter(_beyond=True)
    return list(rows.defer("profile", "change_set__body", "change_set__canonical")[: sent.limit + 1])


def _row(request: Request, review: Review) -> dict[str, Any]:
    return {
        "id": review.code,
        "title": review.title,
        "state": EXPIRED if review.is_expired else review.state,  # type: ignore[attr-defined]
        "environment": review.environment,
        "shadow": review.shadow,
        "change_set_digest": review.change_set.digest,
        "requester": review.requester.name,
        "opened_at": review.opened_at,
        "updated_at": review.updated_at,
        "url": page_url(request, f"/orr/{review.code}"),
    }


def _cursor(review: Review) -> str:
    return base64.urlsafe_b64encode(f"{review.updated_at.isoformat()} {review.pk}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, int]:
    try:
        moment, number = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii").split(" ")
        position = datetime.fromisoformat(moment), int(number)
    except (ValueError, binascii.Error) as error:
        raise Invalid([FieldError("/cursor", say("This cursor is not one of ours."))]) from error
    if position[0].tzinfo is None or not 0 < position[1] < 2**63:
        raise Invalid([FieldError("/cursor", say("This cursor is not one of ours."))])
    return position
