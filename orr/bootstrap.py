"""Makes the virtual environment of a bare machine; the standard library only, since nothing else is there."""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
RUNTIME = "requirements.lock"
TEST = "requirements-dev.lock"


def enter(lock: str) -> None:
    """Return if the dependencies of `lock` are here; else make `.venv` and start over inside it.

    Another virtual environment that holds Django is left alone: whoever entered it chose it.
    """
    if Path(sys.prefix) == VENV:
        if _current(lock):
            return
    elif sys.prefix != sys.base_prefix and importlib.util.find_spec("django"):
        return
    if not _current(lock):
        with _alone():
            if not _current(lock):
                _make(lock)
    os.execve(PYTHON, [str(PYTHON), str(HOME / "manage.py"), *sys.argv[1:]], os.environ)  # noqa: S606


def _current(lock: str) -> bool:
    """Whether `.venv` was made by this Python from the present `lock`."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return bool(stamp.get(lock) == _digest(lock)) and PYTHON.exists()


def _digest(lock: str) -> str:
    version = sys.version.encode()
    return hashlib.sha256((HOME / lock).read_bytes() + b"\0" + version).hexdigest()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the checkout's lock: a second command waits for the first one's installation."""
    handle = os.open(HOME, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another installation in this directory")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(lock: str) -> None:
    started = time.monotonic()
    if not os.access(HOME, os.W_OK):
        _stop(f"{HOME} cannot be written by this user: clone it into a directory of your own.")
    _say(f"setting up {VENV} (once, about a minute)")
    if not _made_here():
        _create()
    _install(lock)
    _client()
    _compile()
    # `requirements-dev.lock` holds the runtime pins too, so whoever has it needs no second installation.
    locks = (RUNTIME, TEST) if lock == TEST else (RUNTIME,)
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps({name: _digest(name) for name in locks}), encoding="utf-8")
    fresh.replace(STAMP)
    _say(f"set up in {time.monotonic() - started:.0f} s")


def _made_here() -> bool:
    """Whether a `.venv` of this very Python is there already and only its packages are old."""
    config = VENV / "pyvenv.cfg"
    if not (PYTHON.exists() and config.exists()):
        return False
    return f"version = {sys.version.split()[0]}\n" in config.read_text("utf-8")


def _create() -> None:
    _say(f"making a virtual environment for Python {sys.version.split()[0]}")
    if VENV.is_symlink() or VENV.is_file():
        _stop(f"{VENV} is not a directory: move it away.")
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    missing = f"This Python has no venv module: apt-get install {package}"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        _stop(missing)
    made = _run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        reason = (made.stdout.strip().splitlines() or ["no reason given"])[-1]
        _stop(missing if "ensurepip" in made.stdout else f"The virtual environment failed: {reason}")


def _install(lock: str) -> None:
    count = sum("==" in line for line in (HOME / lock).read_text("utf-8").splitlines())
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(HOME / lock)]
    uv = shutil.which("uv")
    if uv:
        _say(f"installing {count} packages with uv")
        if not _run([uv, "pip", "install", "--python", str(PYTHON), *options]).returncode:
            return
        _say("uv could not install them; trying pip, which may know another registry")
    _say(f"installing {count} packages with pip")
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    failed = _follow([*pip, *options], count)
    if failed:
        _stop(f"pip could not install the dependencies ({failed}): is a package registry reachable?")


def _follow(command: list[str], count: int) -> str | None:
    """Run pip and print how far it is every few seconds; its last error line, or None."""
    errors: list[str] = []
    collected, shown = 0, time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            collected += line.startswith("Collecting ")
            if line.startswith("ERROR"):
                errors.append(line.strip())
            if line.startswith("Installing collected"):
                _say("  unpacking")
                collected = count
            elif time.monotonic() - shown > 5 and collected < count:
                shown = time.monotonic()
                _say(f"  {collected} of {count}")
    return (errors or ["no reason given"])[0] if process.returncode else None


def _client() -> None:
    """Put the command `plura` beside the Python that runs it; it works from any directory."""
    command = VENV / "bin" / "plura"
    found = f"sys.path.insert(0, {str(HOME)!r})"
    lines = ("import sys", found, "from orr.cli.main import main", "main()", "")
    command.write_text("\n".join([f"#!{PYTHON}", *lines]), encoding="utf-8")
    command.chmod(0o755)


def _compile() -> None:
    _say("compiling the message catalogues")
    if _run([str(PYTHON), "-m", "orr.catalogues"]).returncode:
        _stop("The message catalogues do not compile: python3 -m orr.catalogues says where.")


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, cwd=HOME,
    )  # fmt: skip


def _say(line: str) -> None:
    print(f"plura: {line}", flush=True)


def _stop(sentence: str) -> NoReturn:
    sys.exit(f"plura: {sentence}")
