"""`PUT /v1/orr/change_set`: replace the change set while nothing is proposed."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import Started
from orr.api.names import ChangeSetBody, ChangeSetDigest, Code
from orr.api.parsing import Input, body_of
from orr.api.resource import Resource, caller
from orr.api.start import started
from orr.reviews import actions


class ChangeSetPut(Input):
    """The new change set, and the digest of the one it replaces."""

    id: Code
    change_set: ChangeSetBody
    expected_digest: ChangeSetDigest


class ChangeSet(Resource):
    """Replace the change set of a review."""

    scopes = {"PUT": scopes.WRITE}

    @extend_schema(operation_id="edit_change_set", request=ChangeSetPut, responses={200: Started})
    def put(self, request: Request) -> Response:
        """The review with its new change set; what was collected for the former is collected again."""
        sent = body_of(request, ChangeSetPut)
        review = actions.edit_change_set(
            code=sent.id,
            change_set=sent.change_set,
            expected_digest=sent.expected_digest,
            actor=caller(request),
        )
        return Response(started(request, review))
