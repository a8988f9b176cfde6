"""One supervisor to a state directory; its secrets are made once and read by nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest

from orr.embedded.failure import CannotStart
from orr.supervise.state import State, new_log_key, new_secret_key
from orr.tlog.note import parse_skey

HOLD = """
import sys
from pathlib import Path
from orr.supervise.state import State
state = State(Path(sys.argv[1]))
state.take()
state.announce({"PORT": "8101"})
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_supervisor_is_refused_and_a_dead_one_forgotten(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(CannotStart, match="--state"):
        State(tmp_path).take()
    assert State(tmp_path).announced() == {"PORT": "8101"}
    first.kill()
    first.wait()
    first.stdout.close()
    first.stdin.close()
    assert State(tmp_path).announced() is None
    State(tmp_path).take()


def test_looking_at_a_state_takes_nothing(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.take()
    assert State(tmp_path).held()
    assert not State(tmp_path / "nowhere").held()
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotStart, match="--state"):
        State(tmp_path / "file" / "state").take()


def test_a_secret_is_made_once_with_its_mode(tmp_path: Path) -> None:
    state = State(tmp_path)
    path = state.secret("secret_key", new_secret_key, 0o600)
    made = path.read_text()
    assert len(made.strip()) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert state.secret("secret_key", new_secret_key, 0o600).read_text() == made


def test_the_logs_key_opens_as_a_signing_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLOG_ORIGIN", "orr.example/log")
    path = State(tmp_path).secret("tlog.key", new_log_key, 0o400)
    assert path.stat().st_mode & 0o777 == 0o400
    assert parse_skey(path.read_text().strip()).name == "orr.example/log"
