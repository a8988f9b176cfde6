"""The one place that knows every package: who listens to what, and which collector asks for which item."""

from django.db.models.signals import post_migrate

from orr.grants import grant


def connect() -> None:
    """Subscribe the handlers and register the collectors; called once, when all apps are loaded."""
    post_migrate.connect(grant, dispatch_uid="orr.grants")
    from pathlib import Path

    if all(Path(f).is_file() for f in ("evidence/actions.py", "evidence/contract.py", "orr/tlog/log.py")):  # SCAFFOLD
        _subscribe()
        _collect()


def _subscribe() -> None:
    from orr.events.bus import subscribe
    from orr.events.vocabulary import Event
    from orr.reviews import actions as reviews

    subscribe(Event.EVIDENCE_RECORDED, reviews.mark_decidable)


def _collect() -> None:
    """Collectors are registered by their owners' modules."""
