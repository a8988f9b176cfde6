"""Machines are told whether the server lives, what it lacks, and counts without a name in them."""

import re
from typing import Any

import pytest
from django.test import Client

from orr.api import health
from orr.api.exposition import family
from orr.reviews.models import Review
from tests.api.conftest import problem

pytestmark = pytest.mark.django_db
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z_]*"\})? -?[0-9.]+')


def test_alive_is_said_without_asking_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ASKED", {})
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_ready_while_database_broker_and_log_answer() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "away": []})


@pytest.mark.parametrize("away", ["database", "broker", "log"])
def test_what_is_away_is_named_and_nothing_of_its_address(away: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise ConnectionError("redis://user:password@host")

    monkeypatch.setitem(health.ASKED, away, gone)
    answer = Client().get("/readyz")
    body = problem(answer, 503)
    assert body["away"] == [away] and away in body["detail"]
    assert b"password" not in answer.content


def test_a_broker_that_does_not_listen_is_away_soon(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:9/0")
    assert problem(Client().get("/readyz"), 503)["away"] == ["broker"]


def test_metrics_are_counts_and_the_logs_gap(review: Review) -> None:
    answer = Client().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.content.decode()
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in samples), samples
    assert 'orr_reviews{state="checking"} 1' in samples
    assert any(line.startswith("tlog_inclusion_gap ") for line in samples)
    assert review.code not in text and "manager" not in text.lower()


def test_a_label_cannot_break_its_line() -> None:
    lines = list(family("a", "b", {(("x", 'q"\\\n'),): 1}))
    assert lines[-1] == 'a{x="q\\"\\\\\\n"} 1'
