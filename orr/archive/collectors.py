"""G8.2: the archive takes an object and gives it back unchanged; the reading names the archive's level."""

from dataclasses import dataclass

from django.conf import settings

from evidence.contract import Query, Reading, Unavailable, Window
from orr.archive.worm import open_archive
from orr.lib.canonical import canonical_bytes
from orr.lib.clock import now
from orr.lib.errors import OrrError
from orr.lib.sentence import say


@dataclass(frozen=True)
class ArchiveProbe:
    """Writes, reads back and compares a probe object in the configured archive."""

    own_facts = True

    def collect(self, query: Query, window: Window) -> Reading:
        """One reading. Raises Unavailable when the archive refuses."""
        try:
            archive = open_archive(settings.ARCHIVE_URL)
            stored = archive.probe()
        except OrrError as refusal:
            raise Unavailable(refusal.sentence) from refusal
        moment = now()
        answer = {
            "level": archive.level, "object": stored.name, "sha256": stored.sha256, "size": stored.size,
            "read_back": True, "at": moment.isoformat(),
        }  # fmt: skip
        return Reading(
            value=None,
            passed=True,
            raw=canonical_bytes(answer),
            query=f"put, get, compare {stored.name}",
            source=archive.level,
            measured_at=moment,
            text=archive.level,
            detail=say("Tamper-evident, not write-once: this archive is a directory of this machine."),
        )
