"""The page of a union: which profiles fit and why, and from which of them each value comes."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from orr.accounts.models import User
from orr.policies.models import PolicyVersion
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.people import person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db: None) -> User:
    return person("reader", "sre")


def answer(who: User, query: str, language: str = "en") -> Any:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    return client.get(f"/settings/union{query}")


def text(who: User, query: str, language: str = "en") -> str:
    got = answer(who, query, language)
    assert got.status_code == 200, got.content[-500:]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", got.content.decode()))


def test_a_what_if_names_the_profiles_and_why(reader: User) -> None:
    found = text(reader, "?kind=schema&kind=image&step=major")
    assert "It changes schema (schema)." in found and "image moves: 1.0.0 → 2.0.0." in found
    assert "No other profile fits" in text(reader, "?kind=flag")
    assert "It was asked for by name" in text(reader, "?profile=minimal")


def test_each_value_names_the_profile_it_comes_from(reader: User) -> None:
    found = text(reader, "?kind=key&kind=schema")
    assert "Security from key-change" in found and "Data from schema-change" in found
    assert "SRE from key-change, schema-change" in found


def test_an_item_that_does_not_apply_says_why(reader: User) -> None:
    found = text(reader, "?kind=flag&profile=minimal")
    assert "not adopted by none of the profiles" in found
    assert "only for model, rule" in text(reader, "?kind=flag")


def test_nothing_is_written_by_looking(reader: User) -> None:
    text(reader, "?kind=schema&kind=image&step=major")
    assert not PolicyVersion.objects.exists() and not Review.objects.exists()


def test_profiles_of_which_neither_is_stricter_are_refused_with_the_sentence(
    reader: User, settings: Any, tmp_path: Any
) -> None:
    settings.PLURA_PROFILES = str(tmp_path)
    (tmp_path / "own.toml").write_text('version = 1\n[items."G1.1"]\nunit = "ms"\nthreshold = 15000\n')
    found = text(reader, "?kind=schema&profile=own")
    assert "No review could be opened by these." in found
    assert "G1.1: the profiles measure in different units: ms, s." in found
    korean = text(reader, "?kind=schema&profile=own", "ko")
    assert "프로필마다 단위가 다릅니다" in korean and "different units" not in korean


def test_a_review_is_told_by_the_versions_it_pinned(reader: User) -> None:
    items = [*change_set()["items"], {"kind": "key", "name": "byok", "to": {"version": "2"}}]
    code = review(items=items).code
    found = text(reader, f"?review={code}")
    assert "It changes byok (key)." in found and "It was asked for by name" in found
    assert "Security from key-change" in found


def test_a_review_whose_version_is_not_kept_says_so(reader: User) -> None:
    code = review().code
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM policies_policyversion")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert "A version that it pinned is not kept." in text(reader, f"?review={code}")


def test_a_review_out_of_sight_is_not_there(reader: User) -> None:
    code = review().code
    stranger = person("stranger", "sre", team=team("elsewhere", "other-service"))
    assert answer(stranger, f"?review={code}").status_code == 404
    assert answer(reader, "?review=ORR-9999").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("?kind=nothing", 200), ("?kind=schema&step=giant", 200), ("?profile=nothing", 422),
     ("?kind=schema&planned_start=tomorrow", 422), ("?kind=schema&environment=%00x", 200),
     ("?review=%00", 200), ("?kind=schema&environment=" + "x" * 300, 422),
     ("?profile=" + "x" * 300, 422), ("?kind=schema&service_ids=" + "x," * 90, 200)],
)  # fmt: skip
def test_a_bad_address_gets_a_sentence_and_never_a_500(reader: User, query: str, status: int) -> None:
    assert answer(reader, query).status_code == status
