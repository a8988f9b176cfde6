"""The plant's pages are files: there once it has started, as old as they are, gone when taken away."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orr.demo.plant.http import Request
from orr.demo.plant.wiki import Wiki


def asked(wiki: Wiki, service: str) -> tuple[int, str]:
    answer = wiki.page(Request("GET", f"/runbooks/{service}", {}, b""), service)
    return answer.status, answer.headers.get("Last-Modified", "")


def test_a_page_is_as_old_as_its_file(tmp_path: Path) -> None:
    wiki = Wiki(tmp_path / "plant" / "runbooks")
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    page = tmp_path / "plant" / "runbooks" / "search.txt"
    os.utime(page, (at.timestamp(), at.timestamp()))
    assert asked(wiki, "search") == (200, "Sun, 01 Mar 2026 12:00:00 GMT")
    page.unlink()
    assert asked(wiki, "search") == (404, "")
    assert asked(Wiki(tmp_path / "plant" / "runbooks"), "search") == (404, "")


@pytest.mark.parametrize("service", ["../secret", "..", "", "Search", "search.txt"])
def test_there_are_no_pages_but_those_of_services(tmp_path: Path, service: str) -> None:
    (tmp_path / "secret.txt").write_text("x")
    assert asked(Wiki(tmp_path / "runbooks"), service) == (404, "")


def test_every_page_is_new_where_the_plant_is(tmp_path: Path) -> None:
    Wiki(tmp_path / "runbooks")
    found = {page.stem: page.stat().st_mtime for page in (tmp_path / "runbooks").iterdir()}
    young = (datetime.now(UTC) - timedelta(minutes=5)).timestamp()
    assert len(found) == 7 and min(found.values()) > young
