"""`POST /v1/orr/files`: keep a file and get its SHA-256 back, for `items[].files` of a change set."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import record
from orr.api import scopes
from orr.api.answers import Kept
from orr.api.describing import KEY
from orr.api.idempotency import idempotent
from orr.api.parsing import RawBytes
from orr.api.resource import Resource
from orr.lib.errors import Malformed
from orr.lib.sentence import say

MEDIA_TYPE = "application/octet-stream"


class Files(Resource):
    """Keep a file by its hash; the body is the file itself."""

    scopes = {"POST": scopes.WRITE}
    parser_classes = (RawBytes,)

    @extend_schema(
        operation_id="files",
        parameters=[KEY],
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={201: Kept},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Its SHA-256; the same bytes are kept once."""
        sent: object = request.data
        if not isinstance(sent, bytes) or not sent:
            raise Malformed(say("The body is empty; it has to be the file itself."))
        kept = record.keep(sent, MEDIA_TYPE)
        return Response({"sha256": kept.sha256 if kept else "", "size": len(sent)}, status=201)
