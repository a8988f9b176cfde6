"""Law: `init` tries what it writes down, replaces nothing unasked, and a second run changes nothing."""

import importlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from orr.cli import first_files
from orr.cli.main import plura
from orr.profiles import load as profiles
from orr.sources import load
from tests.lib.rogue import Rogue, answering, serving

cli_init = importlib.import_module("orr.cli.init")
Init = Callable[..., Result]


def prometheus(per_minute: float, jobs: dict[str, int] | None = None) -> Any:
    """Answers as a Prometheus would whose probes are asked so often."""
    minutes = {"30m": 30, "1h": 60, "3h": 180, "6h": 360, "12h": 720, "24h": 1440, "3d": 4320, "7d": 10_080}

    def answer(connection: Any, head: bytes) -> None:
        asked = parse_qs(urlsplit(head.split()[1].decode()).query)["query"][0]
        if asked.startswith("vector"):
            result = [{"metric": {}, "value": [1, "1"]}]
        elif asked.startswith("count by"):
            told = {"blackbox": 1} if jobs is None else jobs
            result = [{"metric": {"job": job}, "value": [1, str(n)]} for job, n in told.items()]
        else:
            window = asked[asked.index("[") + 1 : asked.index("]")]
            result = [{"metric": {}, "value": [1, str(int(per_minute * minutes[window]))]}]
        answering(
            json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
        )(connection, head)

    return answer


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    for name in ("PLURA_SOURCES", "PLURA_PROFILES", "PLURA_STATE"):
        monkeypatch.delenv(name, raising=False)

    def run(*said: str, stdin: str = "") -> Result:
        return CliRunner().invoke(plura, ["orr", "init", "--state", str(tmp_path), *said], input=stdin)

    return run


def of(rogue: Rogue, *said: str) -> list[str]:
    return ["--prometheus", rogue.url, "--internal", *said]


def test_what_it_writes_is_what_the_product_reads(init: Init, tmp_path: Path, settings: Any) -> None:
    with serving(prometheus(60)) as rogue:
        done = init(*of(rogue, "--selector", 'job="blackbox"'))
        assert done.exit_code == 0, done.output
        settings.PLURA_SOURCES, settings.PLURA_PROFILES = (
            str(tmp_path / "sources.toml"), str(tmp_path / "profiles"),
        )  # fmt: skip
        item = load.sources().by_item["G1.4"]
        assert (item.source.url, item.source.internal, item.settings.window) == (rogue.url, True, None)
        assert item.settings.selector == 'job="blackbox"'
    assert profiles.get("first").items == profiles.get("minimal").items
    assert (tmp_path / "sources.toml").stat().st_mode & 0o077 == 0


def test_the_window_holds_enough_attempts(init: Init, tmp_path: Path) -> None:
    with serving(prometheus(4)) as rogue:
        assert "720 attempts in 3h" in init(*of(rogue)).output
    assert tomllib.loads((tmp_path / "sources.toml").read_text())["items"]["G1.4"]["window"] == "3h"


def test_too_few_attempts_and_no_probes_are_said(init: Init, tmp_path: Path) -> None:
    with serving(prometheus(0.01)) as rogue:
        assert "G1.4 waits until there are 598" in init(*of(rogue)).output
    with serving(prometheus(60, jobs={})) as rogue:
        assert "no probe_success" in init(*of(rogue, "--overwrite")).output
    assert "items" not in tomllib.loads((tmp_path / "sources.toml").read_text())


def test_twice_changes_nothing(init: Init, tmp_path: Path) -> None:
    with serving(prometheus(60)) as rogue:
        assert init(*of(rogue)).exit_code == 0
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        again = json.loads(init(*of(rogue, "--json")).stdout)
    assert set(again["files"].values()) == {"unchanged"}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_what_is_there_is_never_replaced_unasked(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources.toml").write_text("# mine\n")
    with serving(prometheus(60)) as rogue:
        assert init(*of(rogue)).exit_code == 2
        monkeypatch.setattr(cli_init, "at_a_terminal", lambda: True)
        assert init(*of(rogue), stdin="n\n").exit_code == 1
        assert (tmp_path / "sources.toml").read_text() == "# mine\n"
        assert init(*of(rogue), stdin="y\n").exit_code == 0
    assert "sources.metrics" in (tmp_path / "sources.toml").read_text()
    assert (tmp_path / "sources.toml.before").read_text() == "# mine\n"


def test_a_person_is_asked_for_what_lacks(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_init, "at_a_terminal", lambda: True)
    with serving(prometheus(60)) as rogue:
        done = init(stdin=f"{rogue.url}\ny\n")
        assert (done.exit_code, "on this machine" in done.output) == (0, True), done.output
        assert init(stdin=f"{rogue.url}\nn\n").exit_code == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status":"error"}', b"", b"[" * 100_000])
def test_a_look_alike_is_not_written_down(body: bytes, init: Init, tmp_path: Path) -> None:
    with serving(answering(body)) as rogue:
        refused = init(*of(rogue))
    assert refused.exit_code == 1
    assert "Nothing was written" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_an_inside_address_is_allowed_aloud(init: Init, tmp_path: Path) -> None:
    with serving(prometheus(60)) as rogue:
        refused = init("--prometheus", rogue.url)
        assert (refused.exit_code, rogue.connects) == (2, 0)
    assert "--internal" in refused.output
    for wrong in ("ftp://x", "http://u:p@127.0.0.1", "http://169.254.169.254", "http://0x7f.1", "nonsense"):
        assert init("--prometheus", wrong, "--internal").exit_code == 2
    assert init().exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_named_and_never_written(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert init("--prometheus", "http://127.0.0.1:1", "--internal", "--secret-env", "NOT_SET").exit_code == 2
    monkeypatch.setenv("P_TOKEN", "s3cret")
    with serving(prometheus(60)) as rogue:
        assert init(*of(rogue, "--secret-env", "P_TOKEN")).exit_code == 0
        assert b"Bearer s3cret" in rogue.requests[0]
    text = (tmp_path / "sources.toml").read_text()
    assert "P_TOKEN" in text and "s3cret" not in text


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "PLURA_TOKEN"])
def test_a_secret_of_this_installation_is_sent_nowhere(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "ours")
    with serving(prometheus(60)) as rogue:
        refused = init(*of(rogue, "--secret-env", name))
        assert refused.exit_code == 2 and "own secret" in refused.output
        assert rogue.connects == 0
    assert not (tmp_path / "sources.toml").exists()


def test_who_was_first_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sources.toml"
    first_files.put(path, "one", over=None)
    for over in (None, "other"):
        with pytest.raises(FileExistsError):
            first_files.put(path, "two", over=over)
    assert path.read_text() == "one"
    assert [one.name for one in path.parent.iterdir()] == ["sources.toml"]
