"""The installation's own secrets, which no source may take: whoever writes the file would be sent them."""

import os
from pathlib import Path

from django.conf import settings

from orr.sources.schema import SourceIn

NAMES = frozenset(
    {
        "SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "EVENT_HUB_URL", "ARCHIVE_URL",
        "OIDC_CLIENT_SECRET", "TLOG_KEY", "TLOG_KEY_FILE", "PLURA_TOKEN",
    }
)  # fmt: skip
FILES = ("secret_key", "tlog.key", "tlog.key.head")


def is_own(entry: SourceIn) -> bool:
    """Whether the entry names a secret of this installation: by variable, or by the file that holds it."""
    if entry.secret_env is not None:
        return entry.secret_env in NAMES
    if entry.secret_file is None:
        return False
    named = Path(entry.secret_file).resolve()
    ours = [Path(settings.STATE) / name for name in FILES]
    ours += [Path(os.environ[f"{name}_FILE"]) for name in sorted(NAMES) if os.environ.get(f"{name}_FILE")]
    ours += [Path(settings.TLOG_KEY_FILE)] if settings.TLOG_KEY_FILE else []
    return any(named == own.resolve() for own in ours)
