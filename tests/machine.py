"""What the tests need of the machine beside Python packages, and how it gets there."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GO_MODULES = "/usr/share/gocode/src/golang.org/x/mod"
# The newest that Debian's pgBackRest knows.
POSTGRESQL = "/usr/lib/postgresql/15/bin"
# Debian's wrapper in /usr/sbin changes the user; the server itself runs as whoever starts it.
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CJK = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


@dataclass(frozen=True)
class Need:
    """A Debian package, how to see that it is there, and whether the quick run needs it too."""

    package: str
    here: Callable[[], bool]
    quick: bool = False


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") is not None


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


NEEDS = (
    Need("libpangoft2-1.0-0", _library("pangoft2-1.0"), quick=True),
    Need("libharfbuzz-subset0", _library("harfbuzz-subset"), quick=True),
    Need("poppler-utils", _program("pdftotext"), quick=True),
    Need("openssl", _program("openssl"), quick=True),
    Need("git", _program("git"), quick=True),
    Need("fonts-noto-cjk", lambda: Path(CJK).exists()),
    Need("chromium", _program("chromium")),
    Need("prometheus", _program("prometheus")),
    Need("docker-registry", _program("docker-registry")),
    Need("pgbackrest", _program("pgbackrest")),
    Need("postgresql-15", lambda: Path(POSTGRESQL, "initdb").exists()),
    Need("rabbitmq-server", lambda: Path(RABBITMQ).exists()),
    Need("golang-go", _program("go")),
    Need("nodejs", _program("node")),
    Need("npm", _program("npm")),
    Need("golang-golang-x-mod-dev", lambda: Path(GO_MODULES).is_dir()),
)


def missing(*, fast: bool) -> list[str]:
    """The packages that this machine lacks for the run."""
    return [need.package for need in NEEDS if (need.quick or not fast) and not need.here()]


def ready(*, fast: bool) -> bool:
    """Install what is missing where we may; else say the one line that does, and that nothing ran."""
    packages = missing(fast=fast)
    if not packages:
        return True
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"The tests need programs that are not here; no test ran. As root: {line}", file=sys.stderr)
        return False
    print(f"installing {' '.join(packages)}", flush=True)
    _apt("update", "-qq")
    _apt("install", "-y", "-qq", "--no-install-recommends", *packages)
    still = missing(fast=fast)
    if still:
        print(f"Still missing, no test ran: {' '.join(still)}. Try: {line}", file=sys.stderr)
    return not still


def _apt(*arguments: str) -> None:
    # Debian's servers start themselves on installation; the tests start their own.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(
        ["apt-get", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
