"""A result is recognised by what it is, and told in words before it is sent."""

import base64
import json

import pytest

from orr.cli.formats import NotUnderstood, understand

JUNIT = (
    '<testsuites><testsuite name="a"><testcase name="1"/>'
    '<testcase name="2"><failure/></testcase></testsuite></testsuites>'
)
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "a", "digest": {"sha256": "0" * 64}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {"result": "PASSED"},
}


@pytest.mark.parametrize(
    ("content", "format_", "words"),
    [
        (JUNIT, "junit", "2 tests, 1 failed, 0 errors, 0 skipped"),
        ("\ufeff" + JUNIT, "junit", "2 tests, 1 failed, 0 errors, 0 skipped"),
        (
            '{"version":"2.1.0","runs":[{"results":[{"level":"error"},{}]}]}',
            "sarif",
            "1 runs, 1 error, 1 warning",
        ),
        (
            '[{"package":"p","name":"t"},{"package":"p","name":"u","fail":true}]',
            "opa-test",
            "2 tests, 1 failed, 0 skipped",
        ),
        (json.dumps(STATEMENT), "in-toto", "1 subjects, result PASSED, not signed"),
    ],
)
def test_each_format_is_recognised(content: str, format_: str, words: str) -> None:
    found = understand(content)
    assert (found.format, found.words) == (format_, words)


def test_a_signed_statement_is_recognised_through_its_envelope() -> None:
    payload = base64.b64encode(json.dumps(STATEMENT).encode()).decode()
    found = understand(
        json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{}]})
    )
    assert (found.format, found.words) == ("in-toto", "1 subjects, result PASSED, 1 signatures")


@pytest.mark.parametrize(
    "content",
    [
        "", "green", "[]", "[1]", "{}", "null", "<html/>", "<testsuite>", '{"runs": 1}', '{"payload": "%%%"}',
        '<!DOCTYPE t [<!ENTITY a "b">]><testsuite>&a;</testsuite>', "[" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_before_it_is_sent(content: str) -> None:
    with pytest.raises(NotUnderstood):
        understand(content)
