"""The one contract of all collectors: a whole reading, or a named error with its reason, in time."""

import gzip
import hashlib
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.collectors import oci
from evidence.collectors.postgres_rls import RowSecurity
from evidence.collectors.templates import Templates
from evidence.contract import CollectError, Denied, Lacking, Malformed, Query, Unavailable
from orr.sources.items import PostgresItem, Probe
from orr.sources.load import Source
from tests.evidence.conftest import NEW, OLD, facts_of, rule
from tests.evidence.contract_cases import CASES, NOW, RECORDED, WINDOW, Case
from tests.lib.rogue import Behaviour, Rogue, answering, serving

IDS = [f"{case.code}-{case.kind}" for case in CASES]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`ask(case, rogue)`: collect from that server, within 0.7 s."""

    def collect(case: Case, rogue: Rogue, **changes: Any) -> Any:
        plain = Source(
            "registry" if case.kind == "oci" else "metrics", case.kind, rogue.url, internal=True, timeout=0.7
        )
        source = replace(plain, **changes)
        monkeypatch.setattr(oci, "split_target", lambda target: (source, target.partition("/")[2]))
        return case.make(source).collect(Query(case.code, rule(case.code), facts_of()), WINDOW)

    return collect


Ask = Callable[..., Any]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_reading_is_whole(case: Case, ask: Ask) -> None:
    with serving(case.good) as rogue:
        found = ask(case, rogue)
    assert found.value is not None or found.passed is not None
    assert found.samples is not None and found.samples > 0
    assert found.query
    assert found.source in ("metrics", "registry")
    assert json.loads(found.raw)
    assert found.measured_at == NOW
    assert found.measured_at.tzinfo is not None
    assert len(found.text) <= 200


def slow(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"{")
        time.sleep(0.05)


def reset(connection: socket.socket, _head: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def truncated(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"status":"succ')


def gigabyte(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n")
    for _ in range(1024):
        connection.sendall(b"x" * 1_048_576)


def status(code: str) -> Behaviour:
    return answering(b'{"status":"error","error":"no"}', code)


FAULTS: dict[str, tuple[Behaviour, type[CollectError]]] = {
    "slow": (slow, Unavailable),
    "reset": (reset, Unavailable),
    "truncated": (truncated, Unavailable),
    "unauthorised": (status("401 Unauthorized"), Denied),
    "forbidden": (status("403 Forbidden"), Denied),
    "redirect": (answering(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), CollectError),
    "server error": (status("503 Service Unavailable"), CollectError),
    "no HTTP": (lambda connection, _head: connection.sendall(b"SSH-2.0-x\r\n\r\n"), Unavailable),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_each_fault_is_a_named_error_in_time(case: Case, fault: str, ask: Ask) -> None:
    behave, kind = FAULTS[fault]
    began = time.monotonic()
    with serving(behave) as rogue, pytest.raises(kind) as failed:
        ask(case, rogue)
    assert time.monotonic() - began < 2
    assert str(failed.value.sentence)


def body(data: Any) -> Behaviour:
    return answering(data if isinstance(data, bytes) else json.dumps(data).encode())


def vector(*series: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "vector", "result": list(series)}}


AT = NOW.timestamp()
NO_ANSWERS: dict[str, Behaviour] = {
    "empty": body(b""),
    "empty object": body({}),
    "list": body([]),
    "null": body(b"null"),
    "number": body(b"1"),
    "html": body(b"<html>sign in</html>"),
    "deep": body(b"[" * 200_000),
    "not UTF-8": body(b'{"result": "\xff"}'),
    "gigabyte": gigabyte,
    "compressed": answering(gzip.compress(b"0" * 1_000_000), headers="Content-Encoding: gzip\r\n"),
}
LIES: dict[str, Behaviour] = {
    "no data": body({"status": "success"}),
    "null data": body({"status": "success", "data": None}),
    "empty vector": body(RECORDED["empty"]),
    "refused": body(RECORDED["refused"]),
    "matrix": body({"status": "success", "data": {"resultType": "matrix", "result": []}}),
    "null result": body({"status": "success", "data": {"resultType": "vector", "result": None}}),
    "not a number": body(vector({"metric": {"le": "0.8"}, "value": [AT, "NaN"]})),
    "infinite": body(vector({"metric": {"le": "0.8"}, "value": [AT, "+Inf"]})),
    "a word": body(vector({"metric": {"le": "0.8"}, "value": [AT, "many"]})),
    "a bare number": body(vector({"metric": {"le": "0.8"}, "value": [AT, 1]})),
    "no value": body(vector({"metric": {"le": "0.8"}})),
    "short value": body(vector({"metric": {"le": "0.8"}, "value": [AT]})),
    "yesterday's": body(vector({"metric": {"le": "0.8"}, "value": [AT - 86_400, "1"]})),
    "two series": body(vector(*[{"metric": {"le": "0.8"}, "value": [AT, "1"]}] * 2)),
    "incomplete": body(
        {**vector({"metric": {"le": "0.8"}, "value": [AT, "1"]}), "warnings": ["a store is away"]}
    ),
}
TOLD = [
    (c, lie)
    for c in CASES
    for lie in (*NO_ANSWERS, *(LIES if c.kind == "prometheus" else ()))
    if c.kind != "oci"
]


@pytest.mark.parametrize(("case", "lie"), TOLD, ids=[f"{case.code}-{case.kind}-{lie}" for case, lie in TOLD])
def test_what_is_no_answer_is_never_a_reading(case: Case, lie: str, ask: Ask) -> None:
    began = time.monotonic()
    # Any page is an answer of a runbook; none of these says when it was written.
    kinds = (Malformed, Unavailable, *([Lacking] if case.kind == "runbooks" else []))
    with serving({**NO_ANSWERS, **LIES}[lie]) as rogue, pytest.raises(kinds) as failed:
        ask(case, rogue)
    assert time.monotonic() - began < 3
    assert str(failed.value.sentence)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_an_inside_address_has_to_be_allowed(case: Case, ask: Ask) -> None:
    with serving(case.good) as rogue:
        with pytest.raises(Denied) as failed:
            ask(case, rogue, internal=False)
        assert rogue.connects == 0
    assert "internal = true" in str(failed.value)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_wrong_certificate_is_no_peer(case: Case, ask: Ask, self_signed: ssl.SSLContext) -> None:
    with serving(case.good, tls=self_signed) as rogue, pytest.raises(Unavailable) as failed:
        ask(case, rogue, url=rogue.url.replace("http:", "https:"))
    assert "certificate" in str(failed.value)


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server context with a certificate that nobody trusts."""
    pem = tmp_path / "self.pem"
    how = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=127.0.0.1"
    command = ["openssl", *how.split(), "-keyout", str(pem), "-out", str(tmp_path / "crt.pem")]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt.pem", pem)
    return context


