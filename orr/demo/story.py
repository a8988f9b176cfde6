"""What is remembered of the play, so that a second start opens nothing twice."""

import json
from pathlib import Path


class Story:
    """A file of review ids and of the steps that were taken; written whole after each step."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}

    def code(self, key: str) -> str | None:
        """The review's id, None while it isn't open."""
        return self._kept.get(key, {}).get("id")

    def done(self, key: str, step: str) -> bool:
        return step in self._kept.get(key, {})

    def note(self, key: str, step: str, what: str = "done") -> None:
        self._kept.setdefault(key, {})[step] = what
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept, indent=1))
        fresh.replace(self._path)
