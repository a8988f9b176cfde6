"""Route × role × verb: who gets how far. A new route or verb without a row here fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern

from orr.accounts.models import User
from orr.api import urls
from orr.reports import pdf
from orr.reviews.models import Review
from tests.api.conftest import Api, api_of, problem
from tests.factories.change_sets import change_set
from tests.factories.people import give, person, team
from tests.factories.reviews import review as opened

pytestmark = pytest.mark.django_db

READ, WRITE, DECIDE, EVIDENCE, EXIT = "orr:read", "orr:write", "orr:decide", "orr:evidence", "orr:exit"
SCOPES = (READ, WRITE, DECIDE, EVIDENCE, EXIT)
READERS = frozenset({READ, WRITE, DECIDE, EXIT})

# Route and verb → the scopes of which any one is enough, and whether a role that only looks is enough.
TABLE: dict[tuple[str, str], tuple[frozenset[str], bool]] = {
    ("orr", "GET"): (READERS, True),
    ("orr/start", "POST"): (frozenset({WRITE}), False),
    ("orr/checklist", "GET"): (READERS, True),
    ("orr/decide", "POST"): (frozenset({DECIDE}), False),
    ("orr/decision", "GET"): (READERS, True),
    ("orr/rollout", "POST"): (frozenset({WRITE}), False),
    ("orr/change_set", "PUT"): (frozenset({WRITE}), False),
    ("orr/exit", "POST"): (frozenset({EXIT}), False),
    ("orr/exit", "GET"): (READERS, True),
    ("orr/evidence", "POST"): (frozenset({EVIDENCE}), False),
    ("orr/collect", "POST"): (frozenset({WRITE}), False),
    ("orr/files", "POST"): (frozenset({WRITE}), False),
    ("orr/report", "GET"): (READERS, True),
    ("orr/wait", "GET"): (READERS, True),
}
OPEN = {"openapi.json": 200, "docs": 200}
ACTING = ("release_manager", "sre", "security", "product", "data")
LOOKING = ("auditor", "admin")
ROWS = sorted((route, verb) for route, verb in TABLE)


def offered() -> Iterator[tuple[str, str]]:
    """Every route and verb that the API really offers."""
    for pattern in urls.resources:
        assert isinstance(pattern, URLPattern)
        for verb in pattern.callback.cls.http_method_names:  # type: ignore[attr-defined]
            if hasattr(pattern.callback.cls, verb) and verb != "options":  # type: ignore[attr-defined]
                yield str(pattern.pattern).removeprefix("v1/"), verb.upper()


def ask(api: Api, route: str, verb: str, code: str = "ORR-0001") -> Any:
    """A call that is refused, if at all, for who asks."""
    query = (
        ""
        if verb != "GET" or route == "orr"
        else f"?id={code}" + ("&for=decision&seconds=0" if route == "orr/wait" else "")
    )
    return api.send(verb, route + query, None if verb == "GET" else {})


def test_every_route_and_verb_has_a_row() -> None:
    assert set(offered()) == set(TABLE)
    others = {str(one.pattern) for one in urls.urlpatterns if one not in urls.resources}
    assert others == {
        *(f"v1/{route}" for route in OPEN),
        "v1/hooks/<str:name>",
        "^v1/",
        "metrics",
        "healthz",
        "readyz",
    }


def test_nothing_in_the_api_signs() -> None:
    assert not [
        str(one.pattern)
        for one in urls.urlpatterns
        if "sign" in str(one.pattern) or "approve" in str(one.pattern)
    ]


def answers(api: Api, code: str) -> dict[tuple[str, str], int]:
    """The status of every row, asked with a body that writes nothing."""
    return {row: ask(api, *row, code).status_code for row in ROWS}


@pytest.fixture(autouse=True)
def quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may have the report is asked here, not how it is set."""
    monkeypatch.setattr(pdf, "render", lambda code, lang: b"%PDF")


def test_without_a_token_everything_is_401() -> None:
    for route, verb in ROWS:
        problem(ask(Api(None), route, verb), 401)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_opens_its_own_routes_and_no_other(manager: User, review: Review, scope: str) -> None:
    found = answers(api_of(manager, scope), review.code)
    assert {row for row, status in found.items() if status == 403} == {
        row for row in ROWS if scope not in TABLE[row][0]
    }
    assert max(found.values()) < 500


@pytest.mark.parametrize("role", [*ACTING, *LOOKING])
def test_a_scope_never_gives_more_than_the_role(review: Review, role: str) -> None:
    found = answers(api_of(person(f"the_{role}", role)), review.code)
    refused = set() if role in ACTING else {row for row in ROWS if not TABLE[row][1]}
    assert {row for row, status in found.items() if status == 403} == refused
    assert max(found.values()) < 500


def test_a_person_without_a_role_gets_nothing(review: Review) -> None:
    assert set(answers(api_of(person("nobody")), review.code).values()) == {403}


def test_deactivating_a_person_ends_their_tokens_at_once(manager: User, review: Review) -> None:
    api = api_of(manager)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert set(answers(api, review.code).values()) == {401}


# What each row sends to name the review of another team; rows that name none stand in `OF_NO_REVIEW`.
OF_NO_REVIEW = {("orr", "GET"): 200, ("orr/files", "POST"): 415}


def naming(api: Api, route: str, verb: str, code: str) -> Any:
    """A call that names the review, and would be refused for its body otherwise."""
    if verb == "GET":
        return ask(api, route, verb, code)
    if route == "orr/start":
        return api.send(verb, route, {"change_set": change_set(), "re_review_of": code})
    return api.send(verb, route, {"id": code})


def test_a_person_of_another_team_finds_no_review_by_any_route(manager: User) -> None:
    """Cross-team ids: every route that names a review answers as for a code of nothing."""
    team("home", "search")
    code = opened(manager).code
    stranger = api_of(person("stranger", *ACTING, team=team("elsewhere")))
    for route, verb in ROWS:
        if (route, verb) in OF_NO_REVIEW:
            assert ask(stranger, route, verb).status_code == OF_NO_REVIEW[route, verb], (route, verb)
            continue
        said = [problem(naming(stranger, route, verb, one), 404) for one in (code, "ORR-999999")]
        assert said[0]["detail"].replace(code, "") == said[1]["detail"].replace("ORR-999999", ""), route
    assert stranger.get("orr").json() == {"reviews": [], "next": None}


def test_a_member_of_the_team_finds_its_reviews_and_no_others(manager: User) -> None:
    home = team("home", "search")
    ours, others = opened(manager).code, opened(manager, service_ids=["billing"]).code
    member = api_of(person("member", "sre", team=home))
    assert [row["id"] for row in member.get("orr").json()["reviews"]] == [ours]
    assert member.get("orr/checklist", {"id": ours}).status_code == 200
    problem(member.get("orr/checklist", {"id": others}), 404)


def test_a_scope_is_no_right_in_a_team(manager: User) -> None:
    home = team("home", "search")
    code = opened(manager).code
    looking = api_of(person("looking", "auditor", team=home))
    problem(looking.post("orr/collect", {"id": code}), 403)
    elsewhere = person("two", "auditor", team=home)
    give(elsewhere, "sre", team=team("elsewhere"))
    problem(api_of(elsewhere).post("orr/collect", {"id": code}), 403)


@pytest.mark.parametrize(("route", "status"), OPEN.items())
def test_the_description_is_open(route: str, status: int) -> None:
    assert Api(None).get(route).status_code == status
