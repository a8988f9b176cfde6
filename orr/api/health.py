"""`/healthz`: this process answers. `/readyz`: what it needs answers too, or is named."""

import logging
from collections.abc import Callable

from celery import current_app
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from orr.api.problems import MEDIA_TYPE, document
from orr.lib.errors import Unavailable
from orr.lib.sentence import say
from orr.tlog import log as transparency

BROKER_SECONDS = 2
logger = logging.getLogger("orr.api")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Always 200: asking nothing else, it says only that this process is alive."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while database, broker and log answer; else 503, and `away` names what doesn't."""
    away = [name for name, ask in ASKED.items() if not _answers(name, ask)]
    headers = {"Cache-Control": "no-store"}
    if not away:
        return JsonResponse({"status": "ok", "away": []}, headers=headers)
    refusal = Unavailable(say("Away: %(names)s.", names=", ".join(away)))
    body = {**document(refusal), "away": away}
    return JsonResponse(body, status=503, content_type=MEDIA_TYPE, headers={**headers, "Retry-After": "5"})


def _answers(name: str, ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Exception as error:  # a probe reports every fault alike, and the log keeps which
        logger.warning("not ready: %s: %s", name, type(error).__name__)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)


def _log() -> None:
    transparency.gap()


ASKED: dict[str, Callable[[], object]] = {"database": _database, "broker": _broker, "log": _log}
