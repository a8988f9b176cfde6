"""Reading and writing the journal of applied values."""

from orr.drivers.models import Journal, WrittenBy


def record(*, target: str, value: str, written_by: WrittenBy | str, review: str) -> None:
    """Note that `value` was written to `target` for `review`; a second time changes nothing."""
    Journal.objects.bulk_create(
        [Journal(target=target, value=value, written_by=written_by, review=review)], ignore_conflicts=True
    )


def values(review: str, target: str) -> set[str]:
    """Every value a rollout wrote to `target` for `review`: what its Exit may take back."""
    rows = Journal.objects.filter(review=review, target=target, written_by=WrittenBy.ROLLOUT)
    return set(rows.values_list("value", flat=True))
