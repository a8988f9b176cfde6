"""`GET /v1/orr/checklist?id=`: where a review stands; its ETag answers 304 while nothing changed."""

import json
from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from orr.api import scopes
from orr.api.answers import Checklist as ChecklistAnswer
from orr.api.describing import ID
from orr.api.names import OfReview
from orr.api.parsing import query_of
from orr.api.resource import Resource, caller
from orr.lib.canonical import sha256_hex
from orr.reports import facts

# They move with the clock alone; a reader counts on from what it has.
TICKING: Final = frozenset({"now", "decision_tat_seconds", "tat"})
TICKING_IN_EXIT: Final = frozenset({"now", "seconds", "seconds_left"})


class Checklist(Resource):
    """Where a review stands."""

    scopes = {"GET": scopes.READ}

    @extend_schema(operation_id="checklist", parameters=[ID], responses={200: ChecklistAnswer, 304: None})
    def get(self, request: Request) -> Response:
        """The options, the eight gates and all their items, live."""
        body = facts.checklist(query_of(request, OfReview).id, caller(request))
        tag = etag(body)
        if tag in request.headers.get("If-None-Match", ""):
            return Response(status=304, headers={"ETag": tag})
        return Response(body, headers={"ETag": tag})


def etag(body: Mapping[str, Any]) -> str:
    """A weak entity tag (RFC 9110, 8.8.1) over everything but the clocks."""
    lasting = {name: value for name, value in body.items() if name not in TICKING}
    if lasting.get("exit"):
        lasting["exit"] = {k: v for k, v in lasting["exit"].items() if k not in TICKING_IN_EXIT}
    said = json.dumps(lasting, sort_keys=True, cls=JSONEncoder, ensure_ascii=False)
    return f'W/"{sha256_hex(said.encode())[:32]}"'
