"""G3.1: only the word `true` of a defined policy passes, and whose word it was is kept and shown."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence import registry
from evidence.collectors import opa
from evidence.contract import Malformed, Query, Reading, Unavailable, Unconfigured, Window
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.conftest import OLD, facts_of, rule
from tests.lib.rogue import Rogue, answering, serving

RECORDED = json.loads((Path(__file__).parent / "recorded" / "opa.json").read_text())
SOURCE = '[sources.policies]\nkind = "opa"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
ITEM = '[items."G3.1"]\nsource = "policies"\npath = "orr/allow"\n'
COMMIT = 'link = "https://git.example.org/policies/commit/{revision}"\n'
Configure = Callable[[str], None]
Judge = Callable[..., Reading]


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge(answer, item=…)`: the reading of that answer; `seen` gets the server."""

    def collect(
        answer: Any, item: str = ITEM, status: str = "200 OK", seen: list[Rogue] | None = None, **facts: Any
    ) -> Reading:
        with serving(answering(json.dumps(answer).encode(), status)) as rogue:
            if seen is not None:
                seen.append(rogue)
            configure(SOURCE.format(url=rogue.url) + item)
            window = Window.before(datetime.now(UTC), 1)
            return opa.factory().collect(Query("G3.1", rule("G3.1"), facts_of(**facts)), window)

    return collect


def test_true_is_green_and_false_is_red_and_both_say_whose_word_it_was(judge: Judge) -> None:
    for word, passed in (("true", True), ("false", False)):
        found = judge(RECORDED[word], ITEM + COMMIT)
        assert (found.passed, found.text) == (passed, word)
        said = f"orr/allow answers {word}, by sovereignty 4f1c2d9 (Open Policy Agent 1.2.0)."
        assert str(found.detail) == said
        assert json.loads(found.raw)["answers"][0]["answer"] == RECORDED[word]
        assert found.url == "https://git.example.org/policies/commit/4f1c2d9"


def test_the_policy_is_asked_with_the_facts_of_the_change_set(judge: Judge) -> None:
    seen: list[Rogue] = []
    found = judge(
        RECORDED["true"],
        ITEM + '[items."G3.1".regions]\nprod-kr = "kr"\n',
        seen=seen,
        purpose="Order results.",
    )
    assert seen[0].requests[0].startswith(b"POST /v1/data/orr/allow?provenance=true HTTP/1.1\r\n")
    told = json.loads(found.query.removeprefix("POST /v1/data/orr/allow?provenance=true "))["input"]
    assert (told["region"], told["purpose"], told["environment"]) == ("kr", "Order results.", "prod-kr")
    assert (told["subject"], told["service_ids"]) == ("ORR-0001", ["search"])
    assert told["items"][0]["from"] == {"version": "1", "digest": OLD}
    assert sorted(told["items"][0]) == ["from", "kind", "name", "target", "to"]


def test_without_a_table_of_regions_the_region_is_null_and_never_left_out(judge: Judge) -> None:
    assert '"region": null' in judge(RECORDED["true"]).query


def test_an_environment_without_a_region_is_not_asked_about(judge: Judge) -> None:
    seen: list[Rogue] = []
    with pytest.raises(Malformed, match="prod-kr"):
        judge(RECORDED["true"], ITEM + '[items."G3.1".regions]\nprod-eu = "eu"\n', seen=seen)
    assert seen[0].connects == 0


def test_an_undefined_policy_is_never_a_pass(judge: Judge) -> None:
    with pytest.raises(Malformed, match="undefined") as failed:
        judge(RECORDED["undefined"])
    assert json.loads(failed.value.raw)["answers"][0]["answer"] == RECORDED["undefined"]


@pytest.mark.parametrize("word", [1, "true", None, [], [True], {}, {"allow": True}, 0.0])
def test_only_true_and_false_are_words(judge: Judge, word: Any) -> None:
    with pytest.raises(Malformed, match="neither true nor false"):
        judge({**RECORDED["true"], "result": word})


