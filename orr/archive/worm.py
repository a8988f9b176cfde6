"""The local archive and the probe of what it promises: tamper-evident, not write-once.

Its level is called `local-evident` wherever it is shown. A file is 0444 and on disk before the store
answers; who owns the machine can still replace it, and the log's digests show that they did.
"""

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orr.lib.errors import Conflict, Unavailable
from orr.lib.sentence import say

LEVEL = "local-evident"
PROBES = "probes"


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored object: its name below the archive, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class LocalEvident:
    """A directory whose files are written once by us; `level` says what that is worth."""

    home: Path
    level = LEVEL

    def put(self, name: str, data: bytes) -> Stored:
        """Write a new object, fsync it and its directory. Raises Conflict when the name is taken."""
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        except FileExistsError as error:
            raise Conflict(say("The archive already holds %(name)s.", name=name)) from error
        except OSError as error:
            raise _away(error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), 0o444)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _sync_directory(path.parent)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise _away(error) from error
        return Stored(name, len(data), sha256(data).hexdigest())

    def get(self, name: str) -> bytes:
        """An object's bytes, read from the directory. Raises Unavailable."""
        try:
            return self._path(name).read_bytes()
        except OSError as error:
            raise _away(error) from error

    def probe(self) -> Stored:
        """Write a random object, read it back, compare; the object is removed again.

        Raises Unavailable when the archive cannot be written, or what is read is not what was written.
        """
        data = secrets.token_bytes(64)
        stored = self.put(f"{PROBES}/{sha256(data).hexdigest()}", data)
        path = self._path(stored.name)
        try:
            mode = path.stat().st_mode & 0o777
            if sha256(self.get(stored.name)).hexdigest() != stored.sha256 or mode != 0o444:
                raise Unavailable(say("The archive does not give back what was written to it."))
        finally:
            path.unlink(missing_ok=True)
        return stored

    def _path(self, name: str) -> Path:
        path = (self.home / name).resolve()
        if not path.is_relative_to(self.home.resolve()) or path == self.home.resolve():
            raise Conflict(say("%(name)s is no name of an archived object.", name=name))
        return path


def open_archive(url: str) -> LocalEvident:
    """The archive at a `file://` address. Raises Unavailable for a kind that isn't there."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise Unavailable(say("The archive address %(url)s is not of the form file:///directory.", url=url))
    return LocalEvident(Path(unquote(parts.path)))


def _away(error: OSError) -> Unavailable:
    return Unavailable(say("The archive cannot be used: %(why)s.", why=str(error.strerror or error)))


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
