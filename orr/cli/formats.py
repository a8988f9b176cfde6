"""Which formats a result could be in, by what stands where (pure); what it says, the server reads."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
JUNIT_ROOTS = ("testsuites", "testsuite")
IN_TOTO = "https://in-toto.io/Statement/"


def candidates(content: str) -> list[str]:
    """The names of every format that the content could be in, in a fixed order; none for anything else."""
    text = content.lstrip("\ufeff").strip()
    if text.startswith("<"):
        return ["junit"] if _root(text) in JUNIT_ROOTS else []
    if NUMBER.fullmatch(text):
        return ["number"]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    looks = {"in-toto": _in_toto(value), "junit": False, "opa-test": _opa(value), "sarif": _sarif(value)}
    return [name for name, found in looks.items() if found]


def number(content: str) -> float | None:
    """The number that the content is, None where it is none."""
    text = content.lstrip("\ufeff").strip()
    return float(text) if NUMBER.fullmatch(text) else None


class _Found(Exception):
    """The root was reached; nothing after it is read here."""


def _root(text: str) -> str:
    """The local name of the root element; empty where there is none before the first mistake."""
    names: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        names.append(name.rpartition("}")[2])
        raise _Found

    parser = expat.ParserCreate("utf-8", namespace_separator="}")
    parser.StartElementHandler = start
    try:
        parser.Parse(text.encode(), True)
    except (_Found, expat.ExpatError):
        return names[0] if names else ""
    return ""


def _in_toto(value: Any) -> bool:
    """A DSSE envelope, or the bare statement: the server says why it takes that only signed."""
    if not isinstance(value, Mapping):
        return False
    return "payload" in value or str(value.get("_type", "")).startswith(IN_TOTO)


def _opa(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and "package" in one and "name" in one for one in value
    )


def _sarif(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return isinstance(value.get("runs"), list) or "sarif" in str(value.get("$schema", ""))
