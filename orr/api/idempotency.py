"""One request, one effect: under an `Idempotency-Key` a repeated POST gets the stored answer.

The key's row is written in the same transaction as the effect. A second request with the key therefore
waits at the row until the first has ended: then it finds the answer, or nothing, and acts itself.
Only success is stored, for a week: a refusal wrote nothing, and may be possible later. Who sees the review
no longer gets no stored answer about it either.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orr.accounts import denials
from orr.api.models import StoredAnswer
from orr.api.resource import caller
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.lib.errors import FieldError, Invalid, Malformed, OrrError
from orr.lib.sentence import say
from orr.reviews import sight

HEADER = "Idempotency-Key"
MOST_CHARACTERS = 255
KEPT_DAYS = 7
# By which names requests and answers name a review.
NAMING = ("id", "re_review_of")
# The first half of the advisory locks of this module; any constant that no other module uses.
LOCKS = 0x0DE
View = TypeVar("View", bound=APIView)
Post = Callable[[View, Request], Response]


def idempotent(post: Post[View]) -> Post[View]:
    """Let a POST be sent twice with one effect. The wrapped view's answers must be JSON."""
    return _with_key(post, _in_transaction)


def idempotent_calling_out(post: Post[View]) -> Post[View]:
    """The same for an act that calls outside systems: no transaction may stay open over those calls."""
    return _with_key(post, _under_lock)


def _with_key(post: Post[View], once: Callable[[str, View, Request, Post[View]], Response]) -> Post[View]:
    @wraps(post)
    def keyed(view: View, request: Request) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request)
        if not 1 <= len(key) <= MOST_CHARACTERS or not key.isascii() or not key.isprintable():
            raise Malformed(
                say("An %(name)s has 1 to %(most)s characters.", name=HEADER, most=MOST_CHARACTERS)
            )
        return once(key, view, request, post)

    return keyed


def _in_transaction(key: str, view: View, request: Request, post: Post[View]) -> Response:
    fingerprint = _fingerprint(request)
    refused: OrrError | None = None
    with transaction.atomic():
        made = _claim(caller(request).pk, key, fingerprint)
        if made is None:
            stored = StoredAnswer.objects.get(user_id=caller(request).pk, key=key)
            return _replay(stored, request, fingerprint)
        try:
            answer = post(view, request)
        except OrrError as error:
            # What the action itself chose to keep beside its refusal must stand, so this is no rollback.
            StoredAnswer.objects.filter(pk=made).delete()
            refused = error
        else:
            _store(made, answer)
    if refused is not None:
        raise refused
    return answer


def _under_lock(key: str, view: View, request: Request, post: Post[View]) -> Response:
    fingerprint = _fingerprint(request)
    name = f"{caller(request).pk} {key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCKS, name])
    try:
        stored = StoredAnswer.objects.filter(user_id=caller(request).pk, key=key).first()
        if stored is not None:
            return _replay(stored, request, fingerprint)
        answer = post(view, request)
        made = _claim(caller(request).pk, key, fingerprint)
        if made is not None:
            _store(made, answer)
        return answer
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCKS, name])


def _store(made: int, answer: Response) -> None:
    StoredAnswer.objects.filter(pk=made).update(
        status=answer.status_code, body=answer.data, location=answer.headers.get("Location", "")
    )


def _claim(person: UUID, key: str, fingerprint: str) -> int | None:
    """The id of the new row, or None where the key is taken; waits for whoever is taking it right now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM api_storedanswer WHERE user_id = %s"
            " AND made_at < clock_timestamp() - %s * interval '1 day'",
            [person, KEPT_DAYS],
        )
        cursor.execute(
            "INSERT INTO api_storedanswer (user_id, key, fingerprint, location) VALUES (%s, %s, %s, '')"
            " ON CONFLICT (user_id, key) DO NOTHING RETURNING id",
            [person, key, fingerprint],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(stored: StoredAnswer, request: Request, fingerprint: str) -> Response:
    """The stored answer, to who still sees what it is about. Raises NotFound, Invalid for another body."""
    _seen(request.data, request)
    if stored.fingerprint != fingerprint:
        raise Invalid(
            [FieldError("", say("The body is not the one that this key was used for."))],
            say("This Idempotency-Key was used for another request."),
        )
    _seen(stored.body, request)
    answer = Response(stored.body, status=stored.status)
    answer["Idempotency-Replayed"] = "true"
    if stored.location:
        answer["Location"] = stored.location
    return answer


def _seen(said: Any, request: Request) -> None:
    """Raise NotFound where a review that is named there is out of the caller's sight by now."""
    named = [said.get(name) for name in NAMING] if isinstance(said, dict) else []
    for code in named:
        if isinstance(code, str):
            denials.about(code)
            sight.look(code, caller(request))


def _fingerprint(request: Request) -> str:
    body: Any = request.data
    said = body if isinstance(body, bytes) else canonical_bytes(body) if type(body) is dict else b""
    return sha256_hex(f"{request.method} {request.get_full_path()}\n".encode() + said)
