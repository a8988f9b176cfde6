"""Where the plant stands: its port, and the cluster that its lake is made in."""

import json
import os
from pathlib import Path

_ABOVE = 99  # the plant's port lies this far above the site's, so that two demos don't meet


def plant_port() -> int:
    """PLANT_PORT, else 99 above PORT: 8099 for 8000."""
    given = os.environ.get("PLANT_PORT")
    return int(given) if given else int(os.environ.get("PORT", "8000")) + _ABOVE


def owner_url(home: Path) -> str | None:
    """DATABASE_OWNER_URL, else what the running installation says of itself in `run.json`; None without."""
    given = os.environ.get("DATABASE_OWNER_URL")
    if given:
        return given
    try:
        about = json.loads((home / "run.json").read_text())
    except (OSError, ValueError):
        return None
    found = about.get("DATABASE_OWNER_URL")
    return str(found) if found else None
