"""The address spellings of the outgoing-request cases, entry by entry: direct, by redirect, by rebinding."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orr.lib.egress import INTERNAL, EgressRefused, check, fetch
from tests.lib.rogue import answering, serving

pytestmark = pytest.mark.cases
Cases = Callable[[str], Path]


def entries(cases: Cases) -> list[dict[str, object]]:
    loaded: list[dict[str, object]] = json.loads((cases("ssrf") / "addresses.json").read_text())
    return loaded


def stub(entry: dict[str, object]) -> Callable[[str], list[str]]:
    answers = entry.get("resolves_to", [])
    return lambda _host: [str(a) for a in answers] if isinstance(answers, list) else []


def test_each_entry(cases: Cases) -> None:
    for entry in entries(cases):
        if entry["expect"] == "allow":
            assert check(str(entry["url"]), resolve=stub(entry)).addresses, entry
            continue
        with pytest.raises(EgressRefused):
            check(str(entry["url"]), resolve=stub(entry))


def test_a_redirect_to_any_of_them_connects_nowhere(cases: Cases) -> None:
    for entry in entries(cases):
        location = str(entry["url"])
        with serving(answering(b"", "307 Temporary Redirect", f"Location: {location}\r\n")) as rogue:
            assert fetch("GET", rogue.url, allow=INTERNAL).status == 307
            assert rogue.connects == 1
