"""What the plant can run: artefacts by digest, and the targets that hold one of them."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SHADOW = "-shadow"
_FILE = Path(__file__).with_name("catalogue.toml")
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Artefact:
    """One version of one thing; `body` are the bytes that `digest` names."""

    kind: str
    name: str
    version: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        return digest_of(self.body)

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Target:
    """Something a driver may change; `seconds` is how long that takes here."""

    name: str
    service: str
    seconds: float
    initial: str


class Catalogue:
    """Artefacts, targets and blobs, from `catalogue.toml`."""

    def __init__(self) -> None:
        data = tomllib.loads(_FILE.read_text())
        self.blobs: dict[str, bytes] = {}
        self.artefacts = [
            Artefact(entry["kind"], entry["name"], version, self._body(data, entry, version))
            for entry in data["artefact"]
            for version in entry["versions"]
        ]
        self.targets = {target.name: target for entry in data["target"] for target in self._both(entry)}

    def find(self, kind: str, name: str, reference: str) -> Artefact | None:
        """By version or by digest."""
        fitting = (a for a in self.artefacts if (a.kind, a.name) == (kind, name))
        return next((a for a in fitting if reference in (a.version, a.digest)), None)

    def accepts(self, target: str, value: str) -> bool:
        """Whether a target can hold this value: an artefact's target only a digest that is there."""
        kind, _, name = target.removesuffix(SHADOW).partition("/")
        if not any((a.kind, a.name) == (kind, name) for a in self.artefacts):
            return 0 < len(value) <= 200
        found = self.find(kind, name, value)
        return found is not None and found.digest == value

    def _both(self, entry: dict[str, Any]) -> list[Target]:
        kind, _, name = entry["name"].partition("/")
        artefact = self.find(kind, name, entry["value"])
        value = artefact.digest if artefact else str(entry["value"])
        return [
            Target(entry["name"] + suffix, entry["service"], float(entry["seconds"]), value)
            for suffix in ("", SHADOW)
        ]

    def _body(self, data: dict[str, Any], entry: dict[str, Any], version: str) -> bytes:
        kind, name = entry["kind"], entry["name"]
        if kind != "image":
            return plain({"kind": kind, "name": name, "version": version, "content": data[kind][version]})
        config = self._blob(_CONFIG_TYPE, plain({"architecture": "amd64", "os": "linux", "name": name}))
        layer = self._blob(_LAYER_TYPE, f"{name} {version}\n".encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": config,
            "layers": [layer],
            "annotations": {"org.opencontainers.image.version": version},
        }
        return plain(manifest)

    def _blob(self, media_type: str, body: bytes) -> dict[str, Any]:
        self.blobs[digest_of(body)] = body
        return {"mediaType": media_type, "digest": digest_of(body), "size": len(body)}


def plain(value: Any) -> bytes:
    """One fixed JSON form, so that the same content has the same digest on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()
