"""What the application's own database role may do: read and write rows, never change tables."""

from typing import Any

from django.db import connection

APPLICATION_ROLE = "orr_app"
APPEND_ONLY = (
    "reviews_transition",
    "accounts_act",
    "accounts_denial",
    "changes_sentfile",
    "decisions_debt",
    "decisions_rcareturn",
    "decisions_rcarevision",
    "decisions_secondlook",
    "hooks_delivery",
    "orr_messages_sentagain",
)
OWNED_BY_THE_LOG = "tlog_%"


def grant(**_: Any) -> None:
    """Grant the application role its rights on every table; runs after each migration, as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE])
        if cursor.fetchone() is None or not _may_grant(cursor):
            return
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE %s",
            [OWNED_BY_THE_LOG],
        )
        for (table,) in cursor.fetchall():
            rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
            cursor.execute(f'GRANT {rights} ON "{table}" TO {APPLICATION_ROLE}')
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE}")


def _may_grant(cursor: Any) -> bool:
    cursor.execute(
        "SELECT pg_has_role(current_user, tableowner, 'usage') FROM pg_tables WHERE tablename = %s",
        ["django_migrations"],
    )
    row = cursor.fetchone()
    return bool(row and row[0])
