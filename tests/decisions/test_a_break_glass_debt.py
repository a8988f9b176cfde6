"""The debt of break-glass: opened by the effect alone, answered in time by who had no part in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orr.accounts.models import User
from orr.decisions import actions, debts
from orr.decisions.models import Debt, Decision, SecondLook
from orr.events import bus
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from orr.tlog import log
from tests.decisions.emergency_fixture import decided as decided
from tests.decisions.emergency_fixture import emergency as emergency
from tests.factories.break_glass import LOOK_WITHIN, broken
from tests.factories.break_glass import signed as signed_by
from tests.factories.decisions import effect, propose, sign

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def refused(write: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        write()


def test_the_effect_opens_a_debt_that_is_due_by_the_profile(decided: Decision) -> None:
    debt = Debt.objects.get()
    assert (debt.decision, debt.items) == (decided, ["G1.1"])
    assert debt.due_at == decided.effective_at + timedelta(seconds=LOOK_WITHIN)


def test_an_ordinary_effect_opens_none(emergency: Make, people: People) -> None:
    proposal = propose(emergency(timelock=0), people["manager"])
    assert isinstance(effect(signed_by(proposal, people["sre"], people["security"])), Decision)
    assert not Debt.objects.exists()


def test_its_use_is_logged_and_told_once(
    emergency: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setitem(bus._handlers, Event.BREAK_GLASS_USED, [lambda **data: told.append(data)])
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    made = effect(signed_by(proposal, people["sre"], people["security"]))
    assert isinstance(made, Decision)
    debt = Debt.objects.get()
    assert told == [{"subject": proposal.review.code, "decision": made.pk, "debt": debt.pk}]
    used = [one for one in log.entries_of(proposal.review.code) if one.kind == "break_glass.used"]
    assert [one.artefacts for one in used] == [{"decision": made.digest[7:]}]


def test_nobody_opens_changes_or_drops_a_debt(decided: Decision, people: People) -> None:
    same = Debt.objects.filter(decision=decided)
    refused(lambda: same.update(due_at=clock.now() + timedelta(days=9)), "never changed or deleted")
    refused(lambda: same._raw_delete("default"), "never changed or deleted")
    at = clock.now()
    another = Debt(decision=decided, items=[], opened_at=at, due_at=at + timedelta(days=1))
    refused(another.save, "only a break-glass effect opens a debt")


@pytest.mark.parametrize("who", ["manager", "sre", "security"])
def test_who_had_a_part_in_it_does_not_look_again(decided: Decision, people: People, who: str) -> None:
    code = decided.review.code
    with pytest.raises(NotAllowed, match="another person looks again"):
        debts.record_second_look(code=code, finding="Fine.", upheld=True, actor=people[who])
    forged = SecondLook(debt=Debt.objects.get(), by=people[who], upheld=True, finding="Fine.")
    refused(forged.save, "had no part in it")


def test_a_signer_who_withdrew_had_a_part_in_it(emergency: Make, people: People) -> None:
    proposal = broken(emergency("G1.1"), people["manager"], "G1.1")
    sign(proposal, people["sre2"])
    actions.withdraw_signature(code=proposal.review.code, actor=people["sre2"])
    effect(signed_by(proposal, people["sre"], people["security"]))
    with pytest.raises(NotAllowed, match="another person"):
        debts.record_second_look(
            code=proposal.review.code, finding="Fine.", upheld=True, actor=people["sre2"]
        )


def test_another_approver_looks_again_once_with_a_finding(decided: Decision, people: People) -> None:
    code = decided.review.code
    with pytest.raises(Invalid):
        debts.record_second_look(code=code, finding=" ", upheld=True, actor=people["boss"])
    look = debts.record_second_look(code=code, finding="It was needed.", upheld=True, actor=people["boss"])
    assert look.at <= clock.now()
    with pytest.raises(Conflict, match="has been taken"):
        debts.record_second_look(code=code, finding="Twice.", upheld=False, actor=people["product"])
    refused(lambda: SecondLook.objects.update(upheld=False), "never changed or deleted")
    assert log.entries_of(code)[-1].kind == "break_glass.second_look"


def test_there_is_no_second_look_without_break_glass(emergency: Make, people: People) -> None:
    with pytest.raises(NotFound, match="was not decided by break-glass"):
        debts.record_second_look(code=emergency().code, finding="Fine.", upheld=True, actor=people["boss"])
