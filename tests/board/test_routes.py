"""Every address × verb × kind of person answers as the table says; one without a row fails."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from approvals import deputies
from evidence import actions as evidence
from evidence.actions import Attachment
from orr.accounts import roles, teams, tokens
from orr.accounts.models import ApiToken, Team, User
from orr.api import health
from orr.api.urls import resources
from orr.board.codes import ReviewCode
from orr.board.views import report
from orr.calendar import actions as calendar
from orr.decisions import actions
from orr.guards import contracts
from orr.lib import clock
from orr.lib.met import Met
from tests.board.routes_table import ROLES, TABLE, WHO, Row
from tests.calendar.lines_fixture import line
from tests.factories.change_sets import change_set
from tests.factories.dead_letters import dead_letter
from tests.factories.decisions import green, propose, sign
from tests.factories.people import PASSWORD, person, team
from tests.factories.reviews import review as open_review

pytestmark = pytest.mark.django_db
OTHERS = ("HEAD", "PUT", "PATCH", "DELETE")
BY_THE_API = {"api:openapi", "api:docs", "api:nothing", *(f"api:{one.name}" for one in resources)}


def addresses(found: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the installation with its full name."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, (*spaces, *([one.namespace] if one.namespace else [])))
        else:
            yield ":".join((*spaces, one.name or str(one.pattern))), one


def test_every_address_has_a_row() -> None:
    assert {name for name, _ in addresses()} - BY_THE_API == set(TABLE)


def test_every_address_of_a_review_is_looked_up_at_the_door() -> None:
    """A code has one name and one check before every view."""
    for name, pattern in addresses():
        codes = [key for key, kind in pattern.pattern.converters.items() if isinstance(kind, ReviewCode)]
        if codes:
            assert codes == ["code"], name
            assert getattr(pattern.callback, "signed_in", False), name


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A review of a team with an open proposal, its people, and one of everything an address may name."""
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    monkeypatch.setattr(report, "render", lambda code, language: b"%PDF")
    monkeypatch.setattr(health, "ASKED", {})
    home = team("home", "search")
    people = {role: person(role, role) for role in ROLES}
    for name, where in (("member", home), ("stranger", team("elsewhere"))):
        people[name] = person(name, "sre", team=where)
    person("nobody")
    gone = person("inactive", *ROLES)
    frozen = calendar.enter(line=line("freeze", owner_role="data"), actor=people["release_manager"])
    older = open_review(people["release_manager"])
    ours = open_review(people["release_manager"])
    assert ours.team == home
    green(ours)
    kept = evidence.attest(
        subject=ours.code, item="G6.4", statement="Seen.", actor=person("other", "data"), role="data",
        file=Attachment("seen.txt", b"seen"),
    )  # fmt: skip
    waiting = roles.grant(user=people["sre"], role="product", actor=person("admin2", "admin"))
    signed = sign(propose(ours, people["release_manager"]), people["sre"])
    actions.cancel(code=ours.code, actor=people["release_manager"], reason="Again.")
    proposal = propose(ours, people["release_manager"])
    later = clock.now() + timedelta(days=1)
    deputy = deputies.name(
        actor=people["sre"], deputy=people["data"], role="sre", team=None, starts_at=later,
        ends_at=later + timedelta(days=1), reason="Away.",
    )  # fmt: skip
    tokens.issue(user=people["sre"], scopes=["orr:read"], days=1)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    letter = dead_letter(ours.code)
    return {
        "code": ours.code, "raw": str(kept.raw_sha256), "proposal": proposal.digest, "password": PASSWORD,
        "grant": str(waiting.pk), "token": str(ApiToken.objects.get().pk), "seen": ours.change_set.digest,
        "signature": str(signed.pk), "delegation": str(deputy.pk), "older": older.code,
        "line": str(frozen.pk),
        "event": str(letter.event_id),
    }  # fmt: skip


def client_of(who: str) -> Client:
    """Their browser; the deactivated one was signed in before."""
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    if who != "anonymous":
        client.force_login(User.objects.get(username=who))
    return client


