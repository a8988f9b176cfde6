"""Backup and restore, rehearsed for real: a journal, snapshots, and cold segments that are read back."""

import gzip
import hashlib
import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from orr.demo.plant.faults import Faults
from orr.demo.plant.triage import Incident

_CHECKPOINTS = 600
_SEGMENT = 50  # incidents per cold segment
_LARGEST = 5_000  # journal records before it starts anew


class Recovery:
    """Writes each incident to the journal; every rehearsal answers what was and what came back."""

    def __init__(self, directory: Path, faults: Faults) -> None:
        self._journal = directory / "journal.jsonl"
        self._cold = directory / "cold.jsonl.gz"
        self._faults = faults
        self._lock = threading.Lock()
        self._live: list[str] = []
        self._checkpoints: deque[tuple[int, str]] = deque(maxlen=_CHECKPOINTS)
        self._journal.write_text("")
        self._cold.write_bytes(b"")

    def record(self, incident: Incident) -> None:
        line = json.dumps({"id": incident.id, "at": incident.at, "host": incident.host}, sort_keys=True)
        with self._lock:
            if len(self._live) >= _LARGEST:
                self._begin_anew()
            self._live.append(line)
            if not ("backup_broken" in self._faults and len(self._live) % 5 == 0):
                with self._journal.open("a") as file:
                    file.write(line + "\n")
            self._checkpoints.append((len(self._live), _hash(self._live)))
            if len(self._live) % _SEGMENT == 0:
                self._chill()

    def point_in_time(self) -> dict[str, Any]:
        """Replay the journal to a checkpoint of a while ago and compare with what was there then."""
        started = time.monotonic()
        with self._lock:
            if not self._checkpoints:
                return _answer(started, "", "no checkpoint yet", 0)
            count, expected = self._checkpoints[len(self._checkpoints) // 2]
            restored = self._journal.read_text().splitlines()[:count]
        return _answer(started, expected, _hash(restored), count)

    def snapshot(self) -> dict[str, Any]:
        """Write a snapshot of all that the journal holds, restore it aside, compare with what is live."""
        started = time.monotonic()
        path = self._journal.with_name("snapshot.gz")
        with self._lock:
            path.write_bytes(gzip.compress(self._journal.read_bytes()))
            expected, count = _hash(self._live), len(self._live)
        restored = gzip.decompress(path.read_bytes()).decode().splitlines()
        return _answer(started, expected, _hash(restored) if count else "nothing recorded yet", count)

    def rehydrate(self) -> dict[str, Any]:
        """Read the newest cold segment back and compare it with what was put away."""
        started = time.monotonic()
        with self._lock:
            if not self._cold.stat().st_size:
                self._chill()
            stored = self._cold.read_bytes()
        if not stored:
            return _answer(started, "", "no segment yet", 0)
        head, *lines = gzip.decompress(stored).decode().splitlines()
        return _answer(started, head, _hash(lines), len(lines))

    def _chill(self) -> None:
        segment = self._live[-_SEGMENT:]
        if not segment:
            return
        kept = self._journal.read_text().splitlines()[-_SEGMENT:]
        self._cold.write_bytes(gzip.compress("\n".join([_hash(segment), *kept]).encode()))

    def _begin_anew(self) -> None:
        self._live.clear()
        self._checkpoints.clear()
        self._journal.write_text("")


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _answer(started: float, expected: str, found: str, records: int) -> dict[str, Any]:
    seconds = time.monotonic() - started
    return {"expected": expected, "found": found, "records": records, "seconds": seconds}
