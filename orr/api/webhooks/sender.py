"""What the door needs of each sender, and how their payloads are read."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from orr.api.parsing import strict_json
from orr.changes import intake
from orr.hooks.heard import Delivery, Said
from orr.lib.canonical import sha256_hex
from orr.lib.errors import Invalid, Malformed, OrrError
from orr.lib.sentence import say
from orr.sources.hooks import Hook, Path

MOST_ID = 200
Headers = Mapping[str, str]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Name = Path
# What git takes as the name of a tag (git-check-ref-format), in one word.
Tag = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f~^:?*\[\\]+$", max_length=100)]
Place = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]


class Payload(BaseModel):
    """A part of a sender's payload: the fields that are used; what else it says is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Read = TypeVar("Read", bound=BaseModel)


class Sender(Protocol):
    """One kind of sender."""

    def authentic(self, headers: Headers, raw: bytes, hook: Hook) -> bool:
        """Whether the body is signed with the hook's secret. Raises Unavailable without a usable one."""
        ...

    def heard(self, headers: Headers, raw: bytes, hook: Hook) -> Delivery:
        """What an authentic delivery says. Raises Malformed, Invalid, WrongType."""
        ...


class WrongType(OrrError):
    """The body is of a media type that this sender is not configured to send."""

    status = 415
    slug = "unsupported-media-type"


def delivery(headers: Headers, name: str, event: str, raw: bytes, said: Said) -> Delivery:
    """The delivery, by the id in the header of that name. Raises Malformed where there is none."""
    id_ = headers.get(name, "")
    if not 1 <= len(id_) <= MOST_ID or not id_.isascii() or not id_.isprintable():
        raise Malformed(say("The header %(name)s is missing, or is no id.", name=name))
    return Delivery(id_, event[:100], sha256_hex(raw), said)


def object_of(headers: Headers, raw: bytes) -> dict[str, Any]:
    """The JSON object of the body. Raises WrongType, Malformed."""
    stated = media_type(headers)
    if stated != "application/json":
        raise WrongType(say("Set the content type of the webhook to application/json."))
    value = strict_json(raw)
    if not isinstance(value, dict):
        raise Malformed(say("The body is not a JSON object."))
    return value


def media_type(headers: Headers) -> str:
    """The media type of the body, without its parameters, in lower case."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def read(value: Any, schema: type[Read]) -> Read:
    """The part of the payload that is used. Raises Invalid with a pointer for each wrong place."""
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise Invalid(intake.field_errors(error)) from error
