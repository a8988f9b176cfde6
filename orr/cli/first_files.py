"""The first sources file and profile as text, and putting a file where none is lost (pure, but for `put`)."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from orr.cli.first_look import METRIC, WINDOWS, Found

HOME = Path(__file__).resolve().parent.parent.parent
PROFILE = """\
# The first step of adoption: six checks; every other one says "not adopted" on the board and in the report.
# Take a check in by deleting its table here; reviews use this by: plura orr start --profile first
extends = "minimal"
version = 1
title = { en = "First", ko = "첫 프로필" }
"""


@dataclass(frozen=True)
class Wanted:
    """What the first sources file is to say of the one Prometheus."""

    url: str
    internal: bool
    selector: str = ""
    secret_env: str | None = None


def sources_text(wanted: Wanted, found: Found) -> str:
    """The file. Texts are written as TOML's basic strings, whose escapes are those of JSON."""
    lines = [
        "# Outside systems, one table each; docs/sources.md says what else may stand here.",
        "# Try it: python3 manage.py sources check",
        "",
        "[sources.metrics]",
        'kind = "prometheus"',
        f"url = {_quoted(wanted.url)}",
    ]
    if wanted.internal:
        lines.append("internal = true        # it may stand inside the network")
    if wanted.secret_env:
        lines += [f"secret_env = {_quoted(wanted.secret_env)}", f"secret_for = {_quoted(wanted.url)}"]
    if found.jobs:
        lines += ["", '[items."G1.4"]           # the share of synthetic probes that succeeded']
        lines += ['source = "metrics"', f"metric = {_quoted(METRIC)}"]
        if wanted.selector:
            lines.append(f"selector = {_quoted(wanted.selector)}")
        window = found.window or WINDOWS[-1]
        if window != WINDOWS[0]:
            lines.append(f'window = "{window}"         # shorter ones hold fewer than 598 attempts')
    return "\n".join(lines) + "\n"


def places(state: str | None) -> tuple[Path, Path]:
    """Where the sources file and the profile belong: as the settings say, else in the state directory."""
    home = Path(state or os.environ.get("PLURA_STATE") or HOME / "var").resolve()
    sources = Path(os.environ.get("PLURA_SOURCES") or home / "sources.toml")
    profiles = Path(os.environ.get("PLURA_PROFILES") or home / "profiles")
    return sources, profiles / "first.toml"


def put(path: Path, text: str, *, over: str | None) -> None:
    """Write the file whole or not at all; `over`: what may stand there and is kept beside it, None: nothing.

    Raises FileExistsError where something else stands there by now, OSError where it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    try:
        if over is None:
            # Unlike a replacement, a link is refused where somebody else was first.
            os.link(fresh, path)
        elif path.read_text(encoding="utf-8") != over:
            raise FileExistsError(f"{path} was changed meanwhile")
        else:
            path.with_name(path.name + ".before").write_text(over, encoding="utf-8")
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
