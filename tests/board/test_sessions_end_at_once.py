"""A session ends when its time is over, its person says so, or is deactivated; and at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from orr.accounts import people as acts
from orr.accounts.models import User
from tests.board import hands
from tests.factories.people import PASSWORD

NEW = "correct-horse-battery-staple"


@pytest.fixture
def two(people: dict[str, User]) -> tuple[Client, Client]:
    """The same person in two browsers."""
    here, there = Client(), Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/130.0"})
    for client in (here, there):
        assert hands.enter(client).status_code == 302
    return here, there


def at(minutes: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


def open_(client: Client) -> bool:
    return client.get("/approvals").status_code == 200


def test_an_idle_session_ends_after_half_an_hour(two: tuple[Client, Client]) -> None:
    here, there = two
    with at(29):
        assert open_(here)
    with at(31):
        assert not open_(there)
        assert open_(here), "it was used in between"
    assert not open_(there), "what ended stays ended"


def test_a_page_that_renews_itself_does_not_keep_a_session(two: tuple[Client, Client]) -> None:
    here, _there = two
    poll = {"HX-Request": "true", "HX-Trigger": "live"}
    for minutes in (10, 20, 29):
        with at(minutes):
            assert here.get("/approvals", headers=poll).status_code != 401
    with at(31):
        assert here.get("/approvals", headers=poll).status_code == 401


def test_a_session_in_use_ends_after_twelve_hours(two: tuple[Client, Client]) -> None:
    here, _there = two
    for minutes in range(20, 12 * 60, 20):
        with at(minutes):
            assert open_(here), minutes
    with at(12 * 60 + 1):
        assert not open_(here)


def test_a_session_of_unknown_age_does_not_pass(browser: Callable[..., Client]) -> None:
    client = browser("sre")
    session = client.session
    del session["orr_began"]
    session.save()
    assert not open_(client)


def test_signing_out_everywhere_ends_the_other_browser_at_once(two: tuple[Client, Client]) -> None:
    here, there = two
    assert here.post(f"{hands.ACCOUNT}/sessions/end").status_code == 302
    assert not open_(here)
    assert not open_(there)
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()


def test_a_session_whose_time_is_over_is_not_listed(two: tuple[Client, Client]) -> None:
    here, there = two
    listed = UserSession.objects.filter(session_key=there.session.session_key)
    listed.update(last_seen_at=timezone.now() - timedelta(minutes=31))
    assert "Firefox, Linux" not in here.get(hands.ACCOUNT).content.decode()


def test_one_session_is_ended_from_another(two: tuple[Client, Client]) -> None:
    here, there = two
    page = here.get(hands.ACCOUNT).content.decode()
    assert "Firefox, Linux" in page
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"{hands.ACCOUNT}/sessions/{row.pk}/end")
    assert open_(here)
    assert not open_(there)


def test_nobody_ends_somebody_elses_session(
    two: tuple[Client, Client], browser: Callable[..., Client]
) -> None:
    here, _there = two
    row = UserSession.objects.get(session_key=here.session.session_key)
    stranger = browser("security")
    stranger.post(f"{hands.ACCOUNT}/sessions/{row.pk}/end")
    stranger.post(f"{hands.ACCOUNT}/sessions/{10**30}/end")
    assert open_(here)
    assert PASSWORD not in stranger.get(hands.ACCOUNT).content.decode()


def test_deactivating_a_person_ends_every_session_of_theirs_and_no_other(
    two: tuple[Client, Client], people: dict[str, User], browser: Callable[..., Client]
) -> None:
    other = browser("security")
    acts.deactivate(user=people["sre"], actor=people["admin"])
    assert not any(open_(client) for client in two)
    assert open_(other)
    assert set(UserSession.objects.values_list("user__username", flat=True)) == {"security"}


def test_changing_ones_password_ends_the_other_sessions(two: tuple[Client, Client]) -> None:
    here, there = two
    before = here.session.session_key
    sent = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert here.post(f"{hands.ACCOUNT}/password", sent).status_code == 302
    assert open_(here)
    assert not open_(there)
    assert here.session.session_key != before
    assert UserSession.objects.count() == 1
    assert hands.enter(Client(), password=PASSWORD).status_code == 403
    assert hands.enter(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, 403),
        ({"current": PASSWORD, "password": NEW, "again": "other"}, 422),
        ({"current": PASSWORD, "password": "short", "again": "short"}, 422),
        ({}, 403),
    ],
)
def test_a_password_is_not_changed_by_half(
    sent: dict[str, str], status: int, two: tuple[Client, Client]
) -> None:
    here, there = two
    assert here.post(f"{hands.ACCOUNT}/password", sent).status_code == status
    assert open_(there)
    assert hands.enter(Client()).status_code == 302


def test_wrong_passwords_in_the_account_count_with_those_at_the_door(two: tuple[Client, Client]) -> None:
    here, _there = two
    for _ in range(3):
        here.post(f"{hands.ACCOUNT}/password", {"current": "wrong"})
        hands.confirm(here, "wrong")
    assert hands.confirm(here).status_code == 429
    assert hands.enter(Client()).status_code == 429


@pytest.mark.parametrize(
    ("proxies", "said", "shown"),
    [(0, "203.0.113.9", "127.0.0.1"), (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
     (2, "203.0.113.9", "127.0.0.1"), (1, "nonsense", "::"), (1, "", "::")],
)  # fmt: skip
def test_an_address_is_believed_as_far_as_our_own_proxies_say_it(
    proxies: int, said: str, shown: str, people: dict[str, User], settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    client = Client(headers={"x-forwarded-for": said})
    hands.enter(client)
    assert UserSession.objects.get().ip == shown
