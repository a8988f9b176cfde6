"""Law: a push is a measurement of this change set, judged like any other; another digest's is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from evidence import actions, vouching
from evidence.models import Evidence
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooLarge
from orr.profiles import load
from orr.tlog import log
from tests.evidence.conftest import NEW, OLD, facts_of
from tests.evidence.test_pushed_formats import Key, envelope, key, statement

__all__ = ["key"]

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
FACTS = facts_of()
PASSING = '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>'
FAILING = '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>'


@pytest.fixture(autouse=True)
def opened(collectors: dict[str, Any]) -> None:
    rules = [one for one in load.get("standard").items.values() if one.code != "G4.2"]
    actions.request_collection(facts=FACTS, rules=rules, actor=None)


@pytest.fixture
def pusher(person: Person) -> Callable[..., Evidence]:
    """`pusher(item=…, format=…, …)` pushes as a release manager."""
    actor = person("release_manager")
    return lambda **sent: actions.push(**{"subject": "ORR-0001", "actor": actor, **sent})


Push = Callable[..., Evidence]


def signed(key: Key) -> str:
    """An envelope about the whole change set."""
    subject = {"name": "x", "digest": {"sha256": FACTS.change_set_digest.removeprefix("sha256:")}}
    return envelope({**statement(), "subject": [subject]}, key).decode()


def test_a_result_is_recorded_judged_and_logged(pusher: Push) -> None:
    row = pusher(item="G3.3", format="junit", content=PASSING, subject_digests=[FACTS.change_set_digest],
                 url="https://ci.example.org/run/1")  # fmt: skip
    assert (row.judged, row.text, row.samples, row.measured_on) == ("green", "2 / 2", 2, "candidate")
    assert (row.binds_to, row.bound_digest) == ("change_set", FACTS.change_set_digest)
    assert (row.source, row.collector, row.attested_by) == ("ci.example.org", "push junit", None)
    assert row.raw is not None
    assert bytes(row.raw.data).decode() == PASSING
    entry = log.entries_of("ORR-0001")[-1]
    assert (entry.kind, dict(entry.artefacts)) == ("evidence.recorded", {"G3.3": row.raw_sha256})


def test_a_pushed_result_names_who_sent_it_and_no_other_evidence_does(person: Person) -> None:
    who = person("release_manager")
    row = actions.push(subject="ORR-0001", item="G3.3", format="junit", content=PASSING, actor=who)
    assert row.pushed_by == who.pk
    for collector, sender in (("push junit", None), ("prometheus", who.pk)):
        row.pk, row.collector, row.pushed_by = uuid4(), collector, sender
        with pytest.raises(IntegrityError, match="a_pushed_result_names_who_sent_it"), transaction.atomic():
            row.save(force_insert=True)


def test_a_failing_result_is_red_and_says_what(pusher: Push) -> None:
    row = pusher(item="G3.3", format="junit", content=FAILING)
    assert row.judged == "red"
    assert "first: b" in str(row.reason)


def test_a_later_green_does_not_hide_the_red(pusher: Push) -> None:
    red = pusher(item="G3.3", format="junit", content=FAILING)
    pusher(item="G3.3", format="junit", content=PASSING)
    found = actions.latest("ORR-0001")["G3.3"]
    assert found.evidence.judged == "green"
    assert found.earlier_red == red


def test_an_older_measurement_does_not_replace_a_newer_one(pusher: Push) -> None:
    red = pusher(item="G3.3", format="junit", content=FAILING)
    pusher(item="G3.3", format="junit", content=PASSING, measured_at=clock.now() - timedelta(minutes=5))
    assert actions.latest("ORR-0001")["G3.3"].evidence == red


def test_a_result_of_an_edited_change_set_no_longer_counts(pusher: Push) -> None:
    pusher(item="G3.3", format="junit", content=PASSING)
    pusher(item="G3.1", format="number", passed=True)
    pusher(item="G5.1", format="number", value=1, unit="%")
    edited = facts_of(title="Another title")
    rules = list(load.get("standard").items.values())
    actions.request_collection(facts=edited, rules=rules, actor=None)
    assert sorted(actions.latest("ORR-0001")) == ["G5.1"]


@pytest.mark.parametrize(
    "digests", [["sha256:" + "c" * 64], [OLD], [NEW, "sha256:" + "c" * 64], ["nonsense"]]
)
@pytest.mark.parametrize("item", ["G3.3", "G4.4", "G3.1"])
def test_another_digest_is_refused(pusher: Push, item: str, digests: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        pusher(item=item, format="number", passed=True, subject_digests=digests)
    assert refused.value.errors[0].pointer == "/subject_digests"
    assert not Evidence.objects.exists()


def test_the_whole_change_set_is_asked_for_where_the_profile_says_so(pusher: Push) -> None:
    with pytest.raises(Invalid):
        pusher(item="G3.3", format="junit", content=PASSING, subject_digests=[NEW])
    assert pusher(item="G4.4", format="junit", content=PASSING, subject_digests=[NEW]).judged == "green"


def test_a_candidate_reading_where_the_profile_asks_for_one(pusher: Push) -> None:
    for of in ([], [NEW]):
        row = pusher(item="G4.4", format="junit", content=PASSING, measured_on="baseline", subject_digests=of)
        assert row.judged == "pending"
    row = pusher(item="G4.4", format="junit", content=PASSING, measured_on="candidate", subject_digests=[NEW])
    assert (row.judged, row.measured_on, row.bound_digest) == ("green", "candidate", FACTS.items_digest)


@pytest.mark.parametrize(
    ("value", "unit", "judged"), [(3.1, "%", "green"), (0.031, "ratio", "green"), (10, "%", "red")]
)
def test_a_number_is_compared(pusher: Push, value: float, unit: str, judged: str) -> None:
    row = pusher(item="G5.1", format="number", value=value, unit=unit)
    assert (row.judged, row.unit) == (judged, "%")


def test_its_own_passed_cannot_make_a_number_green(pusher: Push) -> None:
    assert pusher(item="G5.1", format="number", value=12, unit="%", passed=True).judged == "red"
    assert pusher(item="G5.1", format="number", value=2, unit="%", passed=False).judged == "red"
    assert pusher(item="G3.3", format="junit", content=FAILING, passed=True).judged == "red"
    assert pusher(item="G3.3", format="junit", content=PASSING, passed=False).judged == "red"


def test_an_old_measurement_is_stale(pusher: Push) -> None:
    assert (
        pusher(item="G3.1", format="number", passed=True, measured_at=clock.now() - timedelta(days=2)).judged
        == "stale"
    )


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"item": "G3.3", "format": "yaml"}, "/format"),
        ({"item": "G3.3", "format": "junit"}, "/content"),
        ({"item": "G3.3", "format": "junit", "content": "<html/>"}, "/content"),
        ({"item": "G5.1", "format": "number"}, "/value"),
        ({"item": "G5.1", "format": "junit", "content": PASSING}, "/value"),
        ({"item": "G5.1", "format": "number", "value": 1.0, "unit": "s"}, "/unit"),
        ({"item": "G3.1", "format": "number", "value": 1.0}, "/passed"),
        ({"item": "G3.1", "format": "number", "passed": True, "url": "javascript:alert(1)"}, "/url"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_written(
    pusher: Push, sent: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        pusher(**sent)
    assert [one.pointer for one in refused.value.errors] == [pointer]
    assert not Evidence.objects.exists()


def test_times_that_cannot_be(pusher: Push) -> None:
    for at in (clock.now() + timedelta(minutes=5), clock.now().replace(tzinfo=None)):
        with pytest.raises(Invalid) as refused:
            pusher(item="G3.1", format="number", passed=True, measured_at=at)
        assert refused.value.errors[0].pointer == "/measured_at"


def test_who_and_what_may_be_pushed(pusher: Push, person: Person) -> None:
    with pytest.raises(NotAllowed):
        pusher(item="G1.1", format="number", value=1.0)
    with pytest.raises(Conflict):
        pusher(item="G4.2", format="number", passed=True)
    with pytest.raises(Conflict):
        pusher(item="G9.9", format="number", passed=True)
    with pytest.raises(NotFound):
        pusher(subject="ORR-9999", item="G3.1", format="number", passed=True)
    with pytest.raises(TooLarge):
        pusher(item="G3.3", format="junit", content="x" * 5_242_881)
    for roles in ((), ("auditor",), ("admin",)):
        with pytest.raises(NotAllowed):
            actions.push(subject="ORR-0001", item="G3.1", format="number", passed=True, actor=person(*roles))
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("more", [{}, {"measured_at": timedelta(days=2)}])
def test_nobodys_word_stands_in_for_a_measurement(
    pusher: Push, person: Person, collectors: dict[str, Any], more: dict[str, Any]
) -> None:
    collectors["G3.1"] = object
    sent = {name: clock.now() - ago for name, ago in more.items()}
    good: dict[str, Any] = {"item": "G3.1", "format": "junit", "content": PASSING, **sent}
    with pytest.raises(Conflict, match="measures G3.1"):
        pusher(**good)
    with pytest.raises(Conflict, match="measures G3.1"):
        actions.preview(subject="ORR-0001", actor=person("release_manager"), **good)
    assert not Evidence.objects.exists()
    assert pusher(item="G3.1", format="junit", content=FAILING).judged == "red"


def test_what_a_key_signed_does(pusher: Push, person: Person, collectors: dict[str, Any], key: Key) -> None:
    collectors["G3.1"] = object
    row = pusher(item="G3.1", format="in-toto", content=signed(key))
    assert row.judged == "green"
    assert not vouching.vouched(["ORR-0001"])["ORR-0001"].sent


@pytest.mark.parametrize(
    ("item", "more", "pointer"),
    [
        ("G5.1", {"value": 1.0, "unit": "%"}, "/value"),
        ("G3.1", {"value": 1.0}, "/value"),
        ("G5.1", {}, "/format"),
    ],
)
def test_no_number_goes_under_a_keys_name(
    pusher: Push, key: Key, item: str, more: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        pusher(item=item, format="in-toto", content=signed(key), **more)
    assert refused.value.errors[0].pointer == pointer
    assert not Evidence.objects.exists()


def test_the_sender_of_a_number_beside_an_envelope_vouched_for_it(pusher: Push) -> None:
    row = pusher(item="G5.1", format="number", value=1.0, unit="%")
    row.pk, row.collector = uuid4(), vouching.SIGNED
    Evidence.objects.bulk_create([row])
    assert row.pushed_by is not None
    for who in (None, row.pushed_by):
        assert vouching.vouched(["ORR-0001"], who)["ORR-0001"].sent == {row.pushed_by: frozenset({"G5.1"})}