def test_a_named_key_of_an_object_decides(judge: Judge) -> None:
    item = ITEM + 'key = "allow"\n'
    assert judge(RECORDED["object"], item).passed is True
    assert judge({**RECORDED["object"], "result": {"allow": False}}, item).passed is False
    for other in ({}, {"violations": []}, True, [], None):
        with pytest.raises(Malformed, match="orr/allow.allow is undefined"):
            judge({**RECORDED["object"], "result": other}, item)
    with pytest.raises(Malformed, match="neither true nor false"):
        judge({**RECORDED["object"], "result": {"allow": "yes"}}, item)


def test_of_several_bundles_the_named_one_is_the_policys(judge: Judge) -> None:
    item = ITEM + 'key = "allow"\n' + COMMIT
    assert judge(RECORDED["object"], item).url == ""
    assert judge(RECORDED["object"], item + 'bundle = "tenants"\n').url.endswith("/commit/77aa01b")
    with pytest.raises(Malformed, match="no bundle other"):
        judge(RECORDED["object"], item + 'bundle = "other"\n')


def test_a_revision_cannot_leave_its_place_in_the_link(judge: Judge) -> None:
    answer = json.loads(json.dumps(RECORDED["true"]))
    answer["provenance"]["bundles"]["sovereignty"]["revision"] = "../../x?a=#b"
    assert judge(answer, ITEM + COMMIT).url.endswith("/commit/..%2F..%2Fx%3Fa%3D%23b")


def test_policies_without_a_revision_are_said_to_have_none(judge: Judge) -> None:
    found = judge(RECORDED["without bundles"], ITEM + COMMIT)
    assert (found.passed, found.url) == (True, "")
    assert "without revision" in str(found.detail)
    assert "ID-b1298a6c" in str(judge(RECORDED["one old revision"]).detail)


@pytest.mark.parametrize(
    "provenance", [None, {}, [], "1.2.0", {"version": ""}, {"version": "1", "bundles": []},
                   {"version": "1", "bundles": {"a": None}}, {"version": 1}],
)  # fmt: skip
def test_who_does_not_say_by_which_policies_it_answered_is_no_source(judge: Judge, provenance: Any) -> None:
    with pytest.raises(Malformed, match="by which policies"):
        judge({"provenance": provenance, "result": True})
    with pytest.raises(Malformed, match="by which policies"):
        judge(RECORDED["without provenance"])


def test_an_error_of_the_policy_is_an_error_and_kept(judge: Judge) -> None:
    with pytest.raises(Unavailable, match="HTTP 500") as failed:
        judge(RECORDED["conflict"], status="500 Internal Server Error")
    assert b"eval_conflict_error" in failed.value.raw


def test_without_its_source_the_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    with pytest.raises(Unconfigured) as waits:
        opa.factory()
    assert waits.value.sentence == registry.waiting("G3.1")
    assert "Open Policy Agent" in str(waits.value)
    assert "pushed result" in str(waits.value)


@pytest.mark.parametrize("wrong", ["../secret", "/orr", "orr//x", "orr/a?b", "", "a b"])
def test_a_path_that_is_none_is_refused_with_the_file(configure: Configure, wrong: str) -> None:
    configure(SOURCE.format(url="http://127.0.0.1:1") + ITEM.replace("orr/allow", wrong))
    with pytest.raises(Invalid) as refused:
        sources()
    assert [one.pointer for one in refused.value.errors] == ["/path"]


def test_the_check_asks_for_the_version(configure: Configure) -> None:
    for answer, ok in ((RECORDED["undefined"], True), (RECORDED["without provenance"], False), ([], False)):
        with serving(answering(json.dumps(answer).encode())) as rogue:
            configure(SOURCE.format(url=rogue.url))
            told = ask(sources().by_name["policies"])
        assert told.ok is ok
        assert ("1.2.0" in str(told.said)) is ok
