"""Law: a backup without a rehearsal is pending, a rehearsal without a backup too; together they are green."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence import actions, engine, registry, tasks, vouching
from evidence.contract import Query, Reading, Unconfigured, Window
from evidence.models import Collection, Evidence
from evidence.verdict import Verdict, judge
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Invalid
from orr.lib.sentence import say
from orr.profiles import load
from tests.evidence.conftest import facts_of, rule

pytestmark = pytest.mark.django_db
G61 = rule("G6.1")
PASSING = '<testsuite><testcase name="restored"/></testsuite>'
FAILING = '<testsuite><testcase name="restored"><failure/></testcase></testsuite>'
DAY = timedelta(days=1)


@dataclass
class Backups:
    """A collector whose answer the test sets."""

    passed: bool = True
    ended: timedelta = timedelta(hours=1)
    wants_rehearsal: bool = True
    there: bool = True

    def collect(self, _query: Query, window: Window) -> Reading:
        """A backup that ended so long ago and may be a day old."""
        until = window.end - self.ended + DAY if self.passed else None
        return Reading(
            value=1.0, passed=self.passed, raw=b'{"backup":1}', query="GET /info.json", source="backups",
            measured_at=window.end, samples=3, detail=say("The newest backup, A, is there."),
            holds_until=until, wants_rehearsal=self.wants_rehearsal,
        )  # fmt: skip


@pytest.fixture
def backups(collectors: dict[str, Any]) -> Backups:
    """What answers G6.1; nothing else does."""
    answers = Backups()

    def factory() -> Backups:
        if not answers.there:
            raise Unconfigured(registry.waiting("G6.1"))
        return answers

    collectors["G6.1"] = factory
    return answers


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ids: list[str] = []
    monkeypatch.setattr(tasks.collect, "apply_async", lambda args, retry: ids.append(args[0]))
    return ids


@pytest.fixture
def push(person: Callable[..., User], backups: Backups) -> Callable[..., Evidence]:
    """`push(content, ago=…)`: a rehearsal of that time, by a release manager."""
    actor = person("release_manager")
    collect()

    def send(content: str = PASSING, ago: timedelta = timedelta(0)) -> Evidence:
        return actions.push(
            subject="ORR-0001", item="G6.1", format="junit", content=content, actor=actor,
            measured_at=clock.now() - ago,
        )  # fmt: skip

    return send


Push = Callable[..., Evidence]


def collect(subject: str = "ORR-0001") -> None:
    rules = list(load.get("standard").items.values())
    collection = actions.request_collection(facts=facts_of(subject), rules=rules, actor=None)
    engine.run(collection.pk)


def now(subject: str = "ORR-0001") -> tuple[str, str]:
    """Verdict and reason as they stand."""
    found = actions.latest(subject)["G6.1"]
    judged = judge(found.measured, G61, clock.now())
    return judged.verdict.value, str(judged.reason or "")


def test_a_backup_alone_is_pending_and_says_what_is_missing(backups: Backups) -> None:
    collect()
    verdict, why = now()
    assert verdict == "pending"
    assert why == "The newest backup, A, is there. A rehearsal is missing: its result has to be pushed."
    row = actions.latest("ORR-0001")["G6.1"].evidence
    assert (row.outcome, row.query, row.source) == ("lacking", "GET /info.json", "Backups")
    assert row.raw is not None and bytes(row.raw.data) == b'{"backup":1}'


def test_a_rehearsal_alone_is_pending_and_asks_the_source_for_the_other_half(push: Push) -> None:
    row = push()
    assert (row.outcome, row.judged, row.passed) == ("part", "pending", True)
    asked = Collection.objects.order_by("-requested_at").first()
    assert asked is not None
    assert list(asked.items.values_list("item", flat=True)) == ["G6.1"]
    engine.run(asked.pk)
    assert now() == ("green", "")


def test_together_they_are_green_until_the_first_of_them_is_too_old(push: Push, backups: Backups) -> None:
    push(ago=29 * DAY)
    collect()
    found = actions.latest("ORR-0001")["G6.1"]
    assert (found.evidence.outcome, found.evidence.samples, found.evidence.pushed_by) == ("reading", 1, None)
    assert "Rehearsed " in str(found.evidence.reason)
    until = found.evidence.holds_until
    assert until is not None and until < clock.now() + DAY
    for at, verdict in ((until - timedelta(seconds=1), Verdict.GREEN), (until, Verdict.STALE)):
        assert judge(found.measured, G61, at).verdict is verdict
    backups.ended = timedelta(hours=23)
    collect()
    again = actions.latest("ORR-0001")["G6.1"].evidence.holds_until
    assert again is not None and again < clock.now() + timedelta(hours=1, seconds=1)


def test_an_old_rehearsal_is_named_and_does_not_count(push: Push) -> None:
    push(ago=31 * DAY)
    collect()
    verdict, why = now()
    assert verdict == "pending" and "too old" in why


def test_a_failed_rehearsal_is_red_at_once_and_after_asking(push: Push, backups: Backups) -> None:
    row = push(FAILING)
    assert (row.outcome, row.judged) == ("reading", "red")
    assert now()[0] == "red"
    collect()
    verdict, why = now()
    assert verdict == "red" and "failed" in why


def test_a_newer_rehearsal_replaces_a_failed_one_and_the_red_stays_visible(push: Push) -> None:
    push(FAILING, ago=DAY)
    push()
    collect()
    assert now() == ("green", "")
    assert actions.latest("ORR-0001")["G6.1"].earlier_red is not None


def test_an_older_pass_does_not_replace_a_newer_failure(push: Push) -> None:
    push(FAILING)
    push(ago=DAY)
    collect()
    assert now()[0] == "red"


def test_a_rehearsal_makes_no_bad_backup_good_and_hides_no_red(push: Push, backups: Backups) -> None:
    backups.passed = False
    collect()
    assert now() == ("red", "The newest backup, A, is there.")
    push()
    assert now()[0] == "red"
    collect()
    assert now()[0] == "red"


def test_a_rehearsal_of_another_digest_is_refused(backups: Backups, person: Callable[..., User]) -> None:
    collect()
    with pytest.raises(Invalid):
        actions.push(
            subject="ORR-0001", item="G6.1", format="junit", content=PASSING,
            actor=person("release_manager"), subject_digests=["sha256:" + "c" * 64],
        )  # fmt: skip


def test_where_no_source_is_configured_a_push_is_the_whole_answer(push: Push, backups: Backups) -> None:
    backups.there = False
    row = push()
    assert (row.outcome, row.judged) == ("reading", "green")
    backups.there = True
    collect()
    assert now() == ("green", "")


def test_a_broken_sources_file_lets_no_push_be_the_whole_answer(
    push: Push, collectors: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise Invalid([], say("The sources file is wrong."))

    monkeypatch.setattr(registry, "_rehearsed", {"G6.1"})
    collectors["G6.1"] = broken
    assert push().judged == "pending"


def test_who_sent_a_rehearsal_vouched_for_the_item(push: Push) -> None:
    row = push()
    assert row.pushed_by is not None
    assert vouching.vouched(["ORR-0001"])["ORR-0001"].sent == {row.pushed_by: frozenset({"G6.1"})}


def test_a_rehearsal_is_carried_with_its_sender_and_its_time(push: Push, backups: Backups) -> None:
    row = push(ago=DAY)
    collect()
    rules = list(load.get("standard").items.values())
    actions.carry(source="ORR-0001", facts=facts_of("ORR-0002"), rules=rules, actor=None)
    carried = Evidence.objects.get(subject="ORR-0002", outcome="part")
    assert (carried.pushed_by, carried.measured_at, carried.carried_from) == (
        row.pushed_by, row.measured_at, "ORR-0001",
    )  # fmt: skip
    collect("ORR-0002")
    assert now("ORR-0002") == ("green", "")


def test_the_database_takes_no_half_that_did_not_pass_or_was_not_pushed(push: Push) -> None:
    row = push()
    for changes in ({"passed": False}, {"passed": None}, {"collector": "backups", "pushed_by": None}):
        wrong = replace_row(row, **changes)
        with pytest.raises(IntegrityError, match="a_part_is_a_pushed"), transaction.atomic():
            wrong.save(force_insert=True)
    with pytest.raises(IntegrityError, match="unknown_is_never_green"), transaction.atomic():
        replace_row(row, judged="green").save(force_insert=True)
    with pytest.raises(IntegrityError, match="only_a_reading"), transaction.atomic():
        replace_row(row, holds_until=clock.now()).save(force_insert=True)


def replace_row(row: Evidence, **changes: Any) -> Evidence:
    fields = {one.attname: getattr(row, one.attname) for one in Evidence._meta.concrete_fields}
    return Evidence(**{**fields, "id": None, **changes})
