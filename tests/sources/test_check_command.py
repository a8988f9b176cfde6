"""`sources check` asks every source and says what it answered; one silent source is exit code 1."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.lib.rogue import answering, serving
from tests.sources.conftest import Configure

pytestmark = pytest.mark.django_db

METRICS = '[sources.metrics]\nkind = "prometheus"\nurl = "{url}"\ninternal = true\n'
OTHER = '[sources.hub]\nkind = "webhook"\nurl = "{url}"\n{more}\n'


def run() -> str:
    out = io.StringIO()
    call_command("sources", "check", stdout=out)
    return out.getvalue()


def test_every_source_answers(configure: Configure) -> None:
    with serving(answering(b'{"status":"success"}')) as prometheus, serving(answering(b"")) as hub:
        item = '[items."G1.1"]\nsource = "metrics"\nmetric = "x"\n'
        configure(
            METRICS.format(url=prometheus.url) + OTHER.format(url=hub.url, more="internal = true") + item
        )
        printed = run()
    assert printed.count("ok ") == 2
    assert "The query API answers." in printed
    assert "HTTP 200." in printed
    assert "G1.1  <-  metrics" in printed


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status":"error"}', b""])
def test_a_look_alike_is_no_prometheus(configure: Configure, body: bytes) -> None:
    with serving(answering(body)) as rogue:
        configure(METRICS.format(url=rogue.url))
        with pytest.raises(CommandError, match="metrics"):
            run()


def test_an_inside_address_has_to_be_allowed(configure: Configure) -> None:
    with serving(answering(b"")) as rogue:
        configure(OTHER.format(url=rogue.url, more=""))
        with pytest.raises(CommandError, match="hub"):
            run()
        assert rogue.connects == 0


def test_a_wrong_file_is_pointed_at(configure: Configure) -> None:
    configure("[sources.x]\nkind = 1\n")
    with pytest.raises(CommandError, match="/sources/x/kind"):
        run()


def test_no_source_is_said(configure: Configure) -> None:
    configure("")
    assert "No source is configured." in run()


def test_a_hook_without_its_secret_fails(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure('[hooks.ci]\nkind = "cloudevents"\nsecret_env = "CI_HOOK"\naccount = "bot"\n')
    with pytest.raises(CommandError, match="ci"):
        run()
    monkeypatch.setenv("CI_HOOK", "x")
    assert "hook ci  (cloudevents, bot)" in run()


def test_an_entry_that_is_wrong_in_a_way_nobody_thought_of_hides_no_other(configure: Configure) -> None:
    broken = '[sources.broken]\nkind = "prometheus"\nurl = "https://127.0.0.1:1"\ninternal = true\n'
    database = '[sources.database]\nkind = "postgres"\ninternal = true\n'
    address = 'url = "postgresql://reader@127.0.0.1:1/lake?connect_timeout=3&application_name=x"\n'
    with serving(answering(b'{"status":"success"}')) as prometheus:
        configure(
            METRICS.format(url=prometheus.url) + broken + 'ca_file = "/nowhere/ca.pem"\n' + database + address
        )
        with pytest.raises(CommandError, match="^Did not answer: broken, database$"):
            run()
