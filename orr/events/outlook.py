"""How the outbox stands: what waits and since when, what is dead, what was sent last."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from orr.events.models import Outgoing


@dataclass(frozen=True)
class Outlook:
    """What is not sent: `waiting` counts what stands behind a dead letter too; `oldest` is of them all."""

    waiting: int
    dead: int
    oldest: datetime | None
    last_sent: datetime | None

    def oldest_seconds(self, now: datetime) -> float:
        """For how long the oldest unsent event has waited; 0 where none does."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


def outlook() -> Outlook:
    """As of now."""
    unsent = Outgoing.objects.filter(sent_at=None).aggregate(
        waiting=Count("pk", filter=Q(dead_at=None)),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
        oldest=Min("recorded_at"),
    )
    last = Outgoing.objects.filter(sent_at__isnull=False).order_by("-pk").first()
    return Outlook(unsent["waiting"], unsent["dead"], unsent["oldest"], last.sent_at if last else None)
