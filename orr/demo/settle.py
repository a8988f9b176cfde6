"""Puts the demo's sources file and profiles where the installation looks for them."""

from pathlib import Path

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from orr.demo.place import Place

_HERE = Path(__file__).parent
_MARK = "demo"


def settle(place: Place) -> None:
    """Write sources and profiles; a file that somebody else wrote stays as it is."""
    text = (_HERE / "sources.toml").read_text()
    for word, value in (
        ("@PLANT@", place.plant_url),
        ("@SECRET@", str(place.plant_secret_file)),
        ("@LAKE@", _lake_url()),
    ):
        text = text.replace(word, value)
    _put(Path(settings.PLURA_SOURCES), text)
    for profile in sorted((_HERE / "profiles").glob("*.toml")):
        _put(Path(settings.PLURA_PROFILES) / profile.name, profile.read_text())


def _lake_url() -> str:
    """The lake as its reader, in the cluster of the installation's own database."""
    database = settings.DATABASES["default"]
    parts = conninfo_to_dict(f"host={database['HOST']} port={database['PORT'] or 5432}")
    host, port = str(parts["host"]), str(parts["port"])
    if host.startswith("/"):
        return f"postgresql://lake_reader@/lake?host={host}&port={port}"
    return f"postgresql://lake_reader@{host}:{port}/lake"


def _put(path: Path, text: str) -> None:
    if path.exists() and _MARK not in path.read_text().splitlines()[0]:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)
