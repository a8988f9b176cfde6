"""What is done with evidence: ask for a collection, push a result, attest, withdraw a statement, read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from evidence import asked, requests
from evidence import latest as known
from evidence.attesting import Attachment, attest, withdraw_statement
from evidence.carrying import carry
from evidence.latest import Latest, history
from evidence.models import Collection, CollectionItem
from evidence.outdated import outdate
from evidence.pushing import preview, push
from evidence.requests import request_collection

__all__ = [
    "Attachment",
    "Latest",
    "Progress",
    "attest",
    "carry",
    "history",
    "latest",
    "outdate",
    "preview",
    "progress",
    "push",
    "request_collection",
    "still_open",
    "sweep",
    "withdraw_statement",
]


def _nothing_is_open(_subject: str) -> bool:
    return False


# Set by the wiring, since evidence knows no reviews: whether a subject is to be asked again by itself.
still_open: Callable[[str], bool] = _nothing_is_open


def sweep() -> int:
    """Ask again what is due, of the subjects that are still open; how many were handled."""
    return requests.sweep(still_open)


def latest(
    subject: str, *, bound: Mapping[str, str] | None = None, until: datetime | None = None
) -> dict[str, Latest]:
    """The newest evidence of each item and its earlier red; `bound` default: as last asked for."""
    if bound is None:
        bound = asked.facts(asked.last_of(subject).facts).bound()
    return known.latest(subject, bound=bound, until=until)


@dataclass(frozen=True)
class Progress:
    """How far the latest collection is."""

    done: int
    total: int
    running: bool


def progress(subject: str) -> Progress:
    """Of the latest collection and every one under way; nothing of nothing where none was asked for."""
    ours = Collection.objects.filter(subject=subject)
    shown = Q(collection__finished_at=None) | Q(collection=ours.order_by("-requested_at").values("pk")[:1])
    rows = CollectionItem.objects.filter(shown, collection__subject=subject)
    finished = list(rows.values_list("finished_at", "collection__finished_at"))
    done = sum(item is not None for item, _ in finished)
    return Progress(done, len(finished), any(collection is None for _, collection in finished))
