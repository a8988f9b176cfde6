"""Law: an item's page shows how its value went, in this review and before, and asks again, not too often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence import actions as evidence
from evidence import again, record, registry
from evidence.contract import Reading
from evidence.models import Collection, Evidence
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, TooMany
from orr.reviews import actions
from orr.reviews.models import Review
from tests.factories.people import person, team
from tests.factories.reviews import review as open_review

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


class Silent:
    """Asks nobody: the tests run no collection."""

    def collect(self, query: Any, window: Any) -> Reading:
        raise AssertionError


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_factories", {"G1.1": Silent, "G1.2": Silent})


def read(review: Review, value: float, age: timedelta = timedelta(), item: str = "G1.2") -> Evidence:
    rule = next(one for one in actions.rules_of(review) if one.code == item)
    about = record.About(actions.facts_of(review), rule, "prometheus", None)
    at = clock.now() - age
    return record.reading(
        about,
        Reading(value=value, passed=None, raw=b"", query="q", source="m", measured_at=at, unit=rule.unit),
    )


def page(client: Client, review: Review, item: str = "G1.2") -> str:
    answer = client.get(f"/orr/{review.code}/items/{item}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_last_hours_of_this_review(browser: Browser, people: dict[str, User]) -> None:
    review = open_review(people["release_manager"])
    assert "No value was read in this review" in page(browser(), review)
    for minutes, value in ((90, 700.0), (60, 810.0), (30, 650.0), (25 * 60, 5.0)):
        read(review, value, timedelta(minutes=minutes))
    text = page(browser(), review)
    assert "from 700 ms to 650 ms; lowest 650 ms, highest 810 ms; 3 readings" in text
    assert '<svg class="spark"' in text


def test_the_reviews_before_that_the_reader_sees(browser: Browser, people: dict[str, User]) -> None:
    manager = people["release_manager"]
    first, other = open_review(manager), open_review(manager, environment="staging")
    read(first, 640.0, timedelta(hours=50))
    read(first, 610.0, timedelta(hours=40))
    read(other, 123.0)
    now = open_review(manager)
    later = open_review(manager)
    read(later, 999.0)
    text = page(browser(), now)
    assert f"/orr/{first.code}/items/G1.2" in text
    assert "610 ms" in text
    for absent in ("640 ms", "123 ms", "999 ms"):
        assert absent not in text


def test_a_review_out_of_sight_is_not_named(people: dict[str, User]) -> None:
    manager = people["release_manager"]
    hidden = open_review(manager)
    read(hidden, 610.0)
    ours = team("home", "search")
    now = open_review(manager)
    member = person("member", "sre", team=ours)
    assert (hidden.team_id == now.team_id) is False
    client = Client()
    client.force_login(member)
    assert hidden.code not in page(client, now)


def test_one_item_is_asked_again(browser: Browser, people: dict[str, User]) -> None:
    review = open_review(people["release_manager"])
    client = browser("sre")
    answer = client.post(f"/orr/{review.code}/collect", {"item": "G1.2"})
    assert (answer.status_code, answer["Location"]) == (302, f"/orr/{review.code}/items/G1.2")
    assert "G1.2 is being asked again." in page(client, review)
    newest = Collection.objects.order_by("-requested_at")[0]
    assert [row.item for row in newest.items.all()] == ["G1.2"]
    assert set(newest.rules) > {"G1.1", "G1.2"}
    assert client.post(f"/orr/{review.code}/collect", {"item": "G9.9"}).status_code == 404
    refused = client.post(f"/orr/{review.code}/collect", {"item": "G6.4"})
    assert refused.status_code == 409


def test_what_does_not_apply_is_not_asked(people: dict[str, User]) -> None:
    review = open_review(people["release_manager"])
    with pytest.raises(Conflict, match="does not apply"):
        evidence.ask_item_again(
            item="G1.2", facts=actions.facts_of(review), rules=[], actor=people["release_manager"]
        )


def test_by_hand_it_is_asked_only_so_often(browser: Browser, people: dict[str, User]) -> None:
    review = open_review(people["release_manager"])
    Collection.objects.all().delete()
    for number in range(again.MOST):
        actions.collect(code=review.code, actor=people["sre"], item="G1.2" if number % 2 else None)
    for item in (None, "G1.1"):
        with pytest.raises(TooMany):
            actions.collect(code=review.code, actor=people["security"], item=item)
    answer = browser("sre").post(f"/orr/{review.code}/collect")
    assert answer.status_code == 429
    assert b"within a minute" in answer.content
    Collection.objects.update(requested_at=clock.now() - again.WITHIN)
    actions.collect(code=review.code, actor=people["sre"])


def test_what_is_asked_by_itself_does_not_count(people: dict[str, User]) -> None:
    review = open_review(people["release_manager"])
    facts, rules = actions.facts_of(review), actions.rules_of(review)
    for _ in range(again.MOST + 1):
        evidence.request_collection(facts=facts, rules=rules, actor=None)
    actions.collect(code=review.code, actor=people["sre"])


def attested(client: Client, review: Review, name: str, data: bytes) -> Any:
    file = SimpleUploadedFile(name, data, content_type="application/pdf")
    return client.post(f"/orr/{review.code}/items/G6.4/attest", {"statement": "Looked.", "file": file})


def test_a_file_is_given_back_as_bytes_that_no_browser_runs(
    browser: Browser, people: dict[str, User]
) -> None:
    review = open_review(people["release_manager"])
    page_of_evil = b"<html><script>alert(1)</script>"
    assert attested(browser("data"), review, "note.bin", page_of_evil).status_code == 302
    row = Evidence.objects.get(item="G6.4")
    text = page(browser(), review, "G6.4")
    assert "note.bin" in text
    assert "quarantined: of no type" in text
    assert "alert(1)" not in text
    answer = browser().get(f"/orr/{review.code}/items/G6.4/raw/{row.raw_sha256}")
    assert answer.content == page_of_evil
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["Content-Disposition"].endswith('.quarantined"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_file_that_is_not_what_its_name_says_is_refused_and_the_words_are_kept(
    browser: Browser, people: dict[str, User]
) -> None:
    review = open_review(people["release_manager"])
    refused = attested(browser("data"), review, "report.pdf", b"MZ\x90\x00")
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "not what the ending of its name says" in text
    assert ">Looked.</textarea>" in text
    assert not Evidence.objects.filter(item="G6.4").exists()
    assert attested(browser("data"), review, "report.pdf", b"%PDF-1.7\n").status_code == 302
    assert "quarantined: of no type" not in page(browser(), review, "G6.4")
