"""Reviews follow each other across teams; a person is told the code only of those that they see."""

from typing import Any

import pytest
from django.test import Client

from evidence.models import Evidence
from orr.accounts.models import User
from orr.board.views import report
from orr.decisions import actions
from orr.lib.errors import Conflict
from orr.reports.facts import checklist
from orr.reviews import actions as reviews
from orr.reviews.acts import find
from orr.reviews.models import Review
from tests.api.conftest import api_of
from tests.board.routes_table import TABLE
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, record
from tests.factories.people import person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db
WORDS = "another team&#39;s review"


@pytest.fixture
def across(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A No-Go of one team, its re-review by another with evidence carried over, and who sees what."""
    monkeypatch.setattr(report, "render", lambda code, language: b"%PDF")
    ours, theirs = team("ours", "search"), team("theirs", "billing")
    lead = person("lead", "release_manager")
    former = review(lead, service_ids=["billing"])
    record(former, "G6.1")
    actions.record_no_go(code=former.code, reason="Slow.", actor=lead)
    opened = reviews.open_review(
        change_set=change_set(), profile="standard", actor=lead, re_review_of=former.code
    )
    one = find(opened.code)
    assert (former.team, one.team) == (theirs, ours)
    assert Evidence.objects.filter(subject=one.code, carried_from=former.code).exists()
    member = person("member", "release_manager", "sre", team=ours)
    return {"one": one, "former": former, "lead": lead, "member": member}


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def answers(user: User, one: Review) -> dict[str, str]:
    """Every page and answer of the review that this person can get."""
    client, found = browser(user), {}
    names = {"code": one.code, "older": one.code, "raw": "0" * 64, "signature": "1"}
    for name, row in TABLE.items():
        if row.path.startswith("/orr/{code}") and row.GET:
            answer = client.get(row.path.format(**names))
            found[name] = b"".join(answer).decode(errors="replace")
    found["items"] = client.get(f"/orr/{one.code}/items/G6.1").content.decode()
    found["list"] = client.get("/").content.decode() + client.get("/approvals").content.decode()
    api = api_of(user)
    for route in ("orr/checklist", "orr/decision", "orr/rollout", "orr/exit"):
        found[route] = api.get(route, {"id": one.code}).content.decode()
    found["orr/wait"] = api.get("orr/wait", {"id": one.code, "for": "exit", "seconds": 0}).content.decode()
    sent = {"id": one.code, "decision": "go", "guards": [], "reason": "Mended."}
    found["orr/decide"] = api.post("orr/decide", sent).content.decode()
    return found


def test_no_answer_to_a_member_names_a_review_of_another_team_only(across: dict[str, Any]) -> None:
    one, former = across["one"], across["former"]
    green(one)
    naming = [name for name, text in answers(across["member"], one).items() if former.code in text]
    assert naming == []


def test_the_member_reads_that_there_is_one(across: dict[str, Any]) -> None:
    one = across["one"]
    client = browser(across["member"])
    board = client.get(f"/orr/{one.code}").content.decode()
    assert f"Re-review of</a> {WORDS}" in board or f"Re-review of {WORDS}" in board
    assert f"carried over from {WORDS}" in client.get(f"/orr/{one.code}/items/G6.1").content.decode()
    told = api_of(across["member"]).get("orr/checklist", {"id": one.code}).json()
    assert told["re_review_of"] == "another team's review"


def test_who_sees_both_is_told_the_code(across: dict[str, Any]) -> None:
    one, former = across["one"], across["former"]
    assert f'href="/orr/{former.code}"' in browser(across["lead"]).get(f"/orr/{one.code}").content.decode()
    assert checklist(one.code, across["lead"])["re_review_of"] == former.code


def test_what_it_held_stays_with_its_team(across: dict[str, Any]) -> None:
    shown = checklist(across["one"].code, across["member"])["re_review"]
    assert (shown["title"], shown["items"], shown["fields"], shown["hidden"]) == ("", [], [], True)


def test_documents_name_what_every_member_of_the_team_may_see(across: dict[str, Any]) -> None:
    assert checklist(across["one"].code)["re_review_of"] == "another team's review"


def test_the_refusal_says_that_an_analysis_is_missing_and_not_of_which_review(across: dict[str, Any]) -> None:
    one = across["one"]
    green(one)
    with pytest.raises(Conflict) as refused:
        actions.propose(
            code=one.code, decision="go", guards=[], reason="Mended.", actor=across["member"],
        )  # fmt: skip
    said = " ".join([str(refused.value), *map(str, refused.value.reasons)])
    assert across["former"].code not in said and "another team's review" in said
