"""The installation's own secrets, which no source may take: whoever writes the file would be sent them."""

import os
from pathlib import Path

from django.conf import settings

from orr.sources import secret_file
from orr.sources.hooks import HookIn
from orr.sources.schema import SourceIn

NAMES = frozenset(
    {
        "SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "EVENT_HUB_URL", "ARCHIVE_URL",
        "OIDC_CLIENT_SECRET", "TLOG_KEY", "TLOG_KEY_FILE", "PLURA_TOKEN",
    }
)  # fmt: skip
# Of the state directory, whose keys are ours, this alone is somebody else's: the plant of the demo gave it.
GIVEN = "plant/webhook-secret"


def is_own(entry: SourceIn | HookIn) -> bool:
    """Whether the entry names a secret of this installation: by variable, or by the file that holds it."""
    if entry.secret_env is not None:
        return is_own_name(entry.secret_env)
    if entry.secret_file is None:
        return False
    named = secret_file.real(entry.secret_file)
    return named is not None and _is_own_file(named)


def is_own_name(name: str) -> bool:
    """Whether the variable holds a secret of this installation, or says where one is."""
    return name in NAMES or name.removesuffix("_FILE") in NAMES


def _is_own_file(named: Path) -> bool:
    state = Path(settings.STATE).resolve()
    if named.is_relative_to(state) and named != state / GIVEN:
        return True
    ours = [Path(os.environ[f"{name}_FILE"]) for name in sorted(NAMES) if os.environ.get(f"{name}_FILE")]
    ours += [Path(settings.TLOG_KEY_FILE)] if settings.TLOG_KEY_FILE else []
    # Beside the log's key stands the head it signed last; it is nobody's password either.
    ours += [one.with_name(f"{one.name}.head") for one in ours]
    return any(named == one.resolve() or _same(named, one) for one in ours)


def _same(one: Path, other: Path) -> bool:
    """Whether both are one file: by a second name, or a second mount of it."""
    try:
        return one.samefile(other)
    except OSError:
        return False
