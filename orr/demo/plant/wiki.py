"""The pages of the plant's services: files of its own directory, served as any web server serves files.

They are put there when the plant first starts; who takes one away sees what becomes of G7.4.
"""

from email.utils import formatdate
from pathlib import Path

from orr.demo.plant.http import Request, Response, json_response

_WRITTEN = Path(__file__).parent / "runbooks"


class Wiki:
    """One page for each service, with its runbook and its continuity plan."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._names = frozenset(page.stem for page in _WRITTEN.glob("*.txt"))
        if not directory.exists():
            # All at once: a plant that is killed here must not come back with half of its pages.
            fresh = directory.with_suffix(".new")
            fresh.mkdir(parents=True, exist_ok=True)
            for page in _WRITTEN.glob("*.txt"):
                (fresh / page.name).write_text(page.read_text())
            fresh.rename(directory)

    def page(self, request: Request, service: str) -> Response:
        """The page as it was last written; 404 for one that is not there."""
        path = self._directory / f"{service}.txt"
        if service not in self._names or not path.is_file():
            return json_response({"error": "there is no such page"}, 404)
        written = formatdate(path.stat().st_mtime, usegmt=True)
        return Response(200, path.read_bytes(), "text/plain; charset=utf-8", {"Last-Modified": written})
