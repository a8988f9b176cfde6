"""Which format a result is in, and what it says, before it is sent (pure)."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree


class NotUnderstood(Exception):
    """The content is in none of the known formats."""


@dataclass(frozen=True)
class Understood:
    """A format, and its content in words."""

    format: str
    words: str


def understand(content: str) -> Understood:
    """JUnit, SARIF, `opa test`, or in-toto. Raises NotUnderstood."""
    head = content.lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        return _xml(content)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("this is neither XML nor JSON") from error
    for reader in (_sarif, _opa, _in_toto):
        found = reader(value)
        if found is not None:
            return found
    raise NotUnderstood("this JSON is no SARIF, no opa test result and no in-toto statement")


def _xml(content: str) -> Understood:
    # A document type could define entities that grow without end.
    if "<!DOCTYPE" in content or "<!ENTITY" in content:
        raise NotUnderstood("XML with a document type is not read")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type, see above
    except ElementTree.ParseError as error:
        raise NotUnderstood(f"this XML is broken: {error}") from error
    if root.tag not in ("testsuites", "testsuite"):
        raise NotUnderstood(f"this XML holds <{root.tag}>, no JUnit test suites")
    cases = list(root.iter("testcase"))
    bad = {
        kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error", "skipped")
    }
    words = f"{len(cases)} tests, {bad['failure']} failed, {bad['error']} errors, {bad['skipped']} skipped"
    return Understood("junit", words)


def _sarif(value: Any) -> Understood | None:
    if not isinstance(value, dict) or not isinstance(value.get("runs"), list):
        return None
    results = [one for run in value["runs"] if isinstance(run, dict) for one in run.get("results") or []]
    levels = Counter(str(one.get("level", "warning")) for one in results if isinstance(one, dict))
    told = ", ".join(f"{count} {level}" for level, count in sorted(levels.items())) or "no results"
    return Understood("sarif", f"{len(value['runs'])} runs, {told}")


def _opa(value: Any) -> Understood | None:
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(one, dict) and "package" in one and "name" in one for one in value):
        return None
    failed = sum(bool(one.get("fail") or one.get("error")) for one in value)
    skipped = sum(bool(one.get("skip")) for one in value)
    return Understood("opa-test", f"{len(value)} tests, {failed} failed, {skipped} skipped")


def _in_toto(value: Any) -> Understood | None:
    if not isinstance(value, dict):
        return None
    statement = _payload(value) if "payload" in value else value
    if not isinstance(statement, Mapping) or not str(statement.get("_type", "")).startswith(
        "https://in-toto.io/"
    ):
        return None
    predicate = statement.get("predicate")
    result = predicate.get("result") if isinstance(predicate, Mapping) else None
    signed = f", {len(value.get('signatures') or [])} signatures" if "payload" in value else ", not signed"
    return Understood("in-toto", f"{len(statement.get('subject') or [])} subjects, result {result}{signed}")


def _payload(envelope: Mapping[str, Any]) -> Any:
    try:
        return json.loads(base64.b64decode(str(envelope["payload"])))
    except (ValueError, binascii.Error, RecursionError):
        return None
