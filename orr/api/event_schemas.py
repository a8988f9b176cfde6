"""The schemas of the event hub's events, as files: open to anyone, they name nobody."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from orr.api.problems import MEDIA_TYPE, document
from orr.events import schemas
from orr.lib.errors import NotFound
from orr.lib.sentence import say

app_name = "event_schemas"
CACHE = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}


@require_safe
def listing(request: HttpRequest) -> JsonResponse:
    """The address of each schema by its name."""
    return JsonResponse({name: f"{schemas.PREFIX}{name}" for name in schemas.names()}, headers=CACHE)


@require_safe
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """One schema, as it is published."""
    text = schemas.text(name)
    if text is None:
        refusal = NotFound(say("No schema has this name; %(address)s lists them.", address=schemas.PREFIX))
        return JsonResponse(document(refusal), status=404, content_type=MEDIA_TYPE)
    return HttpResponse(text, content_type="application/schema+json", headers=CACHE)


urlpatterns = [
    path("", listing, name="list"),
    path("<str:name>", schema, name="one"),
]
