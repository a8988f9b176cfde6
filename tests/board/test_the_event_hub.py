"""The page of the event hub: how much waits and since when, dead letters with their reason, sent again."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from orr.events import relay
from orr.events.models import Outgoing
from orr.events.schemas import names
from orr.messages.models import SentAgain
from orr.tlog import log
from tests.events.conftest import valkey_url as valkey_url
from tests.factories.brokers import emptied, outside
from tests.factories.dead_letters import dead_letter

pytestmark = pytest.mark.django_db
PAGE = "/audit/events"
Browser = Callable[..., Client]


def test_a_dead_letter_is_shown_with_its_reason_to_who_sees_everything(browser: Browser) -> None:
    row = dead_letter("ORR-0142")
    for role in ("admin", "auditor"):
        text = browser(role).get(PAGE).content.decode()
        assert "The event hub refused it: too large." in text and str(row.event_id) in text
        assert ("Send again" in text) is (role == "admin")
    text = browser("security").get(PAGE).content.decode()
    assert str(row.event_id) not in text and "ORR-0142" not in text.split("<main", 1)[1]


def test_an_administrator_has_it_sent_again_with_the_same_id(
    browser: Browser, valkey_url: str, settings: Settings
) -> None:
    settings.EVENT_HUB_URL = valkey_url
    emptied(valkey_url)
    row, admin = dead_letter("ORR-0142"), browser("admin")
    answer = admin.post(f"{PAGE}/{row.event_id}/again", follow=True)
    assert "The event is tried again." in answer.content.decode()
    assert relay.run() == 1
    (message,) = outside(valkey_url)
    assert json.loads(message.body)["id"] == str(row.event_id)
    assert SentAgain.objects.get().by.username == "admin"
    assert [entry.kind for entry in log.entries_of("EVENTS")] == ["event.sent_again"]
    twice = admin.post(f"{PAGE}/{row.event_id}/again")
    assert twice.status_code == 409 and "is no dead letter" in twice.content.decode()
    assert SentAgain.objects.count() == 1


def test_one_that_is_refused_again_is_a_dead_letter_again_and_names_who_tried(browser: Browser) -> None:
    row, admin = dead_letter("ORR-0142"), browser("admin")
    admin.post(f"{PAGE}/{row.event_id}/again")
    row.refresh_from_db()
    assert row.dead_at is None and row.refused == relay.REFUSALS
    Outgoing.objects.filter(pk=row.pk).update(dead_at=row.recorded_at)
    text = admin.get(PAGE).content.decode()
    assert "sent again by" in text


def test_others_cannot_and_nothing_unknown_is_sent(browser: Browser) -> None:
    row = dead_letter("ORR-0142")
    for role in ("auditor", "security", "release_manager"):
        assert browser(role).post(f"{PAGE}/{row.event_id}/again").status_code == 403
    unknown = "00000000-0000-4000-8000-000000000000"
    assert browser("admin").post(f"{PAGE}/{unknown}/again").status_code == 404
    assert not SentAgain.objects.exists()


def test_what_waits_is_counted_on_the_page_and_for_prometheus(browser: Browser, client: Client) -> None:
    dead_letter("ORR-0142")
    dead_letter("ORR-0143")
    Outgoing.objects.filter(subject="ORR-0143").update(dead_at=None)
    text = browser("admin").get(PAGE).content.decode()
    assert "Tried and waiting" in text
    figures = client.get("/metrics").content.decode()
    assert 'orr_events_unsent{state="waiting"} 1' in figures
    assert 'orr_events_unsent{state="dead"} 1' in figures
    (age,) = [line for line in figures.splitlines() if line.startswith("orr_events_oldest_unsent_seconds")]
    assert float(age.split()[1]) > 0


def test_without_a_broker_the_page_says_so(browser: Browser, settings: Settings) -> None:
    settings.EVENT_HUB_URL = "memory://"
    assert "There is no broker." in browser("admin").get(PAGE).content.decode()


def test_the_schemas_are_served_to_anyone_as_they_are_published(client: Client) -> None:
    listed = client.get("/events/schemas/").json()
    assert sorted(listed) == names()
    for name, address in listed.items():
        answer = client.get(address)
        assert answer.status_code == 200 and answer["Content-Type"] == "application/schema+json"
        assert answer.json()["title"], name
    missing = client.get("/events/schemas/..%2Fmodels.py")
    assert missing.status_code == 404
    assert client.get("/events/schemas/nothing.json")["Content-Type"] == "application/problem+json"
