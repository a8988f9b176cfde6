"""G5.2: a brake counts when its flag is there and answers with a value; each that does not is named."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from evidence import registry
from evidence.collectors import ofrep
from evidence.contract import Denied, Malformed, Query, Reading, Unavailable, Unconfigured
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.conftest import facts_of, rule
from tests.evidence.contract_cases import WINDOW
from tests.lib.rogue import Behaviour, answering, serving

RECORDED = json.loads((Path(__file__).parent / "recorded" / "ofrep.json").read_text())
FLAGS = ("search.brake", "ingest.brake", "cache:ttl")
SOURCE = '[sources.flags]\nkind = "ofrep"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
ITEM = f'[items."G5.2"]\nsource = "flags"\nflags = {json.dumps(FLAGS)}\nlink = "https://flags.example.org"\n'
Configure = Callable[[str], None]
Judge = Callable[..., Reading]


def server(answers: dict[str, tuple[str, Any]]) -> Behaviour:
    """A flag server: each flag is on, except those whose status and answer are given."""

    def behave(connection: socket.socket, head: bytes) -> None:
        key = unquote(urlsplit(head.split()[1].decode()).path.rpartition("/")[2])
        status, told = answers.get(key, ("200 OK", RECORDED["value"]))
        if isinstance(told, dict) and "key" in told:
            told = {**told, "key": key}
        answering(json.dumps(told).encode(), status)(connection, head)

    return behave


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge({flag: (status, answer)})`: the reading, every other flag being there."""

    def collect(
        answers: dict[str, tuple[str, Any]] | None = None, behave: Behaviour | None = None
    ) -> Reading:
        with serving(behave or server(answers or {})) as rogue:
            configure(SOURCE.format(url=rogue.url) + ITEM)
            return ofrep.factory().collect(Query("G5.2", rule("G5.2"), facts_of()), WINDOW)

    return collect


def test_every_named_flag_answers(judge: Judge) -> None:
    found = judge()
    assert (found.passed, found.text, found.value, found.samples) == (True, "3 / 3", 3.0, 3)
    assert (found.detail, found.url) == (None, "https://flags.example.org")
    assert len(json.loads(found.raw)["answers"]) == 3
    first = found.query.splitlines()[0]
    assert first == ('POST /ofrep/v1/evaluate/flags/search.brake {"context": {"targetingKey": "plura-orr"}}')
    assert "/flags/cache%3Attl " in found.query


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        ("404 Not Found", RECORDED["not found"], "FLAG_NOT_FOUND"),
        ("400 Bad Request", RECORDED["targeting key missing"], "TARGETING_KEY_MISSING"),
        ("200 OK", {**RECORDED["not found"], "value": True}, "FLAG_NOT_FOUND"),
        ("200 OK", RECORDED["code default"], "CODE_DEFAULT"),
        ("200 OK", {**RECORDED["value"], "reason": "ERROR"}, "ERROR"),
    ],
)
def test_a_flag_that_gives_no_value_is_red_and_named(
    judge: Judge, status: str, answer: Any, why: str
) -> None:
    found = judge({"search.brake": (status, answer)})
    assert (found.passed, found.text, found.value) == (False, "2 / 3", 2.0)
    assert str(found.detail) == f"These flags do not answer with a value: search.brake ({why})."


def test_all_that_do_not_answer_are_named(judge: Judge) -> None:
    gone = ("404 Not Found", RECORDED["not found"])
    found = judge(dict.fromkeys(FLAGS, gone))
    assert (found.passed, found.text) == (False, "0 / 3")
    assert all(flag in str(found.detail) for flag in FLAGS)


@pytest.mark.parametrize("value", [False, True, 0, 1.5, "", "off", {}])
def test_any_value_of_the_protocol_is_an_answer(judge: Judge, value: Any) -> None:
    assert judge({"search.brake": ("200 OK", {**RECORDED["value"], "value": value})}).passed is True


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("200 OK", {}),
        ("200 OK", {"value": True}),
        ("200 OK", {**RECORDED["value"], "value": None}),
        ("200 OK", {**RECORDED["value"], "value": [1]}),
        ("200 OK", {"key": "search.brake"}),
        ("404 Not Found", {"error": "no such page"}),
        ("404 Not Found", {"errorCode": "FLAG_NOT_FOUND"}),
        ("404 Not Found", RECORDED["value"]),
        ("400 Bad Request", {"key": "search.brake", "errorCode": "OUT_OF_ORDER"}),
        ("400 Bad Request", {"key": "search.brake", "errorCode": ["FLAG_NOT_FOUND"]}),
    ],
)
def test_what_is_no_answer_of_the_protocol_is_an_error_and_no_red(
    judge: Judge, status: str, answer: Any
) -> None:
    with pytest.raises(Malformed, match=r"search\.brake"):
        judge({"search.brake": (status, answer)})


def test_an_answer_about_another_flag_says_nothing_about_this_one(judge: Judge) -> None:
    with pytest.raises(Malformed, match=r"search\.brake"):
        judge(behave=answering(json.dumps({**RECORDED["value"], "key": "other"}).encode()))


@pytest.mark.parametrize(
    ("status", "kind"),
    [("500 Internal Server Error", Unavailable), ("429 Too Many Requests", Unavailable),
     ("401 Unauthorized", Denied), ("403 Forbidden", Denied)],
)  # fmt: skip
def test_a_server_in_trouble_is_an_error_even_when_other_flags_answer(
    judge: Judge, status: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        judge({FLAGS[2]: (status, RECORDED["general"])})


def test_without_its_source_the_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    with pytest.raises(Unconfigured) as waits:
        ofrep.factory()
    assert waits.value.sentence == registry.waiting("G5.2")
    assert "flag server" in str(waits.value)


@pytest.mark.parametrize("flags", ["[]", '[""]', '["a", "a"]', '["a b"]', '["a/b"]', '"a"'])
def test_flags_that_are_none_are_refused_with_the_file(configure: Configure, flags: str) -> None:
    configure(
        SOURCE.format(url="http://127.0.0.1:1") + f'[items."G5.2"]\nsource = "flags"\nflags = {flags}\n'
    )
    with pytest.raises(Invalid):
        sources()


def test_the_check_asks_for_a_flag_that_nobody_has(configure: Configure) -> None:
    gone = ("404 Not Found", RECORDED["not found"])
    for status, answer, ok in (
        (*gone, True),
        ("404 Not Found", {"error": "no such page"}, False),
        ("200 OK", [], False),
        ("500 Internal Server Error", RECORDED["general"], False),
    ):
        with serving(answering(json.dumps(answer).encode(), status)) as rogue:
            configure(SOURCE.format(url=rogue.url))
            assert ask(sources().by_name["flags"]).ok is ok
            assert rogue.requests[0].startswith(b"POST /ofrep/v1/evaluate/flags/plura-orr-check ")
