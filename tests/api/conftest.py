"""People with tokens, and a client that speaks as they would."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orr.accounts import tokens
from orr.accounts.models import User
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.people import person
from tests.factories.reviews import review as opened

ALL = ("orr:read", "orr:write", "orr:decide", "orr:evidence", "orr:exit")


class Api:
    """One person's calls: JSON in, answer out; a fault is an answer 500, as it would be for a caller."""

    def __init__(self, token: str | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        """GET with query parameters."""
        return self.client.get(f"/v1/{path}", query or {}, headers={**self.headers, **headers})

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """POST of a JSON body, or of text as it is."""
        return self.send("POST", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Any verb; headers with `_` for `-`."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method,
            f"/v1/{path}",
            body if isinstance(body, str | bytes) else _json(body),
            content_type=said.pop("Content-Type", "application/json"),
            headers={**self.headers, **said},
        )


def unrehearsed(**changed: Any) -> dict[str, Any]:
    """A change set that nothing can rehearse: for tests that really commit, and have no plant to drive."""
    made = change_set(**changed)
    for item in made["items"]:
        del item["rollback_key"]["rehearse"]
    return made


def _json(body: Any) -> str:
    return "" if body is None else json.dumps(body)


def api_of(user: User, *scopes: str) -> Api:
    """The person's calls with a token of these scopes, all five unless said."""
    return Api(tokens.issue(user=user, scopes=scopes or ALL, days=1))


@pytest.fixture
def manager(db: None) -> User:
    """A release manager."""
    return person("manager", "release_manager")


@pytest.fixture
def api(manager: User) -> Api:
    """The release manager's calls, with every scope."""
    return api_of(manager)


@pytest.fixture
def speaks(db: None) -> Callable[..., Api]:
    """Makes a person of these roles, and their calls: `speaks("security", scopes=("orr:read",))`."""

    def make(*roles: str, scopes: tuple[str, ...] = ALL) -> Api:
        return api_of(person("_".join(roles) or "nobody", *roles), *scopes)

    return make


@pytest.fixture
def review(manager: User) -> Review:
    """An open review of the release manager's."""
    return opened(manager)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of a refusal; fails unless it is one, complete, of that status."""
    assert answer.status_code == status, (answer.status_code, answer.content[:500])
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    assert body["title"] and body["detail"]
    return body
