"""Law: a secret goes to no new address until an administrator confirms it, whatever the file says.

Not by a changed address, nor by renaming a source, nor by a new one that takes the same secret.
"""

import io
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from orr.accounts.models import Act
from orr.lib.errors import Conflict, NotAllowed, NotFound, Unavailable
from orr.sources import actions, load, trust
from orr.sources.models import KnownSecret, TrustedAddress
from orr.sources.source import Source
from tests.factories.people import person
from tests.lib.rogue import answering, serving
from tests.sources.conftest import Configure

pytestmark = pytest.mark.django_db(transaction=True)

A, B = "https://a.example.org", "https://b.example.org"
ENTRY = '[sources.{name}]\nkind = "prometheus"\nurl = "{url}"\nsecret_env = "{env}"\nsecret_for = "{url}"\n'


def entry(url: str, name: str = "m", env: str = "M_TOKEN") -> str:
    return ENTRY.format(name=name, url=url, env=env)


def of_file(url: str, path: object) -> str:
    return entry(url).replace('secret_env = "M_TOKEN"', f'secret_file = "{path}"')


def the(name: str = "m") -> Source:
    found = load.sources().get(name)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def token(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads of other tests use secrets on connections of their own, which no rollback reaches.
    KnownSecret.objects.all().delete()
    monkeypatch.setenv("M_TOKEN", "s3cret")
    monkeypatch.setenv("OTHER", "0ther")


def test_the_first_use_is_kept_and_stays(configure: Configure) -> None:
    configure(entry(A))
    assert the().secret == the().secret == "s3cret"
    assert list(TrustedAddress.objects.values_list("secret", "address", "confirmed_by")) == [
        ("env:M_TOKEN", "https://a.example.org:443", None)
    ]
    assert "s3cret" not in str(list(TrustedAddress.objects.values()) + list(KnownSecret.objects.values()))


@pytest.mark.parametrize(
    "after",
    [
        entry(B),
        entry(B, name="renamed"),
        entry(A) + entry(B, name="beside"),
        entry("https://a.example.org:8443"),
        entry("postgresql://reader@a.example.org/x?host=b.example.org"),
    ],
)
def test_the_secret_goes_nowhere_else(configure: Configure, after: str) -> None:
    configure(entry(A))
    assert the().secret
    configure(after)
    moved = [source for source in load.sources().by_name.values() if source.url != A]
    for source in moved:
        assert source.secret is None
        assert source.waits_for_trust
        assert "a.example.org:443" in str(source.problem)
        with pytest.raises(Unavailable, match="administrator"):
            source.fetch("GET", "/")
    assert moved


@pytest.mark.parametrize(
    "spelling", ["{at}/x/../prom", "/{at}/prom", "{at}/./prom", "{at}/link", "{at}/d/prom"]
)
def test_another_spelling_of_a_file_is_no_other_secret(
    spelling: str, configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "prom").write_text("s3cret")
    (tmp_path / "link").symlink_to(tmp_path / "prom")
    (tmp_path / "d").symlink_to(tmp_path)
    configure(of_file(A, tmp_path / "prom"))
    assert the().secret == "s3cret"
    configure(of_file(B, spelling.format(at=tmp_path)))
    assert (the().secret, the().waits_for_trust) == (None, True)


def test_a_secret_that_is_mounted_anew_is_the_same_one(configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "prom").symlink_to("..data/prom")
    for time, address, goes in (("..one", A, True), ("..two", B, False), ("..two", A, True)):
        (tmp_path / time).mkdir(exist_ok=True)
        (tmp_path / time / "prom").write_text("s3cret")
        (tmp_path / "..data").unlink(missing_ok=True)
        (tmp_path / "..data").symlink_to(time)
        configure(of_file(address, tmp_path / "prom"))
        assert (the().secret is not None) == goes


def test_nothing_is_sent_to_an_address_that_is_not_confirmed(configure: Configure) -> None:
    configure(entry(A))
    assert the().secret
    with serving(answering(b"{}")) as rogue:
        configure(entry(rogue.url) + "internal = true\n")
        with pytest.raises(Unavailable):
            the().fetch("GET", "/")
        assert rogue.connects == 0


def test_a_source_of_another_host_reads_as_what_the_client_connects_to(configure: Configure) -> None:
    configure(
        entry("postgresql://reader@a.example.org/x?host=b.example.org").replace(
            'secret_for = "postgresql://reader@a.example.org/x?host=b.example.org"',
            'secret_for = "postgresql://a.example.org"',
        )
    )
    assert the().secret is None
    assert "cleared" in str(the().problem)


def test_a_new_secret_is_free_to_go_to_a_new_address(configure: Configure) -> None:
    configure(entry(A))
    assert the().secret
    configure(entry(B, env="OTHER"))
    assert the().secret == "0ther"


def test_two_sources_of_one_secret_are_trusted_together_at_first(configure: Configure) -> None:
    configure(entry(A) + entry(B, name="n"))
    assert (the("m").secret, the("n").secret) == ("s3cret", "s3cret")


def test_from_this_machine_to_outside_is_a_change_too(configure: Configure) -> None:
    configure('[sources.m]\nkind = "prometheus"\nurl = "http://127.0.0.1:9"\nsecret_env = "M_TOKEN"\n')
    assert the().secret
    configure('[sources.m]\nkind = "prometheus"\nurl = "http://localhost:10"\nsecret_env = "M_TOKEN"\n')
    assert the().secret
    configure(entry(A))
    assert the().secret is None


def test_an_administrator_confirms_and_the_old_address_loses_it(configure: Configure) -> None:
    configure(entry(A))
    assert the().secret
    configure(entry(B))
    actions.trust(name="m", actor=person("ada", "admin"), expected_address="https://b.example.org:443")
    assert the().secret == "s3cret"
    act = Act.objects.get(kind="source.trusted")
    assert b"https://b.example.org:443" in bytes(act.record)
    assert b"https://a.example.org:443" in bytes(act.record)
    assert b"s3cret" not in bytes(act.record)
    configure(entry(A))
    assert the().secret is None


def test_an_address_that_is_still_in_the_file_keeps_its_trust(configure: Configure) -> None:
    configure(entry(A))
    assert the().secret
    configure(entry(A) + entry(B, name="n"))
    actions.trust(name="n", actor=person("ada", "admin"))
    assert (the("m").secret, the("n").secret) == ("s3cret", "s3cret")


@pytest.mark.parametrize("role", ["auditor", "sre", "release_manager", "security"])
def test_nobody_else_confirms(configure: Configure, role: str) -> None:
    configure(entry(A))
    assert the().secret
    configure(entry(B))
    with pytest.raises(NotAllowed):
        actions.trust(name="m", actor=person("x", role))
    assert the().secret is None


def test_what_was_seen_is_what_is_confirmed(configure: Configure) -> None:
    ada = person("ada", "admin")
    configure(entry(A))
    assert the().secret
    configure(entry("https://evil.example.org"))
    with pytest.raises(Conflict, match="not to the address you saw"):
        actions.trust(name="m", actor=ada, expected_address="https://b.example.org:443")
    assert the().secret is None


def test_what_needs_no_confirmation_is_said(configure: Configure) -> None:
    ada = person("ada", "admin")
    configure(entry(A) + '[sources.bare]\nkind = "oci"\nurl = "https://r.example.org"\n')
    with pytest.raises(Conflict, match="needs no confirmation"):
        actions.trust(name="m", actor=ada)
    for name in ("nobody", "bare"):
        with pytest.raises(NotFound):
            actions.trust(name=name, actor=ada)
    assert not Act.objects.filter(kind="source.trusted").exists()


def test_twice_at_once_confirms_once(configure: Configure) -> None:
    ada = person("ada", "admin")
    configure(entry(A))
    assert the().secret
    configure(entry(B))
    came: list[str] = []

    def confirm() -> None:
        try:
            actions.trust(name="m", actor=ada)
            came.append("done")
        except Conflict:
            came.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["done", "refused", "refused", "refused"]
    assert TrustedAddress.objects.count() == Act.objects.filter(kind="source.trusted").count() == 1


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
