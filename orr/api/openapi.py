"""The API's description: OpenAPI at `/v1/openapi.json`, and the same as a page at `/v1/docs`."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from orr.api import problems
from orr.api.answers import Problem
from orr.api.resource import Resource
from orr.changes.schema import ChangeSetIn

REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "Every address below needs a token (`Authorization: Bearer …`); a scope never gives more than its "
    "person's roles. Every refusal is a problem document (RFC 9457). A token cannot sign: people sign in "
    "their session. The evidence package is not offered yet; it comes with the archive."
)

PROBLEM = {
    "description": "Refused: a problem document",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
}


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
        """A page without anything from outside."""
        shown = {
            "api": description(),
            "calls": calls(description()),
            "problems": problems.titles(),
            "about": ABOUT,
        }
        return render(request._request, "api/docs.html", shown)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document of every resource."""
    from orr.api.urls import resources

    made: dict[str, Any] = SchemaGenerator(patterns=resources).get_schema(
        request=None, public=True
    )
    made["info"] = {"title": "plura orr", "version": "1", "description": ABOUT}
    components = made.setdefault("components", {})
    _register(components.setdefault("schemas", {}), ChangeSetIn)
    _register(components["schemas"], Problem)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    scopes = {f"/{one.pattern}": one.callback.cls.scopes for one in resources}
    for call in calls(made):
        call["operation"].pop("security", None)
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
