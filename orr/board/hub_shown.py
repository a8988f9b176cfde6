"""What the page of the event hub shows: how the outbox stands, its dead letters, what waits, who answers."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery

from orr.accounts import roles
from orr.accounts.models import Role, User
from orr.board import denied
from orr.events import hub
from orr.events.models import Outgoing
from orr.events.outlook import outlook
from orr.messages.models import Acknowledgement, Receipt

LISTED = 50


def shown(viewer: User) -> dict[str, Any]:
    """The page's facts; single events only for who sees every review."""
    everything = denied.sees_all(viewer)
    return {
        "configured": hub.configured(),
        "state": outlook(),
        "received": _received(),
        "answer": _answer(),
        "consumer": settings.EVENT_HUB_CONSUMER,
        "everything": everything,
        "admin": Role.ADMIN in roles.roles_of(viewer),
        "dead": list(_dead()) if everything else [],
        "late": list(_late()) if everything else [],
        "listed": LISTED,
    }


def _answer() -> Acknowledgement | None:
    """The last acknowledgement by the consumer that counts."""
    counted = Acknowledgement.objects.filter(consumer=settings.EVENT_HUB_CONSUMER)
    return counted.order_by("-pk").first()


def _received() -> datetime | None:
    last = Receipt.objects.order_by("-pk").first()
    return last.received_at if last else None


def _dead() -> QuerySet[Outgoing]:
    """The dead letters, the oldest first, with how many events wait behind each and who sent it again."""
    behind = Outgoing.objects.filter(subject=OuterRef("subject"), sent_at=None, pk__gt=OuterRef("pk"))
    counted = behind.order_by().values("subject").annotate(n=Count("pk")).values("n")
    found = Outgoing.objects.filter(dead_at__isnull=False).annotate(behind=Subquery(counted))
    return found.order_by("dead_at").prefetch_related("sent_again__by")[:LISTED]


def _late() -> QuerySet[Outgoing]:
    """What waits after at least one try, the oldest first."""
    return Outgoing.objects.filter(sent_at=None, dead_at=None, tries__gt=0).order_by("pk")[:LISTED]
