"""A real OCI registry, and an artefact pushed to it by plain HTTP."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.demo.peers import running

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
WHEEL = "application/vnd.pypa.wheel"


@contextmanager
def registry(directory: Path, port: int) -> Iterator[str]:
    """Debian's docker-registry, its blobs below `directory`; yields its address."""
    config = directory / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(directory / "data")}}
    config.write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}))
    binary = shutil.which("docker-registry")
    assert binary, "Debian's docker-registry is needed: apt-get install docker-registry"
    base = f"http://127.0.0.1:{port}"
    with running([binary, "serve", str(config)], f"{base}/v2/", directory / "registry.log"):
        yield base


def push(base: str, name: str, tag: str, wheel: Path) -> str:
    """Push the wheel as an artefact of one layer under the tag; the digest of its manifest."""
    repository = f"{base}/v2/{name}"
    config = {"mediaType": EMPTY, **_blob(repository, b"{}")}
    layer = {"mediaType": WHEEL, **_blob(repository, wheel.read_bytes())}
    layer["annotations"] = {"org.opencontainers.image.title": wheel.name}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": WHEEL,
        "config": config,
        "layers": [layer],
    }
    body = json.dumps(manifest).encode()
    url = f"{repository}/manifests/{tag}"
    pushed = httpx.put(url, content=body, headers={"Content-Type": MANIFEST}).raise_for_status()
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    assert pushed.headers["Docker-Content-Digest"] == digest
    return digest


def _blob(repository: str, content: bytes) -> dict[str, object]:
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    begun = httpx.post(f"{repository}/blobs/uploads/").raise_for_status()
    place = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": digest})
    httpx.put(place, content=content).raise_for_status()
    return {"digest": digest, "size": len(content)}
