"""The API's description: OpenAPI at `/v1/openapi.json`, and the same as a page at `/v1/docs`."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import problems
from orr.api.answers import Problem
from orr.api.authentication import TokenAuthentication
from orr.api.resource import Resource
from orr.changes.schema import ChangeSetIn

REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "Every address below needs a token (Authorization: Bearer …); a scope never gives more than its "
    "person's roles. Every refusal is a problem document (RFC 9457). A token cannot sign: people sign in "
    "their session. The evidence package is not offered yet; it comes with the archive."
)

PROBLEM = {
    "description": "Refused: a problem document",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
}


class Bearer(OpenApiAuthenticationExtension):
    """How the description names our tokens; found by its target when the class is defined."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """RFC 6750."""
        return {"type": "http", "scheme": "bearer"}


class OpenApi(Resource):
    """The description for machines."""

    schema = None

    def get(self, request: Request) -> Response:
        """OpenAPI 3."""
        return Response(description(), headers={"Cache-Control": "public, max-age=300"})


class Docs(Resource):
    """The description for people."""

    schema = None

    def get(self, request: Request) -> HttpResponse:
        """A page without anything from outside, in English like every name in it."""
        api = description()
        with override("en"):
            shown = {"api": api, "calls": calls(api), "problems": problems.titles()}
            return render(request._request, "api/docs.html", shown)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document of every resource."""
    from orr.api.urls import resources

    made: dict[str, Any] = SchemaGenerator(patterns=resources).get_schema(request=None, public=True)
    made["info"] = {"title": "plura orr", "version": "1", "description": ABOUT}
    schemas = made["components"]["schemas"]
    _register(schemas, ChangeSetIn)
    _register(schemas, Problem)
    for request in ("StartIn", "ChangeSetPut"):
        schemas[request]["properties"]["change_set"] = {"$ref": REFERENCE.format(model="ChangeSetIn")}
    scopes = {f"/{one.pattern}": vars(one.callback)["cls"].scopes for one in resources}
    for call in calls(made):
        call["operation"]["x-scope"] = scopes[call["path"]][call["verb"]]
        call["operation"]["responses"]["default"] = PROBLEM
    return made


def calls(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every address and verb of the description, in order."""
    return [
        {"path": path, "verb": verb.upper(), "operation": operation}
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]


def _register(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the model's JSON schema and its parts."""
    made = model.model_json_schema(ref_template=REFERENCE, by_alias=True)
    schemas.update(made.pop("$defs", {}))
    schemas[model.__name__] = made
