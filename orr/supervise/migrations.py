"""Whether the embedded database already has the present migrations, told without asking Django."""

import hashlib
from pathlib import Path

from orr.supervise.state import HOME

# Packages bring migrations too; their versions stand in the lock.
SOURCES = ("requirements.lock", "orr/grants.py", "orr/settings.py")
FOLDERS = ("orr", "approvals", "evidence")


def stamp() -> str:
    """SHA-256 over every file that decides what `migrate` would do."""
    files = [HOME / name for name in SOURCES if (HOME / name).exists()]
    files += sorted(path for folder in FOLDERS for path in (HOME / folder).glob("**/migrations/*.py"))
    total = hashlib.sha256()
    for path in files:
        total.update(str(path.relative_to(HOME)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def current(state: Path) -> bool:
    """Whether the last successful `migrate` on this state was this one."""
    mark = state / "migrated"
    return mark.exists() and mark.read_text(encoding="utf-8") == stamp()


def remember(state: Path) -> None:
    """Write the stamp after a successful `migrate`."""
    (state / "migrated").write_text(stamp(), encoding="utf-8")
