"""Lets tests empty append-only tables, and forget with them what the log's signer remembers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

from orr.tlog import keys

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


@pytest.fixture(scope="session")
def signers_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the signer of this process remembers: not shared with the other processes of the run."""
    path = tmp_path_factory.mktemp("signer") / "head"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "head_file", lambda: path)
        yield path


@pytest.fixture(autouse=True)
def signer_without_memory(signers_file: Path) -> None:
    """Each test begins with an empty log, so the signer must not remember the log of another test."""
    signers_file.unlink(missing_ok=True)
