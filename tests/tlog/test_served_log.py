"""Laws of the served log: a stranger rebuilds and verifies it from what is served, and gets no more."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from orr.tlog import audit, checkpoint, keys, log, merkle, proof, tiles
from orr.tlog.merkle import ProofError

ORIGIN = "example.org/log"
READER = Path(__file__).parent / "reader.go"
GO_SOURCES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")


def grow(count: int) -> None:
    with transaction.atomic():
        for _ in range(count):
            log.append(kind="test:acted", review="ORR-0001", artefacts={}, actor=None)
    log.sequence()


def get(client: Client, path: str) -> bytes:
    answer = client.get(f"/tlog/{path}")
    assert answer.status_code == 200, path
    return answer.content


@pytest.mark.django_db
def test_a_stranger_rebuilds_the_log_from_its_tiles(client: Client) -> None:
    for count in (3, 260, 300):
        grow(count)
    head = checkpoint.open_checkpoint(get(client, "checkpoint"), [keys.verifier_key()], ORIGIN)
    assert head.size == 563
    entries: list[bytes] = []
    hashes = b""
    for number, width in ((0, 256), (1, 256), (2, 51)):
        entries += tiles.decode_bundle(get(client, "tile/" + tiles.Tile(None, number, width).path()))
        hashes += get(client, "tile/" + tiles.Tile(0, number, width).path())
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    assert b"".join(leaves) == hashes
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    assert merkle.fold([levels[tree.level][tree.pos] for tree in merkle.subtrees(0, 563)]) == head.root
    assert get(client, "tile/1/000.p/2") == b"".join(levels[8][:2])
    assert get(client, "tile/entries/002.p/1") == tiles.encode_bundle(entries[512:513])


@pytest.mark.django_db
def test_proof_files_and_consistency_verify_offline(client: Client) -> None:
    grow(5)
    old = checkpoint.open_checkpoint(get(client, "checkpoint"), [keys.verifier_key()], ORIGIN)
    grow(6)
    new = checkpoint.open_checkpoint(get(client, "checkpoint"), [keys.verifier_key()], ORIGIN)
    for index in range(11):
        entry, file = get(client, f"entry/{index}.json"), get(client, f"entry/{index}.tlog-proof").decode()
        assert proof.verify(file, entry, [keys.verifier_key()], ORIGIN) == new
        assert json.loads(entry)["seq"] == index + 1
    hashes = [base64.b64decode(line) for line in get(client, "consistency/5/11").split()]
    merkle.verify_consistency(5, 11, hashes, old.root, new.root)


@pytest.mark.django_db
def test_what_isnt_signed_isnt_served(client: Client) -> None:
    assert client.get("/tlog/checkpoint").status_code == 404
    grow(3)
    with transaction.atomic():
        log.append(kind="test:acted", review="ORR-0001", artefacts={}, actor=None)
    for path in (
        "entry/3.json", "entry/3.tlog-proof", "consistency/0/3", "consistency/3/4", "consistency/2/1",
        "tile/0/000", "tile/0/000.p/4", "tile/0/001.p/1", "tile/1/000.p/1", "tile/0/0", "tile/x/000",
        "tile/entries/000.p/4", "tile/0/000.p/0", "entry/99999999999999999999.json",
    ):  # fmt: skip
        assert client.get(f"/tlog/{path}").status_code == 404, path
    assert client.post("/tlog/checkpoint").status_code == 405


@pytest.mark.django_db
def test_only_the_checkpoint_grows_old(client: Client) -> None:
    grow(3)
    assert "immutable" in client.get("/tlog/tile/0/000.p/3")["Cache-Control"]
    assert "immutable" in client.get("/tlog/entry/0.json")["Cache-Control"]
    assert client.get("/tlog/checkpoint")["Cache-Control"] == "no-cache"
    assert client.get("/tlog/vkey").content.decode().strip() == keys.verifier_key()


@pytest.mark.django_db
def test_the_whole_log_is_checked_from_its_bytes() -> None:
    grow(37)
    assert audit.rebuild().size == 37
    with pytest.raises(ProofError, match="entry 37 is missing"):
        audit._root(38)


@pytest.mark.peer
@pytest.mark.django_db
def test_gos_own_library_reads_our_log(client: Client, tmp_path: Path) -> None:
    if shutil.which("go") is None or not GO_SOURCES.is_dir():
        pytest.skip("left out: no Go with golang.org/x/mod; apt install golang-go golang-golang-x-mod-dev")
    for count in (3, 700):
        grow(count)
    for tile in (
        *(tiles.Tile(None, number, 256) for number in (0, 1)), tiles.Tile(None, 2, 191),
        *(tiles.Tile(0, number, 256) for number in (0, 1)), tiles.Tile(0, 2, 191), tiles.Tile(1, 0, 2),
    ):  # fmt: skip
        file = tmp_path / "tile" / tile.path()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(get(client, "tile/" + tile.path()))
    (tmp_path / "checkpoint").write_bytes(get(client, "checkpoint"))
    for index in (0, 511, 702):
        (tmp_path / f"{index}.json").write_bytes(get(client, f"entry/{index}.json"))
    run = subprocess.run(
        ["go", "run", str(READER), keys.verifier_key(), str(tmp_path), "0", "511", "702"],
        env={
            "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(tmp_path / "cache"),
            "GOFLAGS": "", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/go/bin",
        },
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["size", "703", "proven", "0", "proven", "511", "proven", "702"]
