"""`POST /v1/orr/evidence`: a pipeline pushes a result, or a person's token an attestation."""

from typing import Annotated, Any, Literal

from django.db import transaction
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import actions
from evidence.models import Evidence as Row
from orr.accounts.models import User
from orr.api import scopes
from orr.api.answers import Recorded
from orr.api.describing import KEY
from orr.api.idempotency import idempotent
from orr.api.names import OfReview
from orr.api.parsing import body_of
from orr.api.resource import Resource, caller
from orr.changes.schema import Moment
from orr.reviews.actions import taking_evidence

Format = Literal["junit", "sarif", "opa-test", "in-toto", "number", "attestation"]
Digest = Annotated[str, Field(min_length=1, max_length=200)]


class EvidenceIn(OfReview):
    """A result: its format says which of the other fields it needs."""

    item: Annotated[str, Field(min_length=1, max_length=8, examples=["G3.3"])]
    format: Format
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    unit: Annotated[str, Field(max_length=20)] | None = None
    passed: bool | None = None
    measured_on: Literal["baseline", "candidate"] | None = None
    subject_digests: Annotated[list[Digest], Field(max_length=200)] = []
    measured_at: Moment | None = None
    url: Annotated[str, Field(max_length=2000)] = ""
    content: str | list[Any] | dict[str, Any] | None = None


class Evidence(Resource):
    """Push a result for one item."""

    scopes = {"POST": scopes.EVIDENCE}

    @extend_schema(operation_id="evidence", parameters=[KEY], request=EvidenceIn, responses={201: Recorded})
    @idempotent
    def post(self, request: Request) -> Response:
        """The result as it was judged when it came in; what is current stands in the checklist."""
        row = record(body_of(request, EvidenceIn), caller(request))
        return Response(
            {
                "id": row.subject,
                "item": row.item,
                "verdict": row.judged,
                "reason": str(row.reason) if row.reason else None,
                "sha256": row.raw_sha256,
            },
            status=201,
        )


@transaction.atomic
def record(sent: EvidenceIn, actor: User) -> Row:
    """Push to a review that still collects. Raises Conflict once it is past its decision."""
    review = taking_evidence(sent.id, actor)
    return actions.push(subject=review.code, actor=actor, **sent.model_dump(exclude={"id"}))
