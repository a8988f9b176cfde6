"""People, roles, links and tokens: what counts, and from when."""

from datetime import timedelta

import pytest

from orr.accounts import links, people, roles, stepup, tokens
from orr.accounts.models import ApiToken, OneTimeLink, Role
from orr.lib import clock
from orr.lib.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, TooMany
from tests.factories.people import PASSWORD, person

pytestmark = pytest.mark.django_db


def test_a_young_grant_is_held_but_does_not_count_for_signing() -> None:
    sre = person("sre", "sre", counts=False)
    assert roles.roles_of(sre) == {"sre"}
    assert roles.roles_of(sre, clock.now()) == frozenset()
    assert roles.roles_of(sre, clock.now() + timedelta(hours=24, seconds=1)) == {"sre"}


def test_a_role_is_granted_once() -> None:
    sre = person("sre", "sre", "sre")
    assert sre.grants.count() == 1


def test_an_inactive_person_holds_no_role_and_fills_no_seat() -> None:
    admin, sre = person("admin", "admin"), person("sre", "sre")
    people.deactivate(user=sre, actor=admin)
    sre.refresh_from_db()
    assert roles.roles_of(sre) == frozenset()
    assert roles.people_with("sre") == []


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(Invalid):
        roles.grant(user=person("x"), role="emperor", actor=people.system())


def test_only_an_administrator_invites() -> None:
    with pytest.raises(NotAllowed):
        people.invite(username="x", name="X", wanted=[], actor=person("sre", "sre"))


def test_nobody_deactivates_themselves() -> None:
    admin = person("admin", "admin")
    with pytest.raises(Conflict):
        people.deactivate(user=admin, actor=admin)


def test_a_link_works_once() -> None:
    admin = person("admin", "admin")
    invited, link = people.invite(username="kim", name="Kim", wanted=["sre"], actor=admin)
    raw = link.rsplit("/", 1)[1]
    assert links.use(raw, password="correct-horse-battery").pk == invited.pk
    with pytest.raises(NotFound):
        links.use(raw, password="correct-horse-battery")


def test_a_weak_password_does_not_use_the_link_up() -> None:
    raw = links.issue(person("kim"), by=people.system()).rsplit("/", 1)[1]
    with pytest.raises(Invalid):
        links.use(raw, password="short")
    assert links.find(raw).used_at is None


def test_a_link_ends_after_its_time() -> None:
    raw = links.issue(person("kim"), by=people.system()).rsplit("/", 1)[1]
    OneTimeLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        links.find(raw)


def test_the_first_administrator_is_made_once() -> None:
    link = links.first_administrator()
    assert link is not None
    again = links.first_administrator()
    assert again is not None and again != link
    links.use(again.rsplit("/", 1)[1], password="correct-horse-battery")
    assert links.first_administrator() is None


def test_a_token_is_kept_as_a_hash_and_found_by_it() -> None:
    sre = person("sre", "sre")
    raw = tokens.issue(user=sre, scopes=["orr:read"], days=1)
    user, token = tokens.authenticate(raw)
    assert user == sre
    assert raw not in {token.sha256, token.prefix, token.name}


@pytest.mark.parametrize("raw", ["", "orr_", "x" * 5000, "\ud800", "orr_ñ"])
def test_a_token_of_nothing_is_refused(raw: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.authenticate(raw)


def test_a_token_ends_with_its_time_its_revocation_and_its_person() -> None:
    admin, sre = person("admin", "admin"), person("sre", "sre")
    expired, revoked, orphaned = (tokens.issue(user=sre, scopes=["orr:read"], days=1) for _ in range(3))
    ApiToken.objects.filter(prefix=expired[:10]).update(
        made_at=clock.now() - timedelta(days=2), expires_at=clock.now() - timedelta(days=1)
    )
    tokens.revoke(user=sre, token_id=tokens.authenticate(revoked)[1].pk)
    assert tokens.authenticate(orphaned)
    people.deactivate(user=sre, actor=admin)
    for raw in (expired, revoked, orphaned):
        with pytest.raises(NotSignedIn):
            tokens.authenticate(raw)


@pytest.mark.parametrize(
    ("scopes", "days"), [([], 1), (["orr:all"], 1), (["orr:read"], 0), (["orr:read"], 367)]
)
def test_a_token_without_scope_or_end_is_refused(scopes: list[str], days: int) -> None:
    with pytest.raises(Invalid):
        tokens.issue(user=person("sre", "sre"), scopes=scopes, days=days)


def test_step_up_takes_the_password_and_locks_after_ten_wrong_ones() -> None:
    sre = person("sre", "sre")
    assert stepup.verify(sre, password=PASSWORD) == "password"
    for _ in range(10):
        with pytest.raises(NotAllowed):
            stepup.verify(sre, password="wrong")
    with pytest.raises(TooMany):
        stepup.verify(sre, password=PASSWORD)


def test_the_system_cannot_sign_in() -> None:
    system = people.system()
    assert not system.has_usable_password()
    assert people.system() == system
    with pytest.raises(NotFound):
        people.find("system")


def test_an_author_is_mapped_to_one_person() -> None:
    admin, kim, lee = person("admin", "admin"), person("kim"), person("lee")
    people.map_author(author_id="gh:kim", user=kim, actor=admin)
    assert people.map_author(author_id="gh:kim", user=lee, actor=admin).user == lee
    assert Role.ADMIN in roles.roles_of(admin)
