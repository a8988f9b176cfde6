"""Law: a secret goes to no new address until an administrator confirms it, whatever the file says.

Not by a changed address, nor by renaming a source, nor by a new one that takes the same secret.
"""

import threading
from pathlib import Path

import pytest
from django.db import connections

from orr.accounts.models import Act
from orr.lib.errors import Conflict, NotAllowed, NotFound, Unavailable
from orr.sources import actions, load
from orr.sources.models import KnownSecret, TrustedAddress
from tests.factories.people import person
from tests.lib.rogue import answering, serving
from tests.sources.conftest import Configure
from tests.sources.entries import A, B, entry, of_file, the

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("token")]


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
