"""Law: of several first uses one counts, whole or not at all; and who runs the machine confirms."""

import io
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from orr.sources import actions, trust
from orr.sources.models import KnownSecret, TrustedAddress
from tests.factories.people import person
from tests.sources.conftest import Configure
from tests.sources.entries import A, B, entry, the

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("token")]


def test_of_two_first_uses_with_two_files_one_counts() -> None:
    ready = threading.Barrier(4)

    def use(address: str) -> None:
        try:
            ready.wait(10)
            trust.first_use("env:M_TOKEN", {address})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=use, args=(f"https://{n}.example.org:443",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TrustedAddress.objects.count() == 1


def test_a_first_use_inside_a_transaction_stands_once_that_is_over(configure: Configure) -> None:
    configure(entry(A))
    with transaction.atomic():
        assert the().secret == "s3cret"
        assert not TrustedAddress.objects.exists()
    assert TrustedAddress.objects.count() == 1
    configure(entry(B))
    assert the().secret is None


def test_one_killed_in_between_leaves_nothing_half_trusted(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    ada = person("ada", "admin")
    configure(entry(A))
    with monkeypatch.context() as patch:
        patch.setattr(TrustedAddress.objects, "bulk_create", killed)
        with pytest.raises(SystemExit):
            the()
    assert not KnownSecret.objects.exists()
    assert the().secret
    configure(entry(B))
    with monkeypatch.context() as patch:
        patch.setattr(actions.acts, "record", killed)
        with pytest.raises(SystemExit):
            actions.trust(name="m", actor=ada)
    assert the().secret is None
    assert TrustedAddress.objects.get().address == "https://a.example.org:443"


def test_whoever_runs_the_machine_confirms_by_command(configure: Configure) -> None:
    out = io.StringIO()
    configure(entry(A))
    assert the().secret
    configure(entry(B))
    call_command("sources", "trust", "m", stdout=out)
    assert "https://b.example.org:443" in out.getvalue()
    assert the().secret == "s3cret"
    for wrong in (["trust", "m"], ["trust", "nobody"], ["trust"], ["check", "m"]):
        with pytest.raises(CommandError):
            call_command("sources", *wrong, stdout=out)


def test_before_the_first_start_nothing_was_sent_and_no_database_is_asked(
    configure: Configure, settings: object, tmp_path: Path
) -> None:
    settings.WITHOUT_DATABASE = True  # type: ignore[attr-defined]
    configure(entry(A))
    assert the().secret == "s3cret"
    assert not KnownSecret.objects.exists()


def test_a_thread_that_ends_leaves_no_connection_open(configure: Configure) -> None:
    configure(entry(A))
    found: list[object] = []

    def look() -> None:
        found.append(the().secret)
        found.append(connections["default"].connection)

    for _ in range(2):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == ["s3cret", None, "s3cret", None]
