"""What the plant must remember over a restart: target values, applied orders, switches."""

import sqlite3
import threading
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS target (name TEXT PRIMARY KEY, value TEXT NOT NULL, previous TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS applied (key TEXT PRIMARY KEY, target TEXT NOT NULL, desired TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault (name TEXT PRIMARY KEY);
"""


class Book:
    """A SQLite file; each call is one transaction."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(directory / "plant.sqlite", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def rows(self, query: str, *values: str) -> list[tuple[str, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def write(self, *statements: tuple[str, tuple[str, ...]]) -> None:
        with self._lock, self._db:
            for query, values in statements:
                self._db.execute(query, values)

    def close(self) -> None:
        with self._lock:
            self._db.close()
