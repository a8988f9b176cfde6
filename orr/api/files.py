"""`POST /v1/orr/files`: keep a file and get its SHA-256 back, for `items[].files` of a change set."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import scopes
from orr.api.answers import Kept
from orr.api.describing import KEY
from orr.api.idempotency import idempotent
from orr.api.parsing import RawBytes
from orr.api.resource import Resource, caller
from orr.changes import files
from orr.lib.errors import Malformed
from orr.lib.sentence import say


class Files(Resource):
    """Keep a file by its hash; the body is the file itself."""

    scopes = {"POST": scopes.WRITE}
    parser_classes = (RawBytes,)

    @extend_schema(
        operation_id="files",
        parameters=[KEY],
        request={files.MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={201: Kept},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Its SHA-256; the same bytes are kept once. A change set may name a file before it is sent."""
        sent: object = request.data
        if not isinstance(sent, bytes):
            raise Malformed(say("The body is empty; it has to be the file itself."))
        kept = files.keep(data=sent, actor=caller(request))
        return Response({"sha256": kept.blob_id, "size": kept.size}, status=201)
