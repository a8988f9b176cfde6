"""Laws of G8.2: it passes by reading back, says its level, and an archive that is away is no verdict."""

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evidence.contract import Facts, Query, Unavailable, Window
from orr.archive.collectors import ArchiveProbe
from orr.lib.clock import now
from orr.profiles.schema import Rule

pytestmark = pytest.mark.django_db


def query() -> Query:
    rule = Rule(code="G8.2", comparator="true", freshness=3600)
    return Query("G8.2", rule, Facts("ORR-0001", {}, "sha256:0", "sha256:0", [], "production", now()))


def test_an_archive_that_reads_back_passes_at_its_honest_level(settings: Settings, tmp_path: Path) -> None:
    settings.ARCHIVE_URL = f"file://{tmp_path}/archive"
    reading = ArchiveProbe().collect(query(), Window.before(now(), 60))
    assert (reading.passed, reading.text, reading.source) == (True, "local-evident", "local-evident")
    assert json.loads(reading.raw)["read_back"] is True
    assert "not write-once" in str(reading.detail)


def test_an_archive_that_is_away_gives_no_verdict(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file is in the way")
    settings.ARCHIVE_URL = f"file://{tmp_path}/archive"
    with pytest.raises(Unavailable, match="archive cannot be used"):
        ArchiveProbe().collect(query(), Window.before(now(), 60))
