"""`POST /v1/hooks/{name}`: read within bounds, check the signature, understand, act once."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from orr.api.parsing import capped
from orr.api.resource import Resource, page_url
from orr.api.webhooks.cloudevents import CloudEvents
from orr.api.webhooks.github import Github
from orr.api.webhooks.gitlab import Gitlab
from orr.api.webhooks.sender import Sender
from orr.hooks import actions
from orr.hooks.heard import Nothing
from orr.lib.errors import Invalid, NotFound, NotSignedIn, Unavailable
from orr.lib.sentence import say
from orr.sources.hooks import Hook
from orr.sources.load import sources

SENDERS: Mapping[str, Sender] = {"github": Github(), "gitlab": Gitlab(), "cloudevents": CloudEvents()}


class Receive(Resource):
    """The door for webhooks: no token, a signature over the body."""

    schema = None
    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post"]

    def post(self, request: Request, name: str) -> Response:
        """201 a review was opened, 200 it was there, 202 there is nothing to do; with the sentence."""
        hook = _hook(name)
        raw = capped(request._request, {"request": request._request})
        sender = SENDERS[hook.kind]
        if not sender.authentic(request.headers, raw, hook):
            actions.count_refusal(hook)
            raise NotSignedIn(say("The signature does not fit the secret of this hook."))
        heard = sender.heard(request.headers, raw, hook)
        if isinstance(heard.said, Nothing):
            return Response({"detail": str(heard.said.why), "id": None, "url": None}, status=202)
        return _told(request, actions.receive(hook=hook, heard=heard))


def _hook(name: str) -> Hook:
    try:
        found = sources().hooks.get(name)
    except Invalid as error:
        # Where it is wrong is for who runs this, not for whoever knocks.
        raise Unavailable(say("The sources file cannot be read; an administrator has to mend it.")) from error
    if found is None:
        raise NotFound(say("There is nothing at this address."))
    return found


def _told(request: Request, outcome: actions.Outcome) -> Response:
    body: dict[str, Any] = {"detail": str(outcome.sentence), "id": None, "url": None}
    if outcome.review is not None:
        code = outcome.review.code
        body |= {"id": code, "url": page_url(request, f"/orr/{code}")}
    return Response(body, status=201 if outcome.made else 200)
