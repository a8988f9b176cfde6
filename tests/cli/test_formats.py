"""Law: a result is recognised by what it is; what could be two formats is told so, and never guessed."""

import base64
import json

import pytest

from orr.cli.formats import candidates, number

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
ENVELOPE = {
    "payloadType": "application/vnd.in-toto+json",
    "payload": base64.b64encode(json.dumps(STATEMENT).encode()).decode(),
    "signatures": [{}],
}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (JUNIT, ["junit"]),
        ("\ufeff\n" + JUNIT, ["junit"]),
        ('<?xml version="1.0"?><!-- made by x --><testsuite/>', ["junit"]),
        ('<testsuite xmlns="https://example.org/junit"/>', ["junit"]),
        ('{"version":"2.1.0","runs":[{"results":[{"level":"error"},{}]}]}', ["sarif"]),
        ('{"$schema":"https://json.schemastore.org/sarif-2.1.0.json"}', ["sarif"]),
        ('[{"package":"p","name":"t"},{"package":"p","name":"u","fail":true}]', ["opa-test"]),
        ("[]", ["opa-test"]),
        (json.dumps(STATEMENT), ["in-toto"]),
        (json.dumps(ENVELOPE), ["in-toto"]),
        ("3.2\n", ["number"]),
        ("-1e-3", ["number"]),
    ],
)
def test_each_format_is_recognised(content: str, found: list[str]) -> None:
    assert candidates(content) == found


def test_what_could_be_two_formats_is_both() -> None:
    assert candidates(json.dumps({**ENVELOPE, "runs": []})) == ["in-toto", "sarif"]


@pytest.mark.parametrize(
    "content",
    [
        "", "green", "[1]", "{}", "null", "true", "<html/>", "<", "<a", '{"runs": 1}', "NaN", "1 2", "1,5",
        "[" * 5000, "1" * 40, '<!DOCTYPE t [<!ENTITY a "b">]>', "\x00", '{"a":' * 3000,
    ],
)  # fmt: skip
def test_anything_else_is_no_format(content: str) -> None:
    assert candidates(content) == []


def test_entities_are_not_expanded_to_find_the_root() -> None:
    bomb = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "&a;"}{"&a;" * 10}">' for n in range(50)
    )
    assert candidates(bomb + "]><testsuite>&a49;</testsuite>") == ["junit"]


def test_a_number_is_read_as_it_stands() -> None:
    assert (number(" 3.20 "), number("x"), number("1e2")) == (3.2, None, 100.0)