def body_of(row: Row, scene: dict[str, str]) -> dict[str, Any]:
    """What the row's POST sends, with the scene's names in their places."""
    if row.sent.keys() <= {"new", "edit"} and row.sent:
        flat = {key: value for key, value in change_set().items() if isinstance(value, str)}
        item = {"item_kind": "flag", "item_name": "f", "item_to": "on"}
        rest = dict.fromkeys(("from", "from_digest", "to_digest", "key", "desired", "rehearse", "rest"), "")
        filled = {**flat, **item, **{f"item_{name}": "" for name in rest}, "service_ids": "search"}
        return {**filled, "act": "open", "expected_digest": scene["seen"]}
    return {name: one.format(**scene) if isinstance(one, str) else one for name, one in row.sent.items()}


class Undone(Exception):
    """Takes one request back, so that each begins with the same scene."""


def status_of(client: Client, verb: str, row: Row, scene: dict[str, str]) -> int:
    """Really ask, and leave nothing behind, neither here nor in the browser."""
    found, cookies = 0, SimpleCookie(client.cookies.output(header="", sep=";"))
    try:
        with transaction.atomic():
            ask: Callable[..., Any] = getattr(client, verb.lower())
            found = ask(row.path.format(**scene), body_of(row, scene) if verb == "POST" else None).status_code
            raise Undone
    except Undone:
        client.cookies = cookies
    return found


def wrong(who: str, verbs: Sequence[str], scene: dict[str, str]) -> dict[str, str]:
    """Where the answers to this person are others than the table's."""
    client, found = client_of(who), {}
    for name, row in TABLE.items():
        for verb in verbs:
            expected = {"HEAD": row.GET, "GET": row.GET, "POST": row.POST}.get(verb, {}).get(who, 405)
            status = status_of(client, verb, row, scene)
            if status != expected:
                found[f"{verb} {name}"] = f"{status}, not {expected}"
    return found


@pytest.mark.parametrize("who", WHO)
def test_every_row_answers_as_it_says(who: str, scene: dict[str, str]) -> None:
    assert wrong(who, ("GET", "POST"), scene) == {}


@pytest.mark.parametrize("who", ["anonymous", "admin"])
def test_a_verb_without_a_row_is_not_there(who: str, scene: dict[str, str]) -> None:
    assert wrong(who, OTHERS, scene) == {}


def test_a_review_of_another_team_reads_like_one_that_is_not_there(scene: dict[str, str]) -> None:
    client, texts = client_of("stranger"), []
    for code in (scene["code"], "ORR-999999"):
        answer = client.get(f"/orr/{code}")
        text = answer.content.decode().replace(code, "").replace(answer["X-Request-ID"], "")
        texts.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text))
    assert texts[0] == texts[1]


def test_a_poll_of_who_left_the_team_gets_nothing_more(scene: dict[str, str]) -> None:
    """A body that is kept for a person is not given to them once they see the review no more."""
    client, path = client_of("member"), f"/orr/{scene['code']}"
    tag = client.get(path, headers={"HX-Request": "true"})["ETag"]
    same = {"HX-Request": "true", "If-None-Match": tag}
    assert client.get(path, headers=same).status_code == 304
    leaver, admin = User.objects.get(username="member"), User.objects.get(username="admin")
    teams.remove(team=Team.objects.get(slug="home"), user=leaver, actor=admin)
    assert client.get(path, headers=same).status_code == 404
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_no_list_names_a_review_of_another_team(who: str, scene: dict[str, str]) -> None:
    client = client_of(who)
    for path in (
        "/",
        "/?q=model",
        "/approvals",
        "/audit",
        "/settings",
        "/audit/acts",
        "/audit/refusals",
        "/calendar",
    ):
        assert scene["code"] not in client.get(path).content.decode(), path
    assert scene["code"] in client_of("member").get("/").content.decode()
    assert scene["code"] in client_of("member").get("/audit").content.decode()
