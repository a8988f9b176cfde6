"""A socket's path must be short and nobody else's: where each installation puts its own."""

from pathlib import Path

import pytest

from orr.embedded.failure import CannotStart
from orr.embedded.rundir import LONGEST_SOCKET_NAME, LONGEST_SOCKET_PATH, run_directory


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    state = tmp_path / ("deep" * 25)
    state.mkdir()
    return state


def test_a_short_path_stays_beside_the_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("orr.embedded.rundir.LONGEST_SOCKET_PATH", 400)
    assert run_directory(tmp_path) == tmp_path / "run"
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_long_path_goes_to_the_users_runtime_directory(
    monkeypatch: pytest.MonkeyPatch, deep: Path, tmp_path: Path
) -> None:
    runtime = tmp_path / "r"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    found = run_directory(deep)
    assert found.parent == runtime
    assert found == run_directory(deep)
    assert found.stat().st_mode & 0o777 == 0o700


def test_without_one_it_goes_to_a_place_short_enough(monkeypatch: pytest.MonkeyPatch, deep: Path) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/tmp")  # noqa: S108
    found = run_directory(deep)
    try:
        assert len(str(found)) + len(LONGEST_SOCKET_NAME) <= LONGEST_SOCKET_PATH
    finally:
        found.rmdir()


@pytest.mark.parametrize("trap", ["open to all", "a link"])
def test_a_place_prepared_by_somebody_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, deep: Path, tmp_path: Path, trap: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    place = run_directory(deep)
    place.rmdir()
    if trap == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    with pytest.raises(CannotStart, match="private"):
        run_directory(deep)
