"""Laws of foreign bytes: what is too much is refused before it is built, and in little time."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from orr.changes import ocsf_events, sigma_rules
from orr.changes.bounded import Unreadable, json_of, yaml_of

SECONDS = 5.0  # on a machine that does other things beside it
RULE = "title: t\nid: 7c1a54f4-5e4c-4a3a-9a7c-3f7d7a1f7a10\nlogsource: {product: x}\ndetection:\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
)


@contextmanager
def in_time() -> Iterator[None]:
    """What is inside ends soon."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "[" * 100_000,
        "? " * 10_000,
        "\n".join(" " * n + "- " for n in range(300)),
        "- a\n" * 30_000,
        "a: " + "9" * 100_000,
        "a: 1" + ":59" * 30_000,
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a: !!python/object/apply:os.system [id]\n",
        "a: [1, 2\n",
        "[a]: 1\n",
        "a: *nothing\n",
    ],
    ids=[
        "laughs", "flow", "keys", "block", "many", "number", "sexagesimal", "twice", "inside", "tag", "open",
        "list as name", "dangling",
    ],
)  # fmt: skip
def test_yaml_that_is_too_much_or_means_two_things_is_refused(text: str) -> None:
    with in_time(), pytest.raises(Unreadable):
        yaml_of(text)


def test_plain_yaml_is_what_it_says() -> None:
    assert yaml_of("a: 1\nb: [x, 'y']\n---\nc: {d: null}\n") == [
        {"a": 1, "b": ["x", "y"]},
        {"c": {"d": None}},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{" * 40 + "}" * 40,
        '{"a":' * 40 + "1" + "}" * 40,
        '{"a": 1, "a": 2}',
        "NaN",
        "[1e999",
        "",
    ],
    ids=["open", "braces", "deep", "twice", "nan", "cut", "empty"],
)
def test_json_that_is_too_much_or_means_two_things_is_refused(text: str) -> None:
    with in_time(), pytest.raises(Unreadable):
        json_of(text)


@pytest.mark.parametrize("read", [sigma_rules.read, lambda data: ocsf_events.read("a.json", data)])
@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"a: b\x00", b" " * 1_000_000], ids=["bytes", "nul", "huge"]
)
def test_what_is_no_small_text_is_refused(read: Callable[[bytes], Any], data: bytes) -> None:
    with in_time(), pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize(
    "condition",
    ["(" * 1900, "(" * 400 + "s" + ")" * 400, "s and " * 400 + "s", "(" * 17 + "s" + ")" * 17],
    ids=["open", "deep", "long", "deeper"],
)
def test_a_condition_that_takes_long_to_parse_is_refused(condition: str) -> None:
    with in_time(), pytest.raises(Unreadable):
        sigma_rules.read((RULE + f"  s: {{a: b}}\n  condition: {condition}\n").encode())


def test_the_longest_condition_that_is_read_ends_in_time() -> None:
    condition = "not " * 240 + "s"
    with in_time():
        rules = sigma_rules.read((RULE + f"  s: {{a: b}}\n  condition: {condition}\n").encode())
        sigma_rules.findings({"a": rules}, until=time.monotonic() + 60)


@pytest.mark.parametrize(
    "text",
    [
        "title: [1]\nlogsource: 3\ndetection: 5\n",
        "action: repeat\n",
        "action: what\n",
        "correlation: 5\n",
        "filter: 3\n",
        RULE.replace("7c1a54f4-5e4c-4a3a-9a7c-3f7d7a1f7a10", "5") + "  s: {a: 1}\n  condition: s\n",
        RULE + "  s: {'a|re': '((((('}\n  condition: s\n",
        RULE + "  s: {a: 1}\n",
        RULE + "  s: {a: 1}\n  t: {a: 2}\n  condition: s\n",
    ],
    ids=["types", "repeat", "action", "correlation", "filter", "id", "regex", "no condition", "dangling"],
)
def test_whatever_a_rule_says_is_a_finding_and_never_a_crash(text: str) -> None:
    rules = sigma_rules.read(text.encode())
    assert sigma_rules.findings({"a": rules}, until=time.monotonic() + 60)["a"]


def test_two_rules_of_one_id_are_a_finding() -> None:
    rule = sigma_rules.read((RULE + "  s: {a: 1}\n  condition: s\n").encode())
    assert not sigma_rules.findings({"a": rule}, until=time.monotonic() + 60)["a"]
    both = sigma_rules.findings({"a": rule, "b": rule}, until=time.monotonic() + 60)
    assert both["a"] or both["b"]


@pytest.mark.parametrize(
    "metadata",
    [None, [], {}, {"version": 5}, {"version": "1.4.0", "profiles": ["cloud"] * 9 + ["no such"]},
     {"version": "1.4.0", "profiles": "cloud"}],
    ids=["none", "list", "empty", "number", "profile", "text"],
)  # fmt: skip
def test_an_event_that_does_not_say_what_it_is_has_a_finding(metadata: Any) -> None:
    assert ocsf_events.finding({"class_uid": 2004, "metadata": metadata}) is not None


def test_an_event_of_an_unknown_version_is_not_judged() -> None:
    with pytest.raises(ocsf_events.UnknownVersion, match=r"9\.0\.0"):
        ocsf_events.finding({"class_uid": 2004, "metadata": {"version": "9.0.0"}})


def test_an_event_with_much_that_is_wrong_ends_in_time() -> None:
    event = {"class_uid": 2004, "metadata": {"version": "1.4.0"}, "resources": [{"x": 1}] * 20_000}
    with in_time():
        assert ocsf_events.finding(event) is not None


def test_events_come_alone_in_a_list_or_one_a_line() -> None:
    one = {"class_uid": 1}
    assert ocsf_events.read("a.json", json.dumps(one).encode()) == [one]
    assert ocsf_events.read("a.json", json.dumps([one, one]).encode()) == [one, one]
    assert ocsf_events.read("a.ndjson", b'{"class_uid": 1}\n\n{"class_uid": 1}\n') == [one, one]
    assert ocsf_events.read("a.json", b'{"$schema": "x"}') == []
    for mixed in ([one, {}], [one] * 201):
        with pytest.raises(Unreadable):
            ocsf_events.read("a.json", json.dumps(mixed).encode())