def test_a_missing_digest_header_is_made_up_for_by_hashing(ask: Ask) -> None:
    manifests = {OLD: b'{"old":1}', NEW: b'{"new":1}'}
    real = {name: "sha256:" + hashlib.sha256(data).hexdigest() for name, data in manifests.items()}

    def headerless(connection: socket.socket, head: bytes) -> None:
        name = NEW if real[NEW].encode() in head.split()[1] else OLD
        answering(b"" if head.startswith(b"HEAD") else manifests[name])(connection, head)

    with serving(headerless) as rogue:
        source = Source("registry", "oci", rogue.url, internal=True)
        told = oci.Registries(time.monotonic() + 5)
        assert told.digest(source, "search-api", "stable") == real[OLD]
        assert told.digest(source, "search-api", real[NEW]) == real[NEW]


def test_the_database_keeps_the_contract_too() -> None:
    probe = Probe(setting="app.tenant", value="acme", column="tenant")
    settings = PostgresItem(source="lake", schemas=("lake",), probe=probe)
    faults: list[Behaviour] = [reset, lambda c, _h: c.sendall(b"HTTP/1.1 200 OK\r\n\r\n")]
    for behave in faults:
        with serving(behave) as rogue:
            url = f"postgresql://reader@127.0.0.1:{rogue.port}/lake"
            for internal, kind in ((True, Unavailable), (False, Denied)):
                source = Source("lake", "postgres", url, internal=internal, timeout=2)
                with pytest.raises(kind):
                    RowSecurity(source, settings).collect(Query("G4.3", rule("G4.3"), facts_of()), WINDOW)


def test_templates_keep_the_contract_too() -> None:
    found = Templates().collect(Query("G7.1", rule("G7.1"), facts_of()), WINDOW)
    assert (found.passed, found.text, found.measured_at) == (True, "4 / 4", NOW)
    assert len(json.loads(found.raw)) == 4
