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
_CONTENT_TYPE = "application/json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Artefact:
    """One version of one thing: its OCI manifest, which `digest` names, and the content that it points at."""

    kind: str
    name: str
    version: str
    manifest: bytes
    layer: bytes

    @cached_property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @cached_property
    def content(self) -> Any:
        """What a model, a pack of rules or an index says. Raises ValueError for an image."""
        return json.loads(self.layer)["content"]


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
            self._artefact(data, entry["kind"], entry["name"], version)
            for entry in data["artefact"]
            for version in entry["versions"]
        ]
        self.targets = {target.name: target for entry in data["target"] for target in self._both(entry)}

    def find(self, kind: str, name: str, reference: str) -> Artefact | None:
        """By version or by digest."""
        fitting = (a for a in self.artefacts if (a.kind, a.name) == (kind, name))
        return next((a for a in fitting if reference in (a.version, a.digest)), None)

    def kind_of(self, name: str) -> str | None:
        """The kind of the artefacts of that name."""
        return next((a.kind for a in self.artefacts if a.name == name), None)

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

    def _artefact(self, data: dict[str, Any], kind: str, name: str, version: str) -> Artefact:
        layer = f"{name} {version}\n".encode()
        if kind != "image":
            layer = plain({"kind": kind, "name": name, "version": version, "content": data[kind][version]})
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": self._blob(_CONFIG_TYPE, plain({"architecture": "amd64", "os": "linux", "name": name})),
            "layers": [self._blob(_LAYER_TYPE if kind == "image" else _CONTENT_TYPE, layer)],
            "annotations": {"org.opencontainers.image.version": version},
        }
        return Artefact(kind, name, version, plain(manifest), layer)

    def _blob(self, media_type: str, body: bytes) -> dict[str, Any]:
        self.blobs[digest_of(body)] = body
        return {"mediaType": media_type, "digest": digest_of(body), "size": len(body)}


def plain(value: Any) -> bytes:
    """One fixed JSON form, so that the same content has the same digest on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()
