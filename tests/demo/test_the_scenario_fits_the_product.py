"""What the demo sends is accepted as it is: change sets, profiles, sources, people."""

import stat
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from orr.accounts import roles, tokens
from orr.accounts.models import ApiToken, User
from orr.changes import intake, sigma_rules, triggers
from orr.demo import people, settle
from orr.demo.place import PASSWORD, Place
from orr.demo.plant import wiki
from orr.demo.plant.catalogue import Catalogue
from orr.demo.scenario.others import others
from orr.demo.scenario.parts import Shelf
from orr.demo.scenario.worked import PROFILE, example
from orr.plans.plan import build
from orr.profiles import load
from orr.sources.items import RunbooksItem
from orr.sources.load import sources


@pytest.fixture
def shelf() -> Shelf:
    artefacts = Catalogue().artefacts
    packs = {(a.name, a.version): a.content for a in artefacts if a.kind == "rule"}
    return Shelf({(a.kind, a.name, a.version): a.digest for a in artefacts}, packs)


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Place:
    settings.PLURA_SOURCES = str(tmp_path / "sources.toml")
    settings.PLURA_PROFILES = str(tmp_path / "profiles")
    secret = tmp_path / "plant" / "webhook-secret"
    secret.parent.mkdir()
    secret.write_text("whsec_c2VjcmV0LW9mLXRoZS1wbGFudA==")
    found = Place(tmp_path, "http://localhost:1", "http://127.0.0.1:2")
    settle.settle(found)
    return found


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def change_sets(shelf: Shelf) -> list[dict[str, Any]]:
    return [example(shelf), *(other.change_set for other in others(shelf))]


@pytest.mark.django_db
def test_every_touched_service_has_its_pages(shelf: Shelf, place: Place) -> None:
    item = sources().item("G7.4")
    assert item is not None and isinstance(item.settings, RunbooksItem)
    touched = {service for sent in change_sets(shelf) for service in sent["service_ids"]}
    named = item.settings.services
    assert touched <= set(named)
    pages = {f"/runbooks/{page.stem}" for page in (Path(wiki.__file__).parent / "runbooks").glob("*.txt")}
    assert {one.runbook for one in named.values()} | {one.continuity for one in named.values()} == pages


def test_every_change_set_is_accepted_and_can_be_taken_back(shelf: Shelf) -> None:
    targets = set(Catalogue().targets)
    for sent in change_sets(shelf):
        intake.parse(sent, "")
        plan = build(sent)
        assert not plan.problems, (sent["title"], plan.problems)
        for key in plan.keys:
            assert key.target.removeprefix("plant/") in targets
            assert (key.rehearse_target or "").removeprefix("plant/") in targets
            assert key.desired not in key.expected_to


def test_the_example_has_five_items_and_no_schema(shelf: Shelf) -> None:
    kinds = [item["kind"] for item in example(shelf)["items"]]
    assert kinds == ["model", "image", "rule", "flag", "index"]
    assert PROFILE in triggers.profiles_for(example(shelf))


def test_the_example_brings_its_rules_along_and_they_are_valid(shelf: Shelf) -> None:
    files = [file for item in example(shelf)["items"] for file in item.get("files", ())]
    assert [file["name"] for file in files] == [
        "repeated_failed_logins.yml", "beacon_to_an_unknown_host.yml", "large_download_as_root.yml",
    ]  # fmt: skip
    read = {file["name"]: sigma_rules.read(shelf.files[file["sha256"]]) for file in files}
    assert not any(sigma_rules.findings(read, until=time.monotonic() + 60).values())
    bad = {name: sigma_rules.read(data) for name, data in shelf.files.items() if b"severe" in data}
    assert len(bad) == 1 and all(sigma_rules.findings(bad, until=time.monotonic() + 60).values())


def test_titles_tell_the_reviews_apart(shelf: Shelf) -> None:
    titles = [sent["title"] for sent in change_sets(shelf)]
    assert len(set(titles)) == len(titles) == 9


def test_the_demo_weakens_no_threshold(place: Place, settings: Settings, shelf: Shelf) -> None:
    names = {PROFILE, "schema-change", *(other.profile for other in others(shelf))}
    short = {name: load.get(name) for name in names}
    settings.PLURA_PROFILES = str(place.home / "nowhere")
    standard = load.get("standard")
    kept = (
        "comparator", "threshold", "min_samples", "freshness", "max_age", "kinds", "measured_on", "adopted",
    )  # fmt: skip
    for profile in short.values():
        for code, rule in profile.items.items():
            usual = standard.items[code]
            assert [getattr(rule, name) for name in kept] == [getattr(usual, name) for name in kept]
    assert short[PROFILE].policy.timelock == 60


@pytest.mark.django_db
def test_the_sources_are_the_plant(place: Place) -> None:
    found = sources()
    assert {name: source.kind for name, source in found.by_name.items()} == {
        "metrics": "prometheus", "registry": "oci", "plant": "webhook", "lake": "postgres",
        "wiki": "runbooks",
    }  # fmt: skip
    assert set(found.by_item) == {"G1.1", "G1.2", "G1.3", "G1.4", "G3.2", "G4.3", "G7.4"}
    assert found.by_name["plant"].secret and all(s.internal for s in found.by_name.values())


def test_a_file_of_somebody_else_stays(place: Place, settings: Settings) -> None:
    Path(settings.PLURA_SOURCES).write_text("# ours\n[sources]\n")
    settle.settle(place)
    assert Path(settings.PLURA_SOURCES).read_text() == "# ours\n[sources]\n"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_the_people_are_made_once_with_roles_that_count(tmp_path: Path) -> None:
    file = tmp_path / "demo" / "tokens.json"
    people.settle(file)
    first = file.read_text()
    people.settle(file)
    assert file.read_text() == first and stat.S_IMODE(file.stat().st_mode) == 0o600
    names = set(User.objects.exclude(username="system").values_list("username", flat=True))
    assert names == {"manager", "sre", "security", "product", "data", "auditor", "admin"}
    for username, (_, role) in people.NAMES.items():
        person = User.objects.get(username=username)
        assert person.check_password(PASSWORD) and roles.roles_of(person) == {role.value}
    assert ApiToken.objects.count() == len(people.MACHINES)


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_lost_or_revoked_tokens_are_issued_anew(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    people.settle(file)
    token = ApiToken.objects.first()
    assert token is not None
    tokens.revoke(user=token.user, token_id=token.pk)
    people.settle(file)
    assert ApiToken.objects.filter(revoked_at=None).count() == len(people.MACHINES)
