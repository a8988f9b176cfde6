"""Any other sender: a CloudEvent that carries a whole change set, in structured or in binary mode.

Sources: github.com/cloudevents/spec v1.0.2 (spec, json-format, http-protocol-binding). Signed as Standard
Webhooks say, with the event's own id as the signed one. In binary mode the attributes are headers, which no
signature covers: nothing but that id is taken from them.
"""

from typing import Any

from orr.api.names import ChangeSetBody
from orr.api.parsing import Input, strict_json
from orr.api.webhooks import sender, standard
from orr.api.webhooks.sender import Headers, WrongType
from orr.hooks.heard import Delivery, Nothing, Said, Whole
from orr.lib.errors import Malformed
from orr.lib.sentence import say
from orr.sources.hooks import Hook

REVIEW = "plura.orr.review.requested"
STRUCTURED = "application/cloudevents+json"
VERSION = "1.0"


class _Data(Input):
    change_set: ChangeSetBody
    profile: str | None = None


class CloudEvents:
    """A sender of CloudEvents 1.0."""

    def authentic(self, headers: Headers, raw: bytes, hook: Hook) -> bool:
        """Whether the signature fits, and was made within five minutes."""
        return standard.authentic(headers, raw, hook)

    def heard(self, headers: Headers, raw: bytes, hook: Hook) -> Delivery:
        """What it says. Raises WrongType, Malformed, Invalid."""
        attributes, data = self._event(headers, raw)
        if attributes.get("specversion") != VERSION:
            raise Malformed(say("This is no CloudEvent of version 1.0."))
        if not all(isinstance(attributes.get(name), str) for name in ("id", "source", "type")):
            raise Malformed(say("A CloudEvent has an id, a source and a type."))
        if attributes["id"] != headers.get(standard.ID):
            raise Malformed(say("The id of the event is another than the signed one."))
        event = str(attributes["type"])
        return sender.delivery(headers, standard.ID, event, raw, self._said(event, data))

    def _event(self, headers: Headers, raw: bytes) -> tuple[dict[str, Any], Any]:
        """The attributes and the data, by the mode that the content type says."""
        stated = sender.media_type(headers)
        if stated not in (STRUCTURED, "application/json"):
            raise WrongType(say("Send application/cloudevents+json, or application/json with ce- headers."))
        value = strict_json(raw)
        if stated == STRUCTURED:
            if not isinstance(value, dict):
                raise Malformed(say("The body is not a JSON object."))
            return value, value.get("data")
        named = ("specversion", "id", "source", "type")
        return {name: headers[f"ce-{name}"] for name in named if f"ce-{name}" in headers}, value

    def _said(self, event: str, data: Any) -> Said:
        if event != REVIEW:
            return Nothing(say("The event %(event)s asks for nothing here.", event=event[:100]))
        if not isinstance(data, dict):
            raise Malformed(say("The event carries no JSON object as its data."))
        read = sender.read(data, _Data)
        return Whole(read.change_set, read.profile)
