"""Law: the page of the sources says in words how each one does, holds no secret, and never breaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orr.lib.sentence import say
from orr.sources import health, load
from orr.sources.models import Answer, Outcome, TrustedAddress
from tests.lib.rogue import answering, serving

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[..., Client]
PAGE = "/settings/sources"
FILE = """
[sources.metrics]
kind = "prometheus"
url = "{url}"
internal = true
secret_env = "M_TOKEN"
{more}
[sources.flags]
kind = "webhook"
url = "https://flags.example.org/hook?key=k3yword"
[items."G1.4"]
source = "metrics"
metric = "probe_success"
"""


@pytest.fixture
def configure(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.setenv("M_TOKEN", "s3cret")
    settings.PLURA_SOURCES = str(tmp_path / "sources.toml")
    return lambda text: (tmp_path / "sources.toml").write_text(text) and None


def body(client: Client, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_source_with_its_words(browser: Browser, configure: Callable[[str], None]) -> None:
    configure(FILE.format(url="http://127.0.0.1:9", more=""))
    metrics = load.sources().by_name["metrics"]
    health.note(metrics, health.Said(Outcome.SILENT, say("m is away."), 1234), item="G1.4")
    text = body(browser("auditor"))
    assert "0 of 2 answer." in text
    for words in (
        "metrics",
        "Prometheus",
        "No answer",
        "m is away.",
        "1,234 ms",
        "G1.4",
        "Not known",
        "flags",
    ):
        assert words in text
    assert "s3cret" not in text
    assert "k3yword" not in text
    assert "Ask metrics now" not in text


def test_no_source_offers_the_first_step(browser: Browser, configure: Callable[[str], None]) -> None:
    configure("")
    assert "plura orr init" in body(browser("admin"))


@pytest.mark.parametrize(
    "text",
    [
        "[sources.x]\nkind = 1\n",
        "nonsense",
        "x = " + "[" * 5000,
        '[sources.x]\nkind = "oci"\nurl = "http://h:99999"\n',
        '[sources.x]\nkind = "oci"\nurl = "http://["\n',
        '[sources.x]\nkind = "oci"\nurl = "http://h"\n[items."G1.1"]\nsource = ["x"]\n',
        "\x00",
    ],
)
def test_a_file_that_cannot_be_read_is_said_on_the_page(
    text: str, browser: Browser, configure: Callable[[str], None]
) -> None:
    configure(text)
    shown = body(browser("sre"))
    assert "The sources file cannot be read." in shown
    assert "sources.toml is wrong at" in shown


def test_a_directory_in_its_place_is_said_too(browser: Browser, settings: Any, tmp_path: Path) -> None:
    settings.PLURA_SOURCES = str(tmp_path)
    assert "cannot be read" in body(browser("sre"))
    (tmp_path / "file").write_text("")
    settings.PLURA_SOURCES = str(tmp_path / "file" / "sources.toml")
    assert "cannot be read" in body(browser("sre"))


def test_an_administrator_asks_now(browser: Browser, configure: Callable[[str], None]) -> None:
    with serving(answering(b'{"status":"success"}')) as rogue:
        configure(FILE.format(url=rogue.url, more=""))
        admin = browser("admin")
        assert admin.post(PAGE, {"act": "ask", "source": "metrics"}).status_code == 302
        assert "The query API answers." in body(admin, "?source=metrics")
        refused = admin.post(PAGE, {"act": "ask", "source": "metrics"})
        assert refused.status_code == 429
        assert b"a moment ago" in refused.content
        assert rogue.connects == 1
        assert b"Bearer s3cret" in rogue.requests[0]
    assert browser("sre").post(PAGE, {"act": "ask", "source": "metrics"}).status_code == 403
    assert admin.post(PAGE, {"act": "ask", "source": "\x00nobody"}).status_code == 404
    assert admin.post(PAGE, {"act": "dance"}).status_code == 400


def test_a_changed_address_is_confirmed_on_the_page(
    browser: Browser, configure: Callable[[str], None]
) -> None:
    old, new = "https://old.example.org", "https://new.example.org"
    configure(FILE.format(url=old, more=f'secret_for = "{old}"'))
    assert load.sources().by_name["metrics"].secret == "s3cret"
    configure(FILE.format(url=new, more=f'secret_for = "{new}"'))
    admin = browser("admin")
    text = body(admin, "?source=metrics")
    assert "Not asked: no secret" in text
    assert "https://new.example.org:443" in text
    assert "Let the secret go there" not in body(browser("auditor"), "?source=metrics")
    sent = {"act": "trust", "source": "metrics", "address": "https://new.example.org:443"}
    assert admin.post(PAGE, sent).status_code == 400
    assert browser("sre").post(PAGE, {**sent, "checked": "1"}).status_code == 403
    wrong = {**sent, "checked": "1", "address": "https://old.example.org:443"}
    assert admin.post(PAGE, wrong).status_code == 409
    assert load.sources().by_name["metrics"].secret is None
    assert admin.post(PAGE, {**sent, "checked": "1"}).status_code == 302
    assert load.sources().by_name["metrics"].secret == "s3cret"
    assert TrustedAddress.objects.get().confirmed_by is not None
    assert "Changed address of a source confirmed" in admin.get("/audit/acts").content.decode()
    assert not Answer.objects.exists()
