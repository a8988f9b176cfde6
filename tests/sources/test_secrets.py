"""Law: a secret goes to the address it was given for, and to no other; it is never shown."""

from pathlib import Path

import pytest

from orr.lib.errors import Unavailable
from orr.sources.load import sources
from orr.sources.source import Source
from tests.lib.rogue import answering, serving
from tests.sources.conftest import Configure

pytestmark = pytest.mark.django_db

ENTRY = '[sources.m]\nkind = "prometheus"\ninternal = true\nurl = "{url}"\nsecret_env = "M_TOKEN"\n{more}\n'


def the(configure: Configure, url: str, more: str = "") -> Source:
    configure(ENTRY.format(url=url, more=more))
    found = sources().get("m")
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M_TOKEN", "s3cret")


def test_bound_to_its_address(configure: Configure) -> None:
    source = the(configure, "https://m.example.org/prom", 'secret_for = "https://m.example.org"')
    assert source.secret == "s3cret"
    assert "s3cret" not in repr(source)


@pytest.mark.parametrize(
    "url", ["https://other.example.org", "http://m.example.org", "https://m.example.org:8443"]
)
def test_a_changed_address_clears_it(configure: Configure, url: str) -> None:
    source = the(configure, url, 'secret_for = "https://m.example.org"')
    assert source.secret is None
    assert "cleared" in str(source.problem)


def test_an_outside_address_has_to_be_named(configure: Configure) -> None:
    source = the(configure, "https://m.example.org")
    assert source.secret is None
    assert "secret_for" in str(source.problem)


def test_this_machine_needs_no_binding(configure: Configure) -> None:
    assert the(configure, "http://127.0.0.1:9090").secret == "s3cret"


def test_a_missing_secret_is_said_and_nothing_is_sent(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("M_TOKEN")
    with serving(answering(b"{}")) as rogue:
        source = the(configure, rogue.url)
        with pytest.raises(Unavailable) as refused:
            source.fetch("GET", "/")
        assert "M_TOKEN" in str(refused.value)
        assert rogue.connects == 0


def test_from_a_file_and_sent_as_bearer(configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    with serving(answering(b"{}")) as rogue:
        entry = ENTRY.format(url=rogue.url, more="").replace(
            'secret_env = "M_TOKEN"', f'secret_file = "{tmp_path / "token"}"'
        )
        configure(entry)
        source = sources().by_name["m"]
        source.fetch("GET", "/x")
        assert b"Authorization: Bearer from-file" in rogue.requests[0]


def test_with_a_user_it_is_basic(configure: Configure) -> None:
    source = the(configure, "http://127.0.0.1:1", 'user = "reader"')
    assert source.authorization() == {"Authorization": "Basic cmVhZGVyOnMzY3JldA=="}
