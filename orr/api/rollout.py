"""`POST /v1/orr/rollout`: the deployer says that it started, which stage it is in, that it finished."""

from typing import Annotated, Literal, Self

from drf_spectacular.utils import extend_schema
from pydantic import Field, model_validator
from rest_framework.request import Request
from rest_framework.response import Response

from orr.accounts.models import User
from orr.api import scopes
from orr.api.answers import RolloutAnswer
from orr.api.describing import KEY
from orr.api.idempotency import idempotent_calling_out
from orr.api.names import Code
from orr.api.parsing import Input, body_of
from orr.api.resource import Resource, caller
from orr.lib.errors import Conflict
from orr.reviews.acts import find
from orr.rollouts import actions, shadow
from orr.rollouts.progress import progress


class RolloutIn(Input):
    """What the deployer did; a stage says its percent."""

    id: Code
    event: Literal["started", "stage", "finished"]
    percent: Annotated[int, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _stage_says_percent(self) -> Self:
        if self.event == "stage" and self.percent is None:
            raise ValueError("a stage needs its percent")
        return self


class Rollout(Resource):
    """Tell the review where its rollout is."""

    scopes = {"POST": scopes.WRITE}

    @extend_schema(
        operation_id="rollout", parameters=[KEY], request=RolloutIn, responses={200: RolloutAnswer}
    )
    @idempotent_calling_out
    def post(self, request: Request) -> Response:
        """The verdict for the stage; it starts only on an effective decision with its guards read back.

        A review in shadow stops nothing: what a real one would have been refused stands in the answer.
        """
        sent = body_of(request, RolloutIn)
        would = None
        try:
            _act(sent, caller(request))
        except Conflict as refusal:
            would = str(shadow.let_pass(code=sent.id, refusal=refusal, actor=caller(request)))
        review = find(sent.id)
        told = {"id": review.code, "state": review.state, "rollout": progress(review)}
        return Response(
            told | ({"shadow": True, "would_have_been_refused": would} if review.shadow else {})
        )  # fmt: skip


def _act(sent: RolloutIn, actor: User) -> None:
    if sent.event == "started":
        actions.start(code=sent.id, actor=actor)
    elif sent.event == "stage":
        actions.stage(code=sent.id, actor=actor, percent=sent.percent or 0)
    else:
        actions.finish(code=sent.id, actor=actor)
