"""The state directory: its lock, its secrets, and what the running installation says about itself."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from orr.embedded.failure import CannotStart

HOME = Path(__file__).resolve().parent.parent.parent


def chosen(option: str | None) -> Path:
    """The state directory by `--state`, else PLURA_STATE, else `var/` in the checkout."""
    return Path(option or os.environ.get("PLURA_STATE") or HOME / "var").resolve()


class State:
    """The files of one installation; made with mode 0700, held by one supervisor at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self._about = path / "run.json"

    def take(self) -> None:
        """Make the directory and hold its lock until this process ends. Raises CannotStart if it is held."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / "static").mkdir(exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as refusal:
            raise CannotStart(
                f"{self.path} cannot be written ({refusal.strerror}): choose another directory with --state."
            ) from refusal
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as refusal:
            raise CannotStart(
                f"Another plura runs on {self.path}: stop it, or choose another directory with --state."
            ) from refusal

    def held(self) -> bool:
        """Whether a supervisor runs on this directory now."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def secret(self, name: str, make: Callable[[], str], mode: int) -> Path:
        """The file `name`, made once with the text of `make()` and the permissions `mode`."""
        path = self.path / name
        if not path.exists():
            fresh = self.path / f"{name}.new"
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as target:
                target.write(make() + "\n")
                target.flush()
                os.fsync(target.fileno())
            fresh.replace(path)
        return path

    def announce(self, environment: dict[str, str]) -> None:
        """Leave the running installation's addresses for commands beside it; no secret is among them."""
        fresh = self._about.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
            json.dump(environment, target)
        fresh.replace(self._about)

    def announced(self) -> dict[str, str] | None:
        """What the running supervisor announced; None if none runs."""
        if not self.held():
            return None
        with contextlib.suppress(FileNotFoundError, ValueError):
            found: dict[str, str] = json.loads(self._about.read_text(encoding="utf-8"))
            return found
        return None

    def withdraw(self) -> None:
        """Take the announcement back."""
        self._about.unlink(missing_ok=True)


def new_secret_key() -> str:
    """A key for sessions and signatures, 64 characters."""
    return secrets.token_urlsafe(48)


def new_log_key() -> str:
    """A signing key of the transparency log under TLOG_ORIGIN."""
    from orr.tlog.note import generate_skey

    return generate_skey(os.environ.get("TLOG_ORIGIN", "orr.localhost/log"))
