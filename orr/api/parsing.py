"""Bodies of requests: capped at 1 MiB, strict JSON (RFC 7493), then a schema that refuses unknown fields."""

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from orr.changes import intake
from orr.lib.errors import FieldError, Invalid, Malformed, TooLarge
from orr.lib.sentence import say

MOST_BYTES = 1024 * 1024
LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32


class Input(BaseModel):
    """What a request may carry: these fields and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StrictJson(BaseParser):
    """JSON that means one thing: no double names, no NaN, no lone surrogates, no NUL, no huge integers."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The JSON value. Raises TooLarge or Malformed."""
        return strict_json(capped(stream, parser_context))


class RawBytes(BaseParser):
    """A body taken as it is."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The bytes. Raises TooLarge."""
        return capped(stream, parser_context)


def strict_json(raw: bytes) -> Any:
    """The JSON value of a body. Raises Malformed for what is no JSON, or means more than one thing."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_safe,
        )
        _check_text(value)
    except (ValueError, RecursionError) as error:
        raise Malformed(say("The body is not readable JSON.")) from error
    return value


def capped(stream: Any, parser_context: Mapping[str, Any] | None) -> bytes:
    """The body, at most MOST_BYTES long. Raises TooLarge before reading more."""
    request = (parser_context or {}).get("request")
    stated = str(request.META.get("CONTENT_LENGTH") or "0") if request is not None else "0"
    refusal = TooLarge(say("The body is larger than %(most)s bytes.", most=MOST_BYTES))
    if stated.isdecimal() and int(stated) > MOST_BYTES:
        raise refusal
    body: bytes = stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise refusal
    return body


Schema = TypeVar("Schema", bound=BaseModel)


def body_of(request: Request, schema: type[Schema]) -> Schema:
    """The request's body as `schema`. Raises Malformed, TooLarge, or Invalid with a pointer per place."""
    value = request.data
    if not isinstance(value, dict) or hasattr(value, "getlist"):
        raise Malformed(say("The body is not a JSON object."))
    return _validated(value, schema, request)


def query_of(request: Request, schema: type[Schema]) -> Schema:
    """The request's query as `schema`; each name once. Raises Invalid."""
    lists = dict(request.query_params.lists())
    doubled = [name for name, values in lists.items() if len(values) > 1]
    if doubled:
        raise Invalid([FieldError(f"/{name}", say("This stands here twice.")) for name in doubled])
    try:
        _check_text(lists)
    except ValueError as error:
        raise Malformed(say("The query is not readable.")) from error
    return _validated({name: values[0] for name, values in lists.items()}, schema, request, strict=False)


def _validated(
    value: dict[str, Any], schema: type[Schema], request: Request, strict: bool | None = None
) -> Schema:
    """The value as `schema`; who asks goes along, for the fields that name a review."""
    try:
        return schema.model_validate(value, strict=strict, context={"caller": request.user})
    except ValidationError as error:
        raise Invalid(intake.field_errors(error)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return names


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _safe(text: str) -> int:
    value = int(text)
    if abs(value) > LARGEST_INTEGER:
        raise ValueError("an integer is too large")
    return value


def _check_text(value: Any) -> None:
    """Raise ValueError for depth or text that PostgreSQL or canonical JSON cannot carry."""
    stack = [(value, 0)]
    while stack:
        part, depth = stack.pop()
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        if isinstance(part, dict):
            stack.extend((inner, depth + 1) for inner in (*part.keys(), *part.values()))
        elif isinstance(part, list):
            stack.extend((inner, depth + 1) for inner in part)
        elif isinstance(part, str):
            part.encode("utf-8")
            if "\x00" in part:
                raise ValueError("NUL in a text")
