"""Laws of the local archive: written once by us, on disk, read back unchanged, and honest about its level."""

from pathlib import Path

import pytest

from orr.archive import worm
from orr.archive.worm import LocalEvident, open_archive
from orr.lib.errors import Conflict, Unavailable


def test_what_was_put_is_given_back_and_cannot_be_put_again(tmp_path: Path) -> None:
    archive = LocalEvident(tmp_path / "archive")
    stored = archive.put("ORR-0001/report.pdf", b"bytes")
    assert archive.get("ORR-0001/report.pdf") == b"bytes"
    assert (stored.size, (tmp_path / "archive" / stored.name).stat().st_mode & 0o777) == (5, 0o444)
    with pytest.raises(Conflict):
        archive.put("ORR-0001/report.pdf", b"others")
    assert archive.get("ORR-0001/report.pdf") == b"bytes"


def test_the_probe_leaves_nothing_behind_and_calls_the_level_by_its_name(tmp_path: Path) -> None:
    archive = LocalEvident(tmp_path)
    archive.probe()
    archive.probe()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert archive.level == "local-evident"


def test_an_archive_that_gives_back_other_bytes_fails_the_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalEvident, "get", lambda self, name: b"other bytes")
    with pytest.raises(Unavailable, match="does not give back"):
        LocalEvident(tmp_path).probe()


def test_file_and_directory_are_on_disk_before_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    plain = worm.os.fsync
    monkeypatch.setattr(worm.os, "fsync", lambda handle: (synced.append(handle), plain(handle)))
    LocalEvident(tmp_path).put("object", b"bytes")
    assert len(synced) == 2


def test_an_archive_that_is_no_directory_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="archive cannot be used"):
        LocalEvident(tmp_path / "file").probe()


def test_a_failed_write_leaves_no_half_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worm.os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        LocalEvident(tmp_path).put("object", b"bytes")
    assert not (tmp_path / "object").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "", "."])
def test_names_stay_inside_the_archive(tmp_path: Path, name: str) -> None:
    with pytest.raises(Conflict):
        LocalEvident(tmp_path / "archive").put(name, b"bytes")


@pytest.mark.parametrize("url", ["s3://bucket", "file://host/path", "file:relative", "/plain", ""])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Unavailable):
        open_archive(url)


def test_a_file_address_is_decoded(tmp_path: Path) -> None:
    assert open_archive(f"file://{tmp_path}/a%20b").home == tmp_path / "a b"
