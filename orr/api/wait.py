"""`GET /v1/orr/wait?id=&for=`: answers as soon as what is waited for has come, at the latest after 30 s."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from orr.accounts.models import User
from orr.api import scopes
from orr.api.answers import Waited
from orr.api.describing import ID
from orr.api.names import OfReview
from orr.api.parsing import query_of
from orr.api.resource import Resource, caller
from orr.reports import facts
from orr.reviews.acts import find

LONGEST_SECONDS: Final = 30
LOOK_SECONDS: Final = 0.5
# What changes with the clock alone (a decision that expires) raises no version.
RENEW_SECONDS: Final = 5.0
UNDECIDED: Final = frozenset({"checking", "proposed"})
ROLLING: Final = UNDECIDED | {"effective", "rolling_out", "observing"}
SHOWN: Final = (
    "id",
    "title",
    "state",
    "shadow",
    "decision",
    "approval",
    "rollout",
    "exit",
    "options",
    "progress",
    "next",
)
PARAMETERS = [
    ID,
    OpenApiParameter("for", str, required=True, enum=["decision", "rollout", "exit"]),
    OpenApiParameter("seconds", float, description="At most 30, which is what holds unless said"),
]


class WaitIn(OfReview):
    """What to wait for, and how long."""

    what: Annotated[Literal["decision", "rollout", "exit"], Field(alias="for")]
    seconds: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] = LONGEST_SECONDS


class Wait(Resource):
    """Wait for a decision, the end of a rollout or of an Exit."""

    scopes = {"GET": scopes.READ}

    @extend_schema(operation_id="wait", parameters=PARAMETERS, responses={200: Waited})
    def get(self, request: Request) -> Response:
        """The review as it is once it has come, or when the time is over; `reached` says which."""
        sent = query_of(request, WaitIn)
        body = _watch(sent, caller(request))
        shown = {name: body[name] for name in SHOWN}
        return Response({**shown, "for": sent.what, "reached": reached(sent.what, body)})


def reached(what: str, body: Mapping[str, Any]) -> bool:
    """Whether what was waited for has come, or cannot come any more."""
    state, taken_back = body["state"], body["exit"]
    if what == "decision":
        return state not in UNDECIDED
    if what == "rollout":
        return state not in ROLLING
    return state in ("withdrawn", "no_go") or (taken_back is not None and taken_back["state"] != "running")


def _watch(sent: WaitIn, reader: User) -> dict[str, Any]:
    end = time.monotonic() + sent.seconds
    while True:
        version, looked = find(sent.id).version, time.monotonic()
        body: dict[str, Any] = facts.checklist(sent.id, reader)
        while not reached(sent.what, body):
            left = end - time.monotonic()
            if left <= 0:
                return body
            time.sleep(min(LOOK_SECONDS, left))
            if find(sent.id).version != version or time.monotonic() - looked > RENEW_SECONDS:
                break
        else:
            return body
