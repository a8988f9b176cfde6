"""The page of an item says that its question stands in the sources file only where it does."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from orr.accounts.models import User
from tests.factories.decisions import record
from tests.factories.people import person
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db
SOURCES = """
[sources.metrics]
kind = "prometheus"
url = "http://127.0.0.1:9"
internal = true
[items."G1.2"]
source = "metrics"
metric = "search_seconds"
selector = 'job="plant"'
"""
SAID = "the query stands in the sources file"


@pytest.fixture
def page(client: Client) -> str:
    """The address of the items of a review with evidence, somebody signed in."""
    manager: User = person("manager", "release_manager")
    found = review(manager)
    for item in ("G1.2", "G8.1"):
        record(found, item, query="asked")
    client.force_login(manager)
    return f"/orr/{found.code}/items"


def test_a_configured_question_stands_in_the_file(
    client: Client, page: str, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES, encoding="utf-8")
    settings.PLURA_SOURCES = str(file)
    assert SAID in client.get(f"{page}/G1.2").content.decode()
    assert SAID not in client.get(f"{page}/G8.1").content.decode()


def test_a_file_that_cannot_be_read_says_nothing_and_breaks_no_page(
    client: Client, page: str, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "sources.toml"
    file.write_text("[sources", encoding="utf-8")
    settings.PLURA_SOURCES = str(file)
    shown = client.get(f"{page}/G1.2")
    assert shown.status_code == 200
    assert SAID not in shown.content.decode()
