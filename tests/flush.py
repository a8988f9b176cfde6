"""Lets a transactional test empty append-only tables between tests; a pytest plugin for all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

SWITCH = """
DO $$ DECLARE t record; BEGIN
  FOR t IN SELECT tgrelid::regclass AS name, tgname, tgenabled FROM pg_trigger
           WHERE NOT tgisinternal AND tgtype & 32 <> 0 LOOP
    EXECUTE format('ALTER TABLE %s {verb} TRIGGER %I', t.name, t.tgname);
  END LOOP;
END $$;
"""


@pytest.fixture(scope="session", autouse=True)
def flush_of_append_only_tables() -> Iterator[None]:
    """Triggers that refuse TRUNCATE are off during the test runner's own flush, and on again after it."""
    plain = DatabaseOperations.sql_flush

    def sql_flush(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        statements: list[str] = plain(self, *args, **kwargs)
        off, on = SWITCH.replace("{verb}", "DISABLE"), SWITCH.replace("{verb}", "ENABLE ALWAYS")
        return [off, *statements, on] if statements else []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield
