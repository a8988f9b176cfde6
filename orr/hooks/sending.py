"""Sends the answers that wait: claimed by a lease, sent outside of any transaction, then marked.

A process that dies between leaves the lease to run out. Whoever takes the answer next first asks the
platform whether it has it already, so that it is never told twice.
"""

import logging
from datetime import timedelta

from django.db import connection

from orr.hooks import answers, platforms
from orr.hooks.models import Answer, AnswerState
from orr.lib import clock
from orr.lib.errors import OrrError, Unavailable
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.sources.load import sources

logger = logging.getLogger(__name__)
# Three calls, each within the longest time that a source may be given.
LEASE_SECONDS = 240
AT_ONCE = 50
FIRST_WAIT = 1
LONGEST_WAIT = 300
# After this the platform has long stopped waiting.
TRIED_FOR = timedelta(hours=24)

_CLAIM = """
UPDATE hooks_answer SET attempts = attempts + 1,
  lease_until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE id = (SELECT id FROM hooks_answer WHERE state = 'waiting' AND next_at <= clock_timestamp()
            AND (lease_until IS NULL OR lease_until < clock_timestamp())
            ORDER BY next_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id
"""


def send_due() -> int:
    """Send up to AT_ONCE answers that are due; how many were taken by their platform."""
    sent = 0
    for _ in range(AT_ONCE):
        claimed = claim()
        if claimed is None:
            break
        sent += send(claimed)
    return sent


def claim() -> Answer | None:
    """One answer that is due and that nobody else is sending, its lease and attempt committed."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": LEASE_SECONDS})
        row = cursor.fetchone()
    return Answer.objects.select_related("ask__review").get(pk=row[0]) if row else None


def send(answer: Answer) -> bool:
    """Tell the platform, and mark what became of it; whether the platform has the answer now."""
    try:
        _tell(answer)
    except platforms.Final as refusal:
        _end(answer, AnswerState.FAILED, refusal.sentence)
        return False
    except OrrError as error:
        _again(answer, error.sentence)
        return False
    except Exception as error:
        logger.exception("an answer could not be sent")
        _again(answer, say("%(why)s", why=type(error).__name__))
        return False
    _end(answer, AnswerState.SENT, None)
    return True


def _tell(answer: Answer) -> None:
    answers.stands(answer)
    source = sources().get(answer.ask.source)
    if source is None:
        raise Unavailable(say("There is no source %(name)s any more.", name=answer.ask.source))
    platform = platforms.of(answer.ask)
    if answer.attempts > 1 and platform.told(source, answer):
        return
    platform.tell(source, answer)


def _again(answer: Answer, reason: Sentence) -> None:
    """Later once more, twice as late each time; or never, where it was tried for a day."""
    if clock.now() - answer.decided_at > TRIED_FOR:
        _end(answer, AnswerState.FAILED, reason)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(answer.attempts - 1, 10))
    mine = Answer.objects.filter(pk=answer.pk, state=AnswerState.WAITING, attempts=answer.attempts)
    mine.update(reason=reason, lease_until=None, next_at=clock.now() + timedelta(seconds=wait))
    reviews.touch(answer.ask.review.code)


def _end(answer: Answer, state: AnswerState, reason: Sentence | None) -> None:
    """It ended so, unless another attempt ended it first, or it became another answer meanwhile."""
    mine = Answer.objects.filter(pk=answer.pk, state=AnswerState.WAITING, approved=answer.approved)
    mine.update(state=state, reason=reason, ended_at=clock.now(), lease_until=None)
    reviews.touch(answer.ask.review.code)
