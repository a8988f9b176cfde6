"""The log's signing key: a file, never a row; its public half may be read by anyone."""

import os
from pathlib import Path

from django.conf import settings

from orr.lib.errors import Unavailable
from orr.lib.sentence import say
from orr.tlog.note import NoteError, generate_skey, parse_skey


def origin() -> str:
    """The log's name, the first line of every checkpoint."""
    name: str = settings.TLOG_ORIGIN
    return name


def key_file() -> Path:
    """Where the signing key lies: `TLOG_KEY_FILE`, else `tlog.key` in the state directory."""
    return Path(settings.TLOG_KEY_FILE or Path(settings.STATE) / "tlog.key")


def head_file() -> Path:
    """Where the signer keeps the last checkpoint it signed: beside the key, outside the database."""
    return key_file().with_name(key_file().name + ".head")


def signing_key() -> str:
    """The signing key's text. Raises Unavailable when it is missing, malformed or of another log."""
    path = key_file()
    try:
        text = path.read_text(encoding="ascii").strip()
        name = parse_skey(text).name
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise Unavailable(
            say("The log's signing key %(path)s cannot be read: %(why)s.", path=str(path), why=str(error))
        ) from error
    log = origin()
    if name != log:
        raise Unavailable(
            say("The log's signing key is of %(name)s, but the log is %(origin)s.", name=name, origin=log)
        )
    return text


def verifier_key() -> str:
    """The log's own verifier key, `name+id+key`."""
    return parse_skey(signing_key()).vkey


def create() -> None:
    """Make a signing key where none is, readable by its owner alone; an existing one is left alone."""
    path = key_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(generate_skey(origin()) + "\n")
        file.flush()
        os.fsync(file.fileno())
