"""Law: an answer is sent again until the platform has it, told once, and never against what is true now."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, connection, transaction

from orr.accounts.models import User
from orr.decisions import actions as decisions
from orr.exits import actions as exits
from orr.guards.models import Guard
from orr.hooks import sending, tasks
from orr.hooks.models import Answer, AnswerState
from orr.lib import clock
from orr.reports.facts import checklist
from orr.reviews.models import Review
from tests.factories.people import person
from tests.factories.platform import Platform
from tests.hooks.conftest import HOOKS, Door
from tests.hooks.waiting import ask, due_now, go, lease_is_over

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guards_answer", "no_worker")]
RULE = "/repos/acme/search/actions/runs/4242/deployment_protection_rule"
APPROVAL = "/api/v4/projects/30/deployments/15/approval"


def test_a_platform_in_trouble_is_asked_again(asked: Review, platform: Platform) -> None:
    go(asked)
    platform.statuses = [503, 401]
    assert sending.send_due() == 0
    [shown] = checklist(asked.code)["answers"]
    assert (shown["state"], shown["reason"]) == ("waiting", "github answered with status 503.")
    due_now()
    assert sending.send_due() == 0
    due_now()
    assert sending.send_due() == 1
    assert len(platform.told) == 1
    assert Answer.objects.get().attempts == 3


def test_a_platform_that_refuses_for_good_is_told_no_more(asked: Review, platform: Platform) -> None:
    go(asked)
    platform.statuses = [422]
    sending.send_due()
    [shown] = checklist(asked.code)["answers"]
    assert (shown["state"], shown["reason"]) == ("failed", "github answered with status 422.")
    due_now()
    assert sending.send_due() == 0 and len(platform.calls) == 1


def test_after_a_day_nobody_waits_any_more(
    asked: Review, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(asked)
    monkeypatch.setattr(sending, "TRIED_FOR", timedelta(0))
    platform.statuses = [503]
    sending.send_due()
    assert Answer.objects.get().state == AnswerState.FAILED


def test_what_one_deployment_was_told_is_not_taken_for_the_answer_of_the_next(
    asked: Review, door: Door, platform: Platform
) -> None:
    go(asked)
    sending.send_due()
    ask(door, platform, id=78)
    platform.statuses = [503]
    assert sending.send_due() == 0
    due_now()
    assert sending.send_due() == 1
    assert [one["state"] for one in platform.told] == ["approved", "approved"]


def test_while_one_thread_sends_no_other_of_the_worker_is_held(
    asked: Review, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(asked)
    seen: list[int] = []

    def hanging() -> int:
        seen.append(1)
        tasks.send()
        tasks.sweep()
        return 0

    monkeypatch.setattr(sending, "send_due", hanging)
    for act in (tasks.send, tasks.sweep):
        act()
    assert len(seen) == 2, "each once, and none within the other"


def test_a_fault_while_sending_lets_the_next_one_send(
    asked: Review, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(asked)

    def broken() -> int:
        raise RuntimeError

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(sending, "send_due", broken)
        tasks.send()
    tasks.send()
    assert len(platform.posts()) == 1


def test_who_dies_before_telling_loses_nothing(asked: Review, platform: Platform) -> None:
    go(asked)
    assert sending.claim() is not None
    assert sending.claim() is None, "somebody is at it"
    assert not platform.calls
    lease_is_over()
    assert sending.send_due() == 1
    assert len(platform.told) == 1


def test_who_dies_after_telling_tells_nothing_twice(asked: Review, platform: Platform) -> None:
    go(asked)
    claimed = sending.claim()
    assert claimed is not None
    sending._tell(claimed)
    assert (len(platform.told), Answer.objects.get().state) == (1, "waiting")
    lease_is_over()
    assert sending.send_due() == 1
    assert len(platform.told) == 1 and len(platform.posts()) == 1
    assert Answer.objects.get().state == AnswerState.SENT


def test_an_answer_whose_receipt_was_lost_is_not_given_twice(asked: Review, platform: Platform) -> None:
    go(asked)
    platform.deaf = True
    assert sending.send_due() == 0
    platform.deaf = False
    due_now()
    assert sending.send_due() == 1
    assert len(platform.posts()) == 1


def test_an_approval_that_was_not_sent_yet_becomes_a_refusal_with_the_withdrawal(
    asked: Review, platform: Platform, bot: User
) -> None:
    go(asked)
    platform.statuses = [503]
    sending.send_due()
    exits.start(code=asked.code, actor=bot, reason="stop")
    due_now()
    assert sending.send_due() == 1
    assert [one["state"] for one in platform.told] == ["rejected"]
    assert checklist(asked.code)["answers"][0]["approved"] is False


def test_a_guard_that_is_lost_holds_an_approval_back(asked: Review, platform: Platform) -> None:
    go(asked)
    Guard.objects.filter(review=asked.code).update(lost_at=clock.now())
    assert sending.send_due() == 0
    assert not platform.calls
    assert "does not hold any more" in checklist(asked.code)["answers"][0]["reason"]


def test_a_source_that_is_gone_is_said(
    asked: Review, platform: Platform, settings: Any, tmp_path: Path
) -> None:
    go(asked)
    Path(settings.PLURA_SOURCES).write_text("", encoding="utf-8")
    sending.send_due()
    assert "no source github" in checklist(asked.code)["answers"][0]["reason"]


def test_an_app_answers_as_its_installation_and_never_sends_its_key(
    asked: Review, platform: Platform, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    monkeypatch.setenv("FORGE_TOKEN", pem.decode())
    text = HOOKS.format(platform=platform.url).replace(
        'kind = "github"\nurl', 'kind = "github"\noptions = { app_id = "321" }\nurl', 1
    )
    Path(settings.PLURA_SOURCES).write_text(text, encoding="utf-8")
    go(asked)
    assert sending.send_due() == 1
    exchange, told = platform.calls
    assert exchange.path == "/app/installations/88/access_tokens"
    shown = exchange.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(shown, key.public_key(), algorithms=["RS256"])
    assert claims["iss"] == "321" and claims["exp"] - claims["iat"] <= 600
    assert told.headers["Authorization"] == "Bearer ghs_of_the_installation"
    assert not any("PRIVATE KEY" in str(call.headers) + str(call.body) for call in platform.calls)


@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM hooks_answer",
        "DELETE FROM hooks_ask",
        "UPDATE hooks_ask SET number = '1'",
        "UPDATE hooks_answer SET approved = true",
        "UPDATE hooks_answer SET why = '{}'",
        "UPDATE hooks_answer SET decided_at = now()",
        "UPDATE hooks_answer SET state = 'sent'",
        "UPDATE hooks_answer SET state = 'failed', ended_at = now()",
    ],
)
def test_the_database_lets_no_answer_be_turned(asked: Review, platform: Platform, act: str) -> None:
    decisions.record_no_go(code=asked.code, reason="red", actor=person("manager", "release_manager"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


def test_what_was_sent_stays_sent(asked: Review, platform: Platform) -> None:
    go(asked)
    sending.send_due()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE hooks_answer SET state = 'waiting', ended_at = NULL")
