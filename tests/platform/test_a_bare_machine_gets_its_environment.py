"""What `manage.py` does before anything is installed: the standard library only, one sentence a failure."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from orr import bootstrap

STANDARD = set(sys.stdlib_module_names)
HOME = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with locks and no environment."""
    for name in (bootstrap.RUNTIME, bootstrap.TEST):
        (tmp_path / name).write_text("nothing==1\n")
    monkeypatch.setattr(bootstrap, "HOME", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed.json")
    return tmp_path


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports when it is loaded."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("name", ["manage.py", "orr/bootstrap.py", "orr/__init__.py"])
def test_the_first_steps_need_the_standard_library_only(name: str) -> None:
    assert imported(HOME / name) <= STANDARD


def test_a_python_that_is_too_old_can_read_the_sentence() -> None:
    ast.parse((HOME / "manage.py").read_text("utf-8"), feature_version=(3, 7))


def test_an_environment_is_current_only_for_its_lock_and_its_python(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not bootstrap._current(bootstrap.RUNTIME)
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.STAMP.write_text(json.dumps({bootstrap.RUNTIME: bootstrap._digest(bootstrap.RUNTIME)}))
    assert bootstrap._current(bootstrap.RUNTIME)
    assert not bootstrap._current(bootstrap.TEST)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "3.14.0 of tomorrow")
        assert not bootstrap._current(bootstrap.RUNTIME)
    (bare / bootstrap.RUNTIME).write_text("nothing==2\n")
    assert not bootstrap._current(bootstrap.RUNTIME)


def test_an_interrupted_installation_is_no_environment(bare: Path) -> None:
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.STAMP.write_text("{half")
    assert not bootstrap._current(bootstrap.RUNTIME)


def test_a_python_without_venv_names_the_package(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt-get install python3\.\d+-venv"):
        bootstrap._create()


def test_no_registry_is_one_sentence(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    (bare / bootstrap.RUNTIME).write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SystemExit, match="is a package registry reachable"):
        bootstrap._install(bootstrap.RUNTIME)


def test_another_environment_that_somebody_entered_is_left_alone(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", "/somebodys/venv")
    bootstrap.enter(bootstrap.RUNTIME)
    assert not bootstrap.VENV.exists()


def command(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin", "PLURA_STATE": str(tmp_path / "state")}
    return subprocess.run(
        [sys.executable, str(HOME / "manage.py"), *arguments],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_command_that_needs_a_database_says_how_to_get_one(tmp_path: Path) -> None:
    ended = command(tmp_path, "token", "sre")
    assert ended.returncode == 1
    assert (
        ended.stderr == "plura: Nothing has been set up here yet: python3 manage.py up (or demo) does it.\n"
    )


def test_a_command_that_only_reads_files_makes_nothing(tmp_path: Path) -> None:
    ended = command(tmp_path, "check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
