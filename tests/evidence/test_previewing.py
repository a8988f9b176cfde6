"""Law: what a push would be is shown by the same reading as when it is kept, and showing it keeps nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from evidence import actions
from evidence.models import Blob, Evidence
from evidence.push import in_toto, opa_test, sarif
from evidence.push.understood import DEPTH_MAX
from orr.accounts.models import User
from orr.lib.errors import Invalid, NotAllowed, NotFound, TooLarge
from orr.profiles import load
from orr.tlog import log
from tests.evidence.conftest import NEW, facts_of

pytestmark = pytest.mark.django_db
FACTS = facts_of()
OTHER = NEW[:-1] + "0"
SARIF = '{"version":"2.1.0","runs":[{"tool":{"driver":{"rules":[{}]}},"results":[]}]}'
PASSING = '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>'
FAILING = '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>'


@pytest.fixture(autouse=True)
def opened(collectors: dict[str, Any]) -> None:
    rules = list(load.get("standard").items.values())
    actions.request_collection(facts=FACTS, rules=rules, actor=None)


@pytest.fixture
def actor(person: Callable[..., User]) -> User:
    return person("release_manager")


SENT = [
    {"item": "G3.3", "format": "junit", "content": PASSING, "subject_digests": [FACTS.change_set_digest]},
    {"item": "G3.3", "format": "junit", "content": FAILING},
    {"item": "G5.1", "format": "number", "value": 3.2, "unit": "%"},
    {"item": "G3.3", "format": "sarif", "content": SARIF},
]  # fmt: skip


@pytest.mark.parametrize("sent", SENT)
def test_it_says_what_the_push_then_records(sent: dict[str, Any], actor: User) -> None:
    before = len(log.entries_of("ORR-0001"))
    seen = actions.preview(subject="ORR-0001", actor=actor, **sent)
    assert not Evidence.objects.exists()
    assert not Blob.objects.exists()
    assert len(log.entries_of("ORR-0001")) == before
    row = actions.push(subject="ORR-0001", actor=actor, **sent)
    reading = seen.reading
    assert (reading.value, reading.passed, reading.text, reading.samples, reading.measured_on) == (
        row.value, row.passed, row.text, row.samples, row.measured_on,
    )  # fmt: skip
    assert seen.judgement.verdict.value == row.judged
    assert list(seen.digests) == sent.get("subject_digests", [])


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"item": "G3.3", "format": "junit", "content": "<a/>"}, Invalid),
        ({"item": "G3.3", "format": "sarif", "content": PASSING}, Invalid),
        (
            {"item": "G3.3", "format": "junit", "content": PASSING, "subject_digests": [OTHER]},
            Invalid,
        ),
        ({"item": "G3.3", "format": "junit", "content": "x" * (5 * 1024 * 1024 + 1)}, TooLarge),
        ({"item": "G1.4", "format": "number", "value": 100.0}, NotAllowed),
        ({"item": "G6.4", "format": "attestation", "content": "Seen."}, Invalid),
    ],
)
def test_what_the_push_refuses_is_refused_alike(
    sent: dict[str, Any], refusal: type[Exception], actor: User
) -> None:
    with pytest.raises(refusal):
        actions.preview(subject="ORR-0001", actor=actor, **sent)


def test_who_may_not_push_is_not_told_either(person: Callable[..., User], actor: User) -> None:
    with pytest.raises(NotAllowed):
        actions.preview(subject="ORR-0001", actor=person("auditor"), **SENT[0])
    with pytest.raises(NotFound):
        actions.preview(subject="ORR-0099", actor=actor, **SENT[0])


@pytest.mark.parametrize(
    "read", [sarif.understand, opa_test.understand, in_toto.understand], ids=["sarif", "opa", "in-toto"]
)
@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 500, 5000, 200_000])
def test_json_that_is_nested_too_deep_is_refused(read: Callable[[bytes], Any], depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        with pytest.raises(Invalid):
            read((opening * depth + "1" * (closing == "}") + closing * depth).encode())


def test_as_deep_as_allowed_is_read() -> None:
    deep = "[" * (DEPTH_MAX - 3) + "]" * (DEPTH_MAX - 3)
    content = f'[{{"package":"p","name":"t","note":{deep}}}]'
    assert opa_test.understand(content.encode()).passed is True


def test_an_envelope_of_too_many_signatures_is_not_checked() -> None:
    many = ",".join(['{"sig":"eA=="}'] * 21)
    with pytest.raises(Invalid) as refused:
        in_toto.understand(f'{{"payload":"e30=","payloadType":"x","signatures":[{many}]}}'.encode())
    assert "more than 20 signatures" in str(refused.value.errors[0].sentence)
