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
from orr.api.answers import Recorded, Understood
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
    dry_run: Annotated[bool, Field(description="Say how it would be understood, and keep nothing.")] = False


class Evidence(Resource):
    """Push a result for one item."""

    scopes = {"POST": scopes.EVIDENCE}

    @extend_schema(
        operation_id="evidence",
        parameters=[KEY],
        request=EvidenceIn,
        responses={200: Understood, 201: Recorded},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """The result as it was judged when it came in; what is current stands in the checklist.

        With `dry_run` how it would be understood and judged now: 200, and nothing is kept.
        """
        sent = body_of(request, EvidenceIn)
        if sent.dry_run:
            return Response(understood(sent, caller(request)))
        row = record(sent, caller(request))
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
    return actions.push(subject=review.code, actor=actor, **_of(sent))


@transaction.atomic
def understood(sent: EvidenceIn, actor: User) -> dict[str, Any]:
    """What `record` would keep, and how it would be judged. Raises what `record` raises."""
    review = taking_evidence(sent.id, actor)
    found = actions.preview(subject=review.code, actor=actor, **_of(sent))
    reading, judgement = found.reading, found.judgement
    return {
        "id": review.code,
        "item": sent.item,
        "format": sent.format,
        "verdict": judgement.verdict.value,
        "reason": str(judgement.reason) if judgement.reason else None,
        "passed": reading.passed,
        "value": reading.value,
        "unit": reading.unit,
        "text": reading.text,
        "samples": reading.samples,
        "detail": str(reading.detail) if reading.detail else None,
        "measured_at": reading.measured_at.isoformat(),
        "measured_on": reading.measured_on,
        "subject_digests": list(found.digests),
    }


def _of(sent: EvidenceIn) -> dict[str, Any]:
    return sent.model_dump(exclude={"id", "dry_run"})
