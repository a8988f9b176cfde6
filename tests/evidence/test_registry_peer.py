"""G2.3 against a real docker-registry: the new digest is there, the tag reads the old one."""

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from evidence.collectors.oci import PinnedDigests
from evidence.contract import Malformed, Query, Reading, Unavailable, Window
from tests.demo.peers import free_port, running
from tests.evidence.conftest import facts_of, rule

pytestmark = [pytest.mark.peer, pytest.mark.slow]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running registry."""
    directory = tmp_path_factory.mktemp("registry")
    port = free_port()
    config = directory / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(directory / "data")}}
    config.write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}))
    binary = shutil.which("docker-registry")
    assert binary, "Debian's docker-registry is needed: apt-get install docker-registry"
    base = f"http://127.0.0.1:{port}"
    with running([binary, "serve", str(config)], f"{base}/v2/", directory / "registry.log"):
        yield base


def send(url: str, data: bytes, method: str, kind: str) -> Any:
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind})
    return urllib.request.urlopen(request, timeout=10)


def push(base: str, name: str, tag: str, content: bytes) -> str:
    """Push an artefact of one blob and return its manifest's digest."""
    described = []
    for blob in (b"{}", content):
        digest = "sha256:" + hashlib.sha256(blob).hexdigest()
        with send(f"{base}/v2/{name}/blobs/uploads/", b"", "POST", "application/octet-stream") as started:
            place = started.headers["Location"]
        mark = "&" if "?" in place else "?"
        send(f"{place}{mark}digest={digest}", blob, "PUT", "application/octet-stream").close()
        described.append({"mediaType": "application/octet-stream", "digest": digest, "size": len(blob)})
    config = {**described[0], "mediaType": "application/vnd.oci.image.config.v1+json"}
    body = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": described[1:]}
    manifest = json.dumps(body).encode()
    send(f"{base}/v2/{name}/manifests/{tag}", manifest, "PUT", MANIFEST).close()
    return "sha256:" + hashlib.sha256(manifest).hexdigest()


@pytest.fixture
def released(
    address: str, tmp_path: Path, settings: Settings, request: pytest.FixtureRequest
) -> tuple[str, str, str]:
    """Repository, old digest (read by `stable`) and new digest (read by `next`) of a released artefact."""
    name = "team/" + request.node.name.replace("_", "-")[:40].strip("-")
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[sources.registry]\nkind = "oci"\nurl = "{address}"\ninternal = true\n')
    settings.PLURA_SOURCES = str(sources)
    old = push(address, name, "stable", b"old wheel")
    new = push(address, name, "next", b"new wheel")
    return name, old, new


def item(name: str, old: str | None, new: str | None, **changes: Any) -> dict[str, Any]:
    before = {"version": "1", "digest": old} if old else None
    after = {"version": "2"} | ({"digest": new} if new else {})
    return {
        "kind": "artifact",
        "name": "wheel",
        "target": f"registry/{name}:stable",
        "from": before,
        "to": after,
    } | changes


def collect(*items: dict[str, Any]) -> Reading:
    facts = facts_of(items=list(items))
    window = Window.before(datetime.now(UTC), 1)
    return PinnedDigests().collect(Query("G2.3", rule("G2.3"), facts), window)


Released = tuple[str, str, str]


def test_pinned(released: Released) -> None:
    found = collect(item(*released))
    assert (found.passed, found.value, found.text, found.source) == (True, 1.0, "1 / 1", "registry")
    told = json.loads(found.raw)
    assert [one["digest"] for one in told] == [released[2], released[1]]


def test_a_digest_that_is_not_there(released: Released) -> None:
    name, old, _ = released
    found = collect(item(name, old, "sha256:" + "c" * 64))
    assert found.passed is False
    assert "does not hold" in str(found.detail)


def test_a_tag_that_moved(released: Released, address: str) -> None:
    name, old, new = released
    moved = push(address, name, "stable", b"somebody else's wheel")
    found = collect(item(name, old, new))
    assert found.passed is False
    assert moved in str(found.detail)
    assert old in str(found.detail)


def test_no_digest_to_go_to_pins_nothing(released: Released) -> None:
    assert collect(item(released[0], released[1], None)).passed is False


def test_a_new_artefact_has_no_tag_yet(released: Released) -> None:
    name, _, new = released
    found = collect(item(name, None, new, target=f"registry/{name}:never"))
    assert found.passed is True
    assert collect(item(name, None, new)).passed is False


def test_one_of_two(released: Released) -> None:
    name, old, new = released
    found = collect(item(name, old, new), {**item(name, old, "sha256:" + "c" * 64), "name": "other"})
    assert (found.passed, found.text) == (False, "1 / 2")


def test_what_stands_in_no_registry(released: Released) -> None:
    flag = {"kind": "flag", "name": "ttl", "target": "flags:ttl", "to": {"version": "1"}}
    assert collect(item(*released), flag).text == "1 / 1"
    with pytest.raises(Malformed):
        collect(flag)
    with pytest.raises(Unavailable):
        collect(item(*released), item(*released, target="elsewhere/x:stable"))
    for target in ("registry/notag", "registry/:stable", "registry/a b:stable", "registry/a?b:stable"):
        with pytest.raises(Malformed):
            collect(item(*released, target=target))
