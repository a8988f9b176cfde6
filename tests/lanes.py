"""The lanes of a test run: static checks, each one a command, and pytest."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from orr.embedded.tether import tether

HOME = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Both cores; more workers only wait for each other.
WORKERS = "2"


@dataclass(frozen=True)
class Lane:
    """A check and its command line."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How a lane ended."""

    name: str
    ok: bool
    seconds: float
    output: str = ""


@dataclass(frozen=True)
class Counts:
    """What pytest counted; an error in a fixture is a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


STATIC = (
    Lane("ruff", (str(BIN / "ruff"), "check", "--quiet", ".")),
    Lane("imports", (str(BIN / "lint-imports"), "--no-cache")),
    Lane("templates", (str(BIN / "djlint"), "templates", "--lint", "--quiet")),
    Lane("types", (str(BIN / "mypy"),)),
    Lane("migrations", (sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run")),
    Lane("checks", (sys.executable, "-m", "django", "check")),
)

# Nightly: each mutant of the modules that decide has to fail their tests.
MUTATION = Lane("mutation", (sys.executable, "-m", "tests.mutation"))


def run(lane: Lane, environment: dict[str, str]) -> Result:
    """Run a static lane from the top of the checkout."""
    started = time.monotonic()
    ended = subprocess.run(  # noqa: S603
        lane.command, cwd=HOME, env=_environment(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Result(lane.name, ended.returncode == 0, time.monotonic() - started, ended.stdout)


def pytest_lane(environment: dict[str, str], arguments: list[str]) -> tuple[Result, Counts]:
    """Run pytest, its lines passing through as they come; how it ended, and its counts."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        spread = [] if any(argument.startswith(("-n", "-p")) for argument in arguments) else ["-n", WORKERS]
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "pytest", *spread, f"--junitxml={report}", *arguments],
            cwd=HOME, env=_environment(environment), stdin=subprocess.DEVNULL, check=False,
            preexec_fn=tether(signal.SIGINT),
        )  # fmt: skip
        counts = _counts(report)
    return Result("pytest", ended.returncode == 0, time.monotonic() - started), counts


def _environment(own: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "orr.settings", "PYTHONUNBUFFERED": "1", **own}


def _counts(report: Path) -> Counts:
    if not report.exists():
        return Counts()
    # Our own pytest wrote the file a moment ago.
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314
    if suite is None:
        return Counts()
    total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return Counts(total - failed - skipped, failed, skipped)
