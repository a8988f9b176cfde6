"""Law: a call goes to the checked address or nowhere, ends at its deadline, and never grows memory."""

import datetime
import gzip
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orr.lib.egress import INTERNAL, EgressFailed, EgressRefused, fetch
from tests.lib.rogue import Behaviour, answering, serving


def get(url: str, **options: object) -> bytes:
    return fetch("GET", url, allow=INTERNAL, **options).body  # type: ignore[arg-type]


def test_answer_comes_back_whole() -> None:
    with serving(answering(b"hello", headers="X-One: a\r\nX-One: b\r\n")) as rogue:
        answer = fetch("POST", rogue.url + "/p?q=1", allow=INTERNAL, content=b"body", headers={"X-Mine": "1"})
    assert (answer.status, answer.body, answer.headers["x-one"]) == (200, b"hello", "a, b")
    head = rogue.requests[0].decode()
    assert head.startswith("POST /p?q=1 HTTP/1.1")
    assert f"Host: 127.0.0.1:{rogue.port}" in head
    assert "X-Mine: 1" in head


def test_inside_is_refused_without_a_connection() -> None:
    with serving(answering(b"secret")) as rogue:
        with pytest.raises(EgressRefused):
            fetch("GET", rogue.url)
        assert rogue.connects == 0


def test_a_redirect_is_an_answer_not_a_way() -> None:
    with serving(answering(b"inside")) as inner:
        to = answering(b"", "302 Found", f"Location: {inner.url}/\r\n")
        with serving(to) as outer:
            answer = fetch("GET", outer.url, allow=INTERNAL)
        assert answer.status == 302
        assert inner.connects == 0


def test_rebinding_finds_the_checked_address_again() -> None:
    """The resolver's second answer is never asked for: the connection goes to the first, checked one."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with serving(answering(b"ok")) as rogue:
        body = get(f"http://rebind.example.org:{rogue.port}/", resolve=lambda _host: next(answers))
        assert body == b"ok"
        assert next(answers) == ["169.254.169.254"]
    assert f"Host: rebind.example.org:{rogue.port}" in rogue.requests[0].decode()


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(b"direct")) as rogue, serving(answering(b"proxied")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert get(rogue.url) == b"direct"
        assert proxy.connects == 0


def drip(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def drip_head(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for n in range(200):
        connection.sendall(f"X-{n}: y\r\n".encode())
        time.sleep(0.05)


def silent(connection: socket.socket, _request: bytes) -> None:
    connection.recv(1)


def reset(connection: socket.socket, _request: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def truncated(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


def nonsense(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (drip, "timeout"),
        (drip_head, "timeout"),
        (silent, "timeout"),
        (reset, "reset"),
        (truncated, "truncated"),
        (nonsense, "truncated"),
    ],
)
def test_each_fault_is_named_within_the_deadline(behave: Behaviour, kind: str) -> None:
    with serving(behave) as rogue:
        began = time.monotonic()
        with pytest.raises(EgressFailed) as failed:
            get(rogue.url, timeout=0.5)
        assert failed.value.kind == kind
        assert time.monotonic() - began < 2.0
        assert "127.0.0.1" in str(failed.value)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(EgressFailed) as failed:
        get(f"http://127.0.0.1:{port}/")
    assert failed.value.kind == "connect"


def endless(head: bytes) -> Behaviour:
    def behave(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        for _ in range(1024):
            connection.sendall(b"x" * 1_048_576)

    return behave


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n"
STATED = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
UNSTATED = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize("head", [CHUNKED, STATED, UNSTATED, b"HTTP/1.1 200 OK\r\nX: "])
def test_a_gigabyte_leaves_memory_flat(head: bytes) -> None:
    with serving(endless(head)) as rogue:
        tracemalloc.start()
        with pytest.raises(EgressFailed):
            get(rogue.url, max_bytes=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    packed = answering(bomb, headers="Content-Encoding: gzip\r\n")
    with serving(packed) as rogue, pytest.raises(EgressFailed) as failed:
        get(rogue.url)
    assert failed.value.kind == "encoded"


@pytest.fixture
def authority(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]:
    """`authority(name)`: a server context with a certificate for `name`, and a client context for it."""

    def make(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = tmp_path / f"{name}.pem"
        private = serialization.PrivateFormat.PKCS8
        pem.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pem)
        return server, ssl.create_default_context(cafile=str(pem))

    return make


Authority = Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]


def test_the_original_name_is_asked_and_verified(authority: Authority) -> None:
    server, client = authority("metrics.example.org")
    with serving(answering(b"ok"), tls=server) as rogue:
        url = f"https://metrics.example.org:{rogue.port}/"
        assert get(url, resolve=lambda _host: ["127.0.0.1"], verify=client) == b"ok"
    assert rogue.sni == ["metrics.example.org"]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_wrong_certificate_is_named(authority: Authority, trusted: bool) -> None:
    server, client = authority("other.example.org")
    with serving(answering(b"ok"), tls=server) as rogue:
        url = f"https://metrics.example.org:{rogue.port}/"
        with pytest.raises(EgressFailed) as failed:
            get(url, resolve=lambda _host: ["127.0.0.1"], verify=client if trusted else None)
    assert failed.value.kind == "tls"
    assert not rogue.requests
