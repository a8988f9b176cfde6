"""What each source last answered: written with every question, a short history of it, no raw answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from orr.lib import clock
from orr.lib.sentence import Sentence
from orr.sources.address import bound_to
from orr.sources.models import Answer, Outcome
from orr.sources.source import Source

# So many answers of each source and item are kept, and none of what nobody asks any more.
KEPT = 48
LONGEST = timedelta(days=30)

# Two who prune at once skip each other's rows instead of waiting for them.
_PRUNE = """
DELETE FROM sources_answer WHERE id IN (
    SELECT id FROM sources_answer WHERE (source = %(source)s AND item = %(item)s AND id NOT IN (
        SELECT id FROM sources_answer WHERE source = %(source)s AND item = %(item)s
        ORDER BY asked_at DESC, id DESC LIMIT %(kept)s
    )) OR asked_at < %(oldest)s
    FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Said:
    """How a question went: after how many milliseconds, and in one sentence of ours."""

    outcome: Outcome
    sentence: Sentence
    milliseconds: int


@transaction.atomic
def note(source: Source, said: Said, *, item: str = "") -> Answer:
    """Write down what the source answered for the item, and drop what is older than the last 48."""
    now = clock.now()
    row = Answer.objects.create(
        source=source.name,
        kind=source.kind,
        address=bound_to(source.url),
        item=item,
        asked_at=now,
        milliseconds=min(max(0, said.milliseconds), 10**9),
        outcome=said.outcome,
        said=said.sentence,
    )
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, {"source": source.name, "item": item, "kept": KEPT, "oldest": now - LONGEST})
    return row


def answers(sources: Iterable[Source]) -> dict[str, list[Answer]]:
    """Per source what it answered at its present address, the newest first; one query."""
    places = {source.name: bound_to(source.url) for source in sources}
    found: dict[str, list[Answer]] = {name: [] for name in places}
    for row in Answer.objects.filter(source__in=places).order_by("-asked_at", "-id"):
        if row.address == places[row.source]:
            found[row.source].append(row)
    return found


def latest_by_item(rows: Iterable[Answer]) -> dict[str, Answer]:
    """Of rows with the newest first: the newest of each item."""
    newest: dict[str, Answer] = {}
    for row in rows:
        newest.setdefault(row.item, row)
    return newest


def last_success(rows: Iterable[Answer]) -> datetime | None:
    """When it last answered, of rows with the newest first."""
    return next((row.asked_at for row in rows if row.outcome == Outcome.ANSWERED), None)
