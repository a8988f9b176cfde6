"""The tasks: one per collection, and the sweep that asks again; both may run twice."""

from uuid import UUID

from celery import shared_task

from evidence import engine


@shared_task(name="evidence.collect", ignore_result=True)
def collect(collection_id: str) -> None:
    """Run one collection."""
    engine.run(UUID(collection_id))


@shared_task(name="evidence.sweep", ignore_result=True)
def sweep() -> None:
    """Ask again what is half through its freshness; send again what no worker took."""
    # Requesting sends `collect`, so that module stands above this one.
    from evidence import actions

    actions.sweep()
