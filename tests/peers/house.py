"""The house of a real release: a running instance, what it asks, and who speaks to it."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from orr.accounts import tokens
from orr.cli.codes import PENDING
from orr.tlog import log
from tests.evidence.test_row_security_peer import named
from tests.factories.people import person
from tests.factories.receiver import Receiver
from tests.factories.receiver import running as receiving
from tests.peers.instance import Caller, instance, squeezed
from tests.peers.outside import Outside
from tests.peers.probing import probing

SCOPES = ("orr:read", "orr:write", "orr:decide", "orr:evidence", "orr:exit")
NAME = "plura/orr"


class House:
    """A running instance, the outside systems it asks, and the people who speak to it."""

    def __init__(self, directory: Path, lake: psycopg.Connection[Any], stack: ExitStack) -> None:
        self.outside = Outside(directory)
        self.plant = stack.enter_context(receiving(Receiver()))
        host, port = quote(lake.info.host, safe=""), lake.info.port
        reader = f"postgresql://{named('lake_reader')}@/{lake.info.dbname}?host={host}&port={port}"
        file = self.outside.file(directory / "sources.toml", lake=reader, plant=self.plant.url)
        self.base = stack.enter_context(instance(directory / "state", file))
        self.manager = self.caller("manager", "release_manager")
        exporter = stack.enter_context(probing(self.base, self.caller("probe", "sre").token))
        self.outside.targets += [exporter, urlsplit(self.base).netloc]
        stack.callback(self.outside.stop)

    def caller(self, username: str, role: str) -> Caller:
        """A new person of that role, with a token."""
        # The instance signs its log, and nobody beside it.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "wake", lambda: None)
            token = tokens.issue(user=person(username, role), scopes=SCOPES, days=1)
        return Caller(self.base, token, username)

    def collect(self, code: str) -> dict[str, Any]:
        """Ask every source again; the checklist after it."""
        assert self.manager.post("/v1/orr/collect", {"id": code}).status_code == 202
        return self.checklist(code)

    def checklist(self, code: str, lang: str = "en") -> dict[str, Any]:
        """Where the review stands."""
        told: dict[str, Any] = self.manager.get("/v1/orr/checklist", lang, id=code)
        return told

    def same_on_every_face(self, code: str, *langs: str) -> str:
        """What comes next, in English, after every face said it in the same words, in other `langs` too."""
        for lang in (*langs, "en"):
            told = self.checklist(code, lang)["next"]["sentence"]
            assert squeezed(told) in self.manager.page(f"/orr/{code}", lang)
            assert squeezed(told) in self.manager.pdf(code, lang)
        left, said = self.manager.status(code)
        assert (left, squeezed(told) in said) == (PENDING, True), said
        return str(told)


def change_set(old: str, new: str) -> dict[str, Any]:
    """The release as a change set of one artefact."""
    key = {
        "target": "plant/release/plura-orr",
        "desired": old,
        "rehearse": {"target": "plant/release/plura-orr-shadow"},
    }
    item = {
        "kind": "artifact",
        "name": "plura-orr",
        "target": f"registry/{NAME}:stable",
        "from": {"version": "0.0.9", "digest": old},
        "to": {"version": "0.1.0", "digest": new},
        "rollback_key": key,
    }
    return {
        "title": "plura orr 0.1.0",
        "summary": "The release of the house itself.",
        "environment": "prod-kr",
        "service_ids": ["plura-orr"],
        "items": [item],
    }


def items(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The items of a checklist, by code."""
    return {item["code"]: item for gate in told["gates"] for item in gate["items"]}


def with_verdict(told: dict[str, Any], *verdicts: str) -> set[str]:
    """The codes of the items with one of the verdicts."""
    return {code for code, item in items(told).items() if item["verdict"] in verdicts}


def options(told: dict[str, Any]) -> dict[str, bool]:
    """Which decisions are possible."""
    return {option["decision"]: option["possible"] for option in told["options"]}
