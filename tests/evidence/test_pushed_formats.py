"""Law: a pushed result is understood whole or refused; only a run without a flaw passes."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pytest_django.fixtures import Settings

from evidence.push import in_toto, junit, number, opa_test, sarif
from evidence.push.dsse import pre_authentication_encoding
from evidence.push.understood import Understood
from orr.lib.errors import Invalid
from tests.evidence.conftest import rule

CASE = '<testcase name="{}" classname="t">{}</testcase>'


def suite(*inside: str, attributes: str = "") -> bytes:
    cases = "".join(CASE.format(f"case{n}", body) for n, body in enumerate(inside))
    one = f'<testsuite name="s" {attributes}>{cases}</testsuite>'
    return f'<?xml version="1.0"?><testsuites>{one}</testsuites>'.encode()


def facts(found: Understood) -> tuple[bool | None, int | None, str]:
    return found.passed, found.samples, found.text


def test_junit_without_a_flaw_passes() -> None:
    assert facts(junit.understand(suite("", "", ""))) == (True, 3, "3 / 3")


@pytest.mark.parametrize(
    "flaw", ["<failure/>", "<error>boom</error>", "<skipped/>", "<failure message='x'>y</failure>"]
)
def test_junit_with_a_flaw_does_not(flaw: str) -> None:
    found = junit.understand(suite("", flaw))
    assert facts(found) == (False, 2, "1 / 2")
    assert "case1" in str(found.said)


def test_junit_attributes_are_believed_where_they_are_worse() -> None:
    assert junit.understand(suite("", attributes='failures="1"')).passed is False
    assert junit.understand(suite("", attributes='errors="2" tests="9"')).passed is False


def test_junit_of_pytest_and_nested_suites() -> None:
    inner = b'<testsuite name="b"><testcase name="x"/></testsuite>'
    nested = b'<testsuite name="a">' + inner + b'<testcase name="y"/></testsuite>'
    assert facts(junit.understand(nested)) == (True, 2, "2 / 2")


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"/></testsuite>'


@pytest.mark.parametrize(
    "content",
    [BOMB.encode(), XXE.encode(), b"<testsuite>" * 50 + b"</testsuite>" * 50, b"<html/>", b"", b"{}",
     b"<testsuite>", b"<testsuite failures='some'><testcase name='a'/></testsuite>",
     b"<testsuites/>", b"<testsuite/>", b"<testsuites><testcase name='loose'/></testsuites>",
     b"<testsuite>" + b"<properties/>" * 200_001 + b"</testsuite>"],
    ids=lambda content: content[:24],
)  # fmt: skip
def test_other_xml_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        junit.understand(content)


def log(results: list[dict[str, Any]], rules: int = 3, ran: bool = True) -> bytes:
    driver = {"name": "t", "rules": [{"id": f"R{n}"} for n in range(rules)]}
    run = {"tool": {"driver": driver}, "results": results, "invocations": [{"executionSuccessful": ran}]}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


@pytest.mark.parametrize(
    ("results", "ran", "passed"),
    [
        ([], True, True),
        ([{"ruleId": "R1", "kind": "pass"}], True, True),
        ([{"ruleId": "R1", "level": "note"}], True, True),
        ([{"ruleId": "R1"}], True, False),
        ([{"ruleId": "R1", "level": "error"}], True, False),
        ([{"ruleId": "R1", "kind": "open"}], True, False),
        ([{"ruleId": "R1", "kind": "review"}], True, False),
        ([{"ruleId": "R1", "suppressions": [{"kind": "inSource"}]}], True, False),
        ([], False, False),
    ],
)
def test_sarif(results: list[dict[str, Any]], ran: bool, passed: bool) -> None:
    found = sarif.understand(log(results, ran=ran))
    assert (found.passed, found.samples) == (passed, 3)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"version":"2.0.0","runs":[{}]}', b'{"version":"2.1.0","runs":[]}', b"\xff",
     log([], rules=0),
     b'{"version":"2.1.0","runs":[{"results":null,"tool":{"driver":{}}}]}', b"[" * 100_000],
)  # fmt: skip
def test_other_json_is_no_sarif(content: bytes) -> None:
    with pytest.raises(Invalid):
        sarif.understand(content)


@pytest.mark.parametrize(
    ("flaw", "passed"),
    [({}, True), ({"fail": True}, False), ({"skip": True}, False), ({"error": {"code": "x"}}, False)],
)
def test_opa_test(flaw: dict[str, Any], passed: bool) -> None:
    tests = [{"package": "data.p", "name": "test_a"}, {"package": "data.p", "name": "test_b", **flaw}]
    found = opa_test.understand(json.dumps(tests).encode())
    assert (found.passed, found.samples) == (passed, 2)
    assert passed or "data.p.test_b" in str(found.said)


@pytest.mark.parametrize("content", [b"[]", b"{}", b"[1]", b'[{"name":"x"}]', b"nonsense"])
def test_other_json_is_no_opa_test(content: bytes) -> None:
    with pytest.raises(Invalid):
        opa_test.understand(content)


SUBJECT = "ab" * 32
Key = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def statement(result: str = "PASSED", **changes: Any) -> dict[str, Any]:
    return {
        "_type": in_toto.STATEMENT_TYPE,
        "subject": [{"name": "x", "digest": {"sha256": SUBJECT}}],
        "predicateType": in_toto.PREDICATE_TYPE,
        "predicate": {"result": result, "passedTests": ["a", "b"], **changes},
    }


def envelope(of: dict[str, Any], key: Key, payload_type: str = in_toto.PAYLOAD_TYPE) -> bytes:
    payload = json.dumps(of).encode()
    signed = pre_authentication_encoding(payload_type, payload)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(signed)
    else:
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    body = {"payloadType": payload_type, "payload": base64.b64encode(payload).decode()}
    return json.dumps({**body, "signatures": [{"sig": base64.b64encode(signature).decode()}]}).encode()


@pytest.fixture(params=["ed25519", "ecdsa"])
def key(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Key:
    """A private key whose public half is configured."""
    made: Key = (
        ed25519.Ed25519PrivateKey.generate()
        if request.param == "ed25519"
        else ec.generate_private_key(ec.SECP256R1())
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "ci.pem").write_bytes(public)
    settings.EVIDENCE_DSSE_KEYS = [str(tmp_path / "ci.pem")]
    return made


def test_a_signed_statement_is_understood(key: Key) -> None:
    found = in_toto.understand(envelope(statement(), key))
    assert (found.passed, found.samples, found.digests) == (True, 2, (f"sha256:{SUBJECT}",))


@pytest.mark.parametrize(
    "of",
    [statement("FAILED"), statement("WARNED"), statement(failedTests=["c"]), statement(warnedTests=["c"])],
)
def test_a_bad_result_does_not_pass(key: Key, of: dict[str, Any]) -> None:
    assert in_toto.understand(envelope(of, key)).passed is False


def test_forgeries_are_refused(key: Key) -> None:
    good = json.loads(envelope(statement(), key))
    other = ed25519.Ed25519PrivateKey.generate()
    forged = [
        envelope(statement(), other),
        json.dumps({**good, "payload": base64.b64encode(b"{}").decode()}).encode(),
        json.dumps({**good, "signatures": []}).encode(),
        json.dumps({**good, "signatures": [{"sig": "!"}]}).encode(),
        envelope(statement(), key, "application/json"),
        envelope({**statement(), "_type": "other"}, key),
        envelope({**statement(), "subject": []}, key),
        envelope(statement("GREAT"), key),
        json.dumps(statement()).encode(),
    ]
    for content in forged:
        with pytest.raises(Invalid):
            in_toto.understand(content)


def test_without_keys_no_signature_counts(key: Key, settings: Settings) -> None:
    signed = envelope(statement(), key)
    settings.EVIDENCE_DSSE_KEYS = []
    with pytest.raises(Invalid) as refused:
        in_toto.understand(signed)
    assert "EVIDENCE_DSSE_KEYS" in str(refused.value.errors[0].sentence)


def test_numbers_come_in_the_rules_unit() -> None:
    latency = rule("G1.2")
    assert number.understand(latency, 0.612, "s", None).value == pytest.approx(612)
    assert number.understand(latency, 612, None, None).value == 612
    assert number.understand(latency, 612, "ms", True).passed is None
    assert number.understand(latency, 612, "ms", False).passed is False
    for value, unit in ((1.0, "%"), (float("nan"), "ms"), (float("inf"), "ms"), (None, "ms")):
        with pytest.raises(Invalid):
            number.understand(latency, value, unit, None)


def test_yes_or_no_items_take_yes_or_no() -> None:
    assert number.understand(rule("G3.1"), None, None, True).passed is True
    with pytest.raises(Invalid):
        number.understand(rule("G3.1"), 1.0, None, None)
