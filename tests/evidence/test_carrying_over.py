"""Evidence that is fresh and bound to the same serves another subject as what it was."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from evidence import actions, registry, watching
from evidence.carrying import Fate, carry, fits, foreseen
from evidence.contract import Facts, Query, Reading, Unconfigured, Window
from evidence.latest import latest
from evidence.models import Evidence
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.profiles.schema import Rule
from orr.tlog import log
from tests.evidence.conftest import NEW, facts_of, rule

pytestmark = pytest.mark.django_db
OLD, ANEW = facts_of("ORR-0001"), facts_of("ORR-0002")
P95 = rule("G1.1", min_samples=0, measured_on="any")


def known(kept: Rule = P95, facts: Facts = OLD, *, ago: float = 60, **how: Any) -> Evidence:
    """One reading for the former subject, green unless said otherwise, measured so many seconds ago."""
    at = clock.now() - timedelta(seconds=ago)
    given = {
        "outcome": "reading", "value": 1.0, "judged": "green", "measured_at": at, "recorded_at": at,
        "collector": "test", "source": "prometheus", "binds_to": kept.binds_to,
        "bound_digest": facts.bound()[kept.binds_to],
        "comparator": kept.comparator, "threshold": kept.threshold,
    }  # fmt: skip
    made = Evidence(subject=facts.subject, item=kept.code, **{**given, **how})
    made.save(force_insert=True)
    return made


def over(*rules: Rule, facts: Facts = ANEW) -> list[str]:
    return carry(source="ORR-0001", facts=facts, rules=rules or [P95], actor=None)


def there(item: str = "G1.1", facts: Facts = ANEW) -> Any:
    return latest(facts.subject, bound=facts.bound()).get(item)


def test_it_keeps_its_value_its_hash_and_the_time_of_its_measurement() -> None:
    was = known()
    assert over() == ["G1.1"]
    now = there().evidence
    assert (now.value, now.raw_id, now.measured_at, now.recorded_at, now.source) == (
        was.value, was.raw_id, was.measured_at, was.recorded_at, was.source,
    )  # fmt: skip
    assert (now.subject, now.carried_from, now.pk == was.pk) == ("ORR-0002", "ORR-0001", False)


def test_the_former_subject_keeps_all_it_had() -> None:
    was = known()
    over()
    assert Evidence.objects.get(subject="ORR-0001") == was


def test_what_is_stale_is_not_carried() -> None:
    known(ago=P95.freshness + 1)
    assert over() == [] and there() is None


@pytest.mark.parametrize(
    ("binds_to", "changed"),
    [
        ("environment", {"environment": "prod-us"}),
        ("items", {"items": [{"kind": "image", "name": "a", "to": {"version": "3", "digest": NEW}}]}),
        ("change_set", {"title": "Another"}),
    ],
)
def test_what_it_is_bound_to_has_to_be_the_same(binds_to: Any, changed: dict[str, Any]) -> None:
    bound = P95.model_copy(update={"binds_to": binds_to})
    known(bound)
    assert over(bound, facts=facts_of("ORR-0003", **changed)) == []
    assert over(bound) == ["G1.1"]


def test_a_rule_that_binds_to_more_than_the_evidence_does_takes_none_of_it() -> None:
    known()
    assert over(P95.model_copy(update={"binds_to": "change_set"})) == []


def test_it_is_judged_anew_by_the_new_rule() -> None:
    known(value=3.0)
    strict = P95.model_copy(update={"threshold": 2.0, "comparator": "le"})
    assert over(strict) == []
    assert (there().evidence.judged, there().evidence.threshold) == ("red", 2.0)


def test_a_rule_that_asks_for_more_samples_asks_the_source() -> None:
    known(samples=3)
    assert over(P95.model_copy(update={"min_samples": 10})) == []
    assert there() is None


def test_red_is_carried_as_red_and_asked_again() -> None:
    known(value=99.0, judged="red")
    assert over() == []
    assert there().evidence.judged == "red"


def test_a_red_that_a_weaker_rule_takes_for_green_is_not_carried_as_the_newest_word() -> None:
    known(value=15.5, judged="red")
    assert over(P95.model_copy(update={"threshold": 20.0, "comparator": "le"})) == []
    assert there() is None


def test_an_earlier_red_stays_visible() -> None:
    red = known(value=99.0, judged="red", ago=120)
    known()
    assert over() == ["G1.1"]
    found = there()
    assert (found.evidence.judged, found.earlier_red.judged) == ("green", "red")
    assert found.earlier_red.measured_at == red.measured_at


@pytest.mark.parametrize("outcome", ["error", "withdrawn", "lacking"])
def test_what_is_not_known_now_is_not_carried_though_it_was_green_before(outcome: str) -> None:
    known(ago=120)
    known(outcome=outcome, value=None, judged="pending", reason=say("away"))
    assert over() == [] and there() is None


def test_carrying_does_not_extend_freshness() -> None:
    known(ago=100)
    over()
    third = facts_of("ORR-0003")
    assert carry(source="ORR-0002", facts=third, rules=[P95], actor=None) == ["G1.1"]
    kept = latest("ORR-0003", bound=third.bound())["G1.1"].evidence
    assert clock.now() - kept.measured_at > timedelta(seconds=99)
    assert kept.carried_from == "ORR-0001"


@pytest.mark.parametrize(
    "changed",
    [
        {"measured_at": datetime.fromisoformat("2026-11-24T10:00:00Z")},
        {"value": 0.5},
        {"carried_from": "ORR-0009"},
        {"bound_digest": "another"},
        {"statement": "", "samples": 9999},
    ],
)
def test_the_database_lets_nothing_be_carried_that_was_not_measured(changed: dict[str, Any]) -> None:
    was = known()
    given = {f.attname: getattr(was, f.attname) for f in Evidence._meta.fields if f.attname != "id"}
    given |= {"subject": "ORR-0002", "carried_from": "ORR-0001"}
    with pytest.raises(DatabaseError, match="as it was|what it was"), transaction.atomic():
        Evidence(**{**given, **changed}).save(force_insert=True)
    Evidence(**given).save(force_insert=True)


def test_the_database_carries_no_red_as_green() -> None:
    was = known(judged="red")
    given = {f.attname: getattr(was, f.attname) for f in Evidence._meta.fields if f.attname != "id"}
    given |= {"subject": "ORR-0002", "carried_from": "ORR-0001", "judged": "green"}
    with pytest.raises(DatabaseError, match="red"), transaction.atomic():
        Evidence(**given).save(force_insert=True)


def test_a_statement_is_carried_with_who_made_it(person: Callable[..., User], collectors: Any) -> None:
    who = person("data")
    hold = rule("G6.4")
    known(hold, passed=True, value=None, attested_by=who.pk, attested_role="data", statement="Reviewed.")
    assert over(hold) == ["G6.4"]
    assert there("G6.4").evidence.attested_by == who.pk


def test_a_statement_counts_only_in_the_role_that_the_new_rule_asks_for(
    person: Callable[..., User], collectors: Any
) -> None:
    hold = rule("G6.4")
    words = {"attested_by": person("data").pk, "attested_role": "data", "statement": "Reviewed."}
    known(hold, passed=True, value=None, **words)
    assert over(hold.model_copy(update={"attest": "security"})) == []
    assert over(hold.model_copy(update={"attest": None})) == []


class Source:
    """A source that is configured by now."""

    def __init__(self, own_facts: bool = False) -> None:
        self.own_facts = own_facts

    def collect(self, query: Query, window: Window) -> Reading:
        """Never asked here."""
        raise AssertionError


def test_no_statement_stands_in_for_a_source_that_is_configured_by_now(
    person: Callable[..., User], collectors: dict[str, registry.Factory]
) -> None:
    hold = rule("G6.4")
    words = {"attested_by": person("data").pk, "attested_role": "data", "statement": "Reviewed."}
    known(hold, passed=True, value=None, **words)
    collectors["G6.4"] = Source
    assert over(hold) == []


def test_our_own_facts_are_asked_of_this_subject(collectors: dict[str, registry.Factory]) -> None:
    known()
    collectors["G1.1"] = lambda: Source(own_facts=True)
    assert over() == []


def test_with_a_broken_sources_file_nothing_is_carried_that_may_be_ours(
    collectors: dict[str, registry.Factory],
) -> None:
    def broken() -> Source:
        raise Invalid([FieldError("/items", say("The sources file is wrong."))])

    def unconfigured() -> Source:
        raise Unconfigured(say("Nothing is configured."))

    known()
    collectors["G1.1"] = broken
    assert foreseen(source="ORR-0001", facts=ANEW, rules=[P95]) == {"G1.1": Fate.OURS}
    assert over() == []
    collectors["G1.1"] = unconfigured
    assert over() == ["G1.1"]


def test_what_was_carried_is_asked_again_at_half_of_its_own_freshness(
    collectors: dict[str, registry.Factory],
) -> None:
    was = known()
    collectors["G1.1"] = Source
    only = [code for code in ("G1.1",) if code not in over()]
    asked = actions.request_collection(facts=ANEW, rules=[P95], actor=None, only=only)
    assert not asked.items.exists()
    assert watching.due_times(asked)["G1.1"] == was.measured_at + timedelta(seconds=P95.freshness / 2)


@pytest.mark.parametrize(
    ("how", "fate"),
    [
        ({}, Fate.CARRIED),
        ({"value": 99.0, "judged": "red"}, Fate.RED),
        ({"ago": P95.freshness + 1}, Fate.OLD),
        ({"outcome": "error", "value": None, "judged": "error", "reason": say("away")}, Fate.UNKNOWN),
    ],
)
def test_what_is_foreseen_is_what_is_carried(how: dict[str, Any], fate: Fate) -> None:
    known(**how)
    assert foreseen(source="ORR-0001", facts=ANEW, rules=[P95]) == {"G1.1": fate}
    assert there() is None
    assert over() == (["G1.1"] if fate is Fate.CARRIED else [])


def test_the_log_names_what_was_carried() -> None:
    known()
    over()
    (entry,) = log.entries_of("ORR-0002")
    assert entry.kind == "evidence.carried" and set(entry.artefacts) == {"G1.1"}


def test_a_result_whose_sender_was_not_kept_is_asked_anew() -> None:
    pushed = Evidence(collector="push junit", binds_to=P95.binds_to)
    assert not fits(P95, pushed, {})
    pushed.pushed_by = uuid4()
    assert fits(P95, pushed, {})
