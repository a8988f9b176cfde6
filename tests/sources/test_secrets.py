"""Law: a secret goes to the address it was given for, and to no other; it is never shown."""

import os
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

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


def from_file(path: str) -> str:
    entry = ENTRY.format(url="http://127.0.0.1:9090", more="")
    return entry.replace('secret_env = "M_TOKEN"', f'secret_file = "{path}"')


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


@pytest.mark.parametrize("env", ["SECRET_KEY", "DATABASE_URL", "OIDC_CLIENT_SECRET", "TLOG_KEY_FILE"])
def test_no_source_takes_a_secret_of_this_installation(
    env: str, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env, "ours")
    configure(ENTRY.format(url="http://127.0.0.1:9090", more="").replace("M_TOKEN", env))
    source = sources().by_name["m"]
    assert source.secret is None
    assert "own" in str(source.problem)


@pytest.mark.parametrize(
    "name", ["secret_key", "sub/../tlog.key", "link", "postgres/whatever", "archive.key"]
)
def test_nor_one_of_its_key_files(
    name: str, configure: Configure, tmp_path: Path, settings: Settings
) -> None:
    settings.STATE = tmp_path
    (tmp_path / "sub").mkdir()
    (tmp_path / "postgres").mkdir()
    for ours in ("secret_key", "tlog.key", "postgres/whatever", "archive.key"):
        (tmp_path / ours).write_text("ours")
    (tmp_path / "link").symlink_to(tmp_path / "secret_key")
    configure(from_file(f"{tmp_path}/{name}"))
    source = sources().by_name["m"]
    assert source.secret is None
    assert "own" in str(source.problem)


def test_a_second_name_of_a_key_elsewhere_is_that_key(
    configure: Configure, tmp_path: Path, settings: Settings
) -> None:
    settings.TLOG_KEY_FILE = str(tmp_path / "key")
    (tmp_path / "key").write_text("ours")
    (tmp_path / "second").hardlink_to(tmp_path / "key")
    configure(from_file(f"{tmp_path}/second"))
    assert "own" in str(sources().by_name["m"].problem)


@pytest.mark.parametrize("secret", ['secret_env = "SECRET_KEY"', 'secret_file = "{state}/secret_key"'])
def test_no_hook_is_checked_by_a_secret_of_this_installation(
    secret: str, configure: Configure, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "ours")
    settings.STATE = tmp_path
    (tmp_path / "secret_key").write_text("ours")
    secret = secret.format(state=tmp_path)
    configure(f'[hooks.ci]\nkind = "cloudevents"\naccount = "bot"\n{secret}\n')
    hook = sources().hooks["ci"]
    assert hook.secret is None
    with pytest.raises(Unavailable, match="own"):
        hook.key()


@pytest.mark.parametrize(
    "kind",
    ["/proc/self/environ", "/dev/null", "/sys/kernel/uevent_seqnum", "folder", "pipe", "large", "binary"],
)
def test_a_secret_is_a_plain_file(kind: str, configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    configure(from_file(str(tmp_path / kind)))
    source = sources().by_name["m"]
    assert source.secret is None
    assert "plain text file" in str(source.problem)


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
