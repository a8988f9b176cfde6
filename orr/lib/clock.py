"""The one clock: the database's, read in its own statement, so that a lock wait never makes it stale."""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The database's `clock_timestamp()`, aware, UTC.

    `now()` and `CURRENT_TIMESTAMP` are the transaction's start and were seconds old after a lock wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
