"""The log as C2SP serves it: checkpoint, tiles, entries, proofs; open to anyone, it names nobody."""

import base64
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from orr.lib.errors import NotFound
from orr.tlog import keys, prove, reader
from orr.tlog.tiles import TileError, parse_path

app_name = "tlog"
FOREVER = "public, max-age=31536000, immutable"
TEXT = "text/plain; charset=utf-8"


def _answer(body: bytes | str, media_type: str, cache: str = FOREVER) -> HttpResponse:
    return HttpResponse(body, content_type=media_type, headers={"Cache-Control": cache})


def _nothing(why: object) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=404, content_type=TEXT, headers={"Cache-Control": "no-cache"})


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint, verbatim."""
    head = prove.signed()
    return _answer(head.note, TEXT, "no-cache") if head else _nothing("nothing was logged yet")


@require_safe
def tile(request: HttpRequest, level: str, rest: str) -> HttpResponse:
    """A tile of hashes, or an entry bundle."""
    try:
        return _answer(reader.tile(parse_path(level, rest)), "application/octet-stream")
    except (TileError, NotFound) as missing:
        return _nothing(missing)


@require_safe
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """An entry's exact bytes."""
    try:
        return _answer(reader.entry(index), "application/json")
    except NotFound as missing:
        return _nothing(missing)


@require_safe
def inclusion(request: HttpRequest, index: int) -> HttpResponse:
    """An entry's proof file, with the newest checkpoint."""
    try:
        answer = _answer(prove.prove(index).text(), TEXT, "no-cache")
    except NotFound as missing:
        return _nothing(missing)
    answer["Content-Disposition"] = f'attachment; filename="{index}.tlog-proof"'
    return answer


@require_safe
def consistency(request: HttpRequest, size1: int, size2: int) -> HttpResponse:
    """The hashes of a consistency proof, base64, one a line."""
    try:
        hashes = prove.prove_consistency(size1, size2)
    except NotFound as missing:
        return _nothing(missing)
    return _answer("".join(base64.b64encode(value).decode() + "\n" for value in hashes), TEXT)


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The log's verifier key, for convenience: trust it only when it came to you another way."""
    return _answer(keys.verifier_key() + "\n", TEXT, "no-cache")


urlpatterns: list[Any] = [
    path("checkpoint", checkpoint, name="checkpoint"),
    path("tile/<str:level>/<path:rest>", tile, name="tile"),
    path("entry/<int:index>.json", entry, name="entry"),
    path("entry/<int:index>.tlog-proof", inclusion, name="proof"),
    path("consistency/<int:size1>/<int:size2>", consistency, name="consistency"),
    path("vkey", verifier_key, name="vkey"),
]
