"""Where the demo plays: addresses, the state directory, and the tokens of its machines."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import httpx

from orr.demo.plant.place import plant_port
from orr.demo.site import Site

PASSWORD = "demo-orr-2026"  # noqa: S105 - the demo's, said on its sign-in page


@dataclass(frozen=True)
class Place:
    """`home` is the installation's state directory; the demo keeps its own things in `demo/` there."""

    home: Path
    base: str
    plant_url: str

    @property
    def own(self) -> Path:
        return self.home / "demo"

    @property
    def tokens_file(self) -> Path:
        return self.own / "tokens.json"

    @property
    def plant_secret_file(self) -> Path:
        return self.home / "plant" / "webhook-secret"

    def plant(self) -> httpx.Client:
        """The plant, for its customers and checks."""
        return httpx.Client(base_url=self.plant_url, timeout=15)

    def site(self, machine: str) -> Site:
        """The site as the machine of that name sees it; its token was issued with the demo's accounts."""
        tokens = json.loads(self.tokens_file.read_text())
        return Site(self.base, str(tokens[machine]))


def here() -> Place:
    """From PLURA_STATE, PORT and PLANT_PORT."""
    home = Path(os.environ.get("PLURA_STATE", "var")).resolve()
    base = os.environ.get("PLURA_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
    return Place(home, base.rstrip("/"), f"http://127.0.0.1:{plant_port()}")
