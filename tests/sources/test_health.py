"""Law: how a source did is known per item, short, without its raw answers, and unknown is never well."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from orr.lib.errors import NotAllowed, NotFound, TooMany
from orr.lib.sentence import say
from orr.sources import actions, health, load
from orr.sources.health import Said
from orr.sources.models import Answer, HandAsking, Outcome
from orr.sources.source import Source
from orr.sources.standing import Stands, stands
from tests.factories.people import person
from tests.lib.rogue import answering, serving
from tests.sources.conftest import Configure

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SOURCE = Source("m", "prometheus", "http://user@127.0.0.1:9090/prom")
FILE = '[sources.{name}]\nkind = "prometheus"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'


@dataclass(frozen=True)
class Told:
    item: str
    outcome: str
    asked_at: datetime = NOW


def judged(*rows: Told, items: tuple[str, ...] = ("G1.1", "G1.4"), problem: bool = False) -> Stands:
    return stands(rows, items, problem, NOW)


def test_what_was_never_asked_is_not_known() -> None:
    assert judged() == Stands.UNKNOWN


def test_what_answered_long_ago_is_not_known() -> None:
    assert judged(Told("", "answered", NOW - timedelta(hours=25))) == Stands.UNKNOWN
    assert judged(Told("", "answered", NOW - timedelta(hours=23))) == Stands.ANSWERS


def test_a_secret_that_stays_here_is_said_first() -> None:
    assert judged(Told("", "answered"), problem=True) == Stands.WITHHELD


def test_the_newest_answer_says_whether_anybody_is_there() -> None:
    assert judged(Told("", "silent"), Told("G1.1", "answered")) == Stands.SILENT
    assert judged(Told("G1.1", "answered"), Told("G1.1", "silent")) == Stands.ANSWERS


def test_one_item_that_cannot_be_read_is_told_though_the_others_can() -> None:
    assert judged(Told("", "answered"), Told("G1.4", "answered"), Told("G1.1", "unusable")) == Stands.UNUSABLE


def test_an_item_that_the_file_asks_no_more_says_nothing() -> None:
    assert judged(Told("", "answered"), Told("G3.2", "unusable")) == Stands.ANSWERS


def said(outcome: Outcome = Outcome.ANSWERED, milliseconds: int = 12) -> Said:
    return Said(outcome, say("The query API answers."), milliseconds)


@pytest.mark.django_db
def test_a_short_history_is_kept_and_no_more() -> None:
    for milliseconds in range(health.KEPT + 10):
        health.note(SOURCE, said(milliseconds=milliseconds), item="G1.1")
    health.note(SOURCE, said(), item="G1.4")
    kept = health.answers([SOURCE])["m"]
    assert len(kept) == health.KEPT + 1
    ours = [row.milliseconds for row in kept if row.item == "G1.1"]
    assert ours == list(range(health.KEPT + 9, 9, -1))


@pytest.mark.django_db
def test_what_nobody_asks_any_more_goes() -> None:
    old = health.note(SOURCE, said(), item="G9.9")
    Answer.objects.filter(pk=old.pk).update(asked_at=old.asked_at - timedelta(days=31))
    health.note(SOURCE, said())
    assert Answer.objects.count() == 1


@pytest.mark.django_db
def test_a_new_address_does_not_inherit_what_the_old_one_answered() -> None:
    health.note(Source("m", "prometheus", "https://old.example.org"), said())
    assert health.answers([Source("m", "prometheus", "https://new.example.org")]) == {"m": []}


@pytest.mark.django_db
def test_foreign_words_may_hold_anything() -> None:
    health.note(SOURCE, Said(Outcome.SILENT, say("It said: %(why)s", why="a\x00b\ud800"), -5))
    row = Answer.objects.get()
    assert row.milliseconds == 0
    assert "\x00" not in str(row.said)
    assert "user" not in row.address


@pytest.mark.django_db
def test_an_administrator_asks_and_what_was_answered_is_kept(configure: Configure) -> None:
    with serving(answering(b'{"status":"success"}')) as well, serving(answering(b"<html>")) as alike:
        configure(FILE.format(name="well", url=well.url) + FILE.format(name="alike", url=alike.url))
        found = actions.ask_now(names=None, actor=person("ada", "admin"))
    assert {name: one.ok for name, one in found.items()} == {"well": True, "alike": False}
    kept = health.answers(load.sources().by_name.values())
    assert [row.outcome for row in kept["well"]] == ["answered"]
    assert [row.outcome for row in kept["alike"]] == ["silent"]
    assert "html" not in str(kept["alike"][0].said)


@pytest.mark.django_db
def test_by_hand_a_source_is_asked_once_in_a_while(configure: Configure) -> None:
    ada, second = person("ada", "admin"), person("bob", "admin")
    with serving(answering(b'{"status":"success"}')) as rogue:
        configure(FILE.format(name="m", url=rogue.url))
        actions.ask_now(names=["m"], actor=ada)
        for names in (["m"], None):
            with pytest.raises(TooMany):
                actions.ask_now(names=names, actor=second)
        assert rogue.connects == 1
        later = HandAsking.objects.get()
        later.asked_at -= timedelta(seconds=actions.SECONDS)
        later.save()
        actions.ask_now(names=["m"], actor=ada)
        assert rogue.connects == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_asks(configure: Configure) -> None:
    ada = person("ada", "admin")
    came: list[str] = []

    def ask() -> None:
        try:
            actions.ask_now(names=["m"], actor=ada)
            came.append("asked")
        except TooMany:
            came.append("refused")
        finally:
            connections.close_all()

    with serving(answering(b'{"status":"success"}')) as rogue:
        configure(FILE.format(name="m", url=rogue.url))
        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rogue.connects == 1
    assert sorted(came) == ["asked"] + ["refused"] * 4


@pytest.mark.django_db
def test_nobody_else_asks_and_no_other_name_is_asked(configure: Configure) -> None:
    configure(FILE.format(name="m", url="http://127.0.0.1:1"))
    with pytest.raises(NotAllowed):
        actions.ask_now(names=["m"], actor=person("x", "sre", "auditor"))
    with pytest.raises(NotFound):
        actions.ask_now(names=["other"], actor=person("ada", "admin"))
    assert not HandAsking.objects.exists()
    assert not Answer.objects.exists()
