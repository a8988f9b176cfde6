"""A review belongs to the team that owns its services, and is not there for anybody else."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence import actions as evidence
from orr.accounts import membership, teams
from orr.accounts.models import DEFAULT_TEAM, Team, User
from orr.decisions import actions as decisions
from orr.exits import actions as exits
from orr.lib.errors import Hidden, NotAllowed, NotFound
from orr.reviews import actions as reviews
from orr.reviews import acts, sight
from orr.reviews.models import Review
from orr.rollouts import actions as rollouts
from tests.factories.change_sets import change_set
from tests.factories.people import person, team
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db
HOME = Path(__file__).resolve().parents[2]


@pytest.fixture
def home() -> Team:
    """The team that owns `search`."""
    return team("home", "search")


@pytest.fixture
def one(home: Team) -> Review:
    """Its review."""
    return review()


@pytest.fixture
def stranger(home: Team) -> User:
    """Somebody with every signing role, in another team."""
    return person("stranger", "release_manager", "sre", "security", "product", "data", team=team("elsewhere"))


def test_the_team_follows_from_the_services_alone(home: Team) -> None:
    assert review(service_ids=["search"]).team == home
    assert review(service_ids=["search", "nobodys"]).team_id == DEFAULT_TEAM
    assert review(service_ids=[]).team_id == DEFAULT_TEAM


def test_an_edit_moves_the_review_to_the_team_of_its_new_services(one: Review, home: Team) -> None:
    away = team("away", "billing")
    body = change_set(service_ids=["billing"])
    digest = one.change_set.digest
    moved = reviews.edit_change_set(
        code=one.code, change_set=body, expected_digest=digest, actor=one.requester
    )
    assert (one.team, moved.team) == (home, away)


def test_nobody_moves_a_review_into_a_team_in_which_they_open_none(home: Team) -> None:
    team("away", "billing")
    member = person("member", "release_manager", team=home)
    mine = review(member)
    with pytest.raises(NotAllowed):
        reviews.edit_change_set(
            code=mine.code,
            change_set=change_set(service_ids=["billing"]),
            expected_digest=mine.change_set.digest,
            actor=member,
        )
    assert acts.find(mine.code).team == home


@pytest.mark.parametrize("role", ["release_manager", "sre", "data"])
def test_who_opens_holds_the_role_in_that_team_or_everywhere(role: str, home: Team) -> None:
    assert review(person("member", role, team=home)).team == home
    assert review(person("anywhere", role)).team == home
    with pytest.raises(NotAllowed):
        review(person("other", role, team=team("elsewhere")))
    with pytest.raises(NotAllowed):
        review(User.objects.get(username="member"), service_ids=["nobodys"])


def test_who_only_reads_opens_none(home: Team) -> None:
    for one in (
        person("auditor", "auditor"),
        person("admin", "admin"),
        person("looks", "auditor", team=home),
    ):
        with pytest.raises(NotAllowed):
            review(one)


def test_seen_by_a_role_everywhere_by_membership_and_by_who_requested_it(one: Review, home: Team) -> None:
    member = person("member")
    for who, sees in (
        (person("auditor", "auditor"), True),
        (person("admin", "admin"), True),
        (one.requester, True),
        (person("in_it", "sre", team=home), True),
        (person("other", "sre", team=team("elsewhere")), False),
        (person("nobody"), False),
        (member, False),
    ):
        assert Review.objects.filter(sight.seen_by(who), pk=one.pk).exists() is sees, who
        assert Review.objects.filter(sight.within(membership.sight(who)), pk=one.pk).exists() is sees, who
    teams.add(team=home, user=member, actor=person("boss", "admin"))
    assert Review.objects.filter(sight.seen_by(member), pk=one.pk).exists()
    User.objects.filter(pk=member.pk).update(is_active=False)
    member.refresh_from_db()
    assert not Review.objects.filter(sight.seen_by(member), pk=one.pk).exists()


ACTS: dict[str, Callable[[str, User], object]] = {
    "edit": lambda code, who: reviews.edit_change_set(
        code=code, change_set=change_set(), expected_digest="sha256:" + "0" * 64, actor=who
    ),
    "collect": lambda code, who: reviews.collect(code=code, actor=who),
    "evidence": lambda code, who: reviews.taking_evidence(code, who),
    "re-review": lambda code, who: reviews.open_review(
        change_set=change_set(service_ids=["away"]), profile=None, actor=who, re_review_of=code
    ),
    "propose": lambda code, who: decisions.propose(
        code=code, decision="go", guards=[], reason="x", actor=who
    ),
    "no-go": lambda code, who: decisions.record_no_go(code=code, reason="x", actor=who),
    "decide": lambda code, who: decisions.decide(
        code=code, decision="no_go", guards=[{}], reason="x", actor=who
    ),
    "sign": lambda code, who: decisions.sign(
        code=code, actor=who, role=None, expected_digest="x", method="password", comment=""
    ),
    "unsign": lambda code, who: decisions.withdraw_signature(code=code, actor=who),
    "reject": lambda code, who: decisions.reject(code=code, actor=who, reason="x"),
    "cancel": lambda code, who: decisions.cancel(code=code, actor=who, reason="x"),
    "start": lambda code, who: rollouts.start(code=code, actor=who),
    "stage": lambda code, who: rollouts.stage(code=code, percent=5, actor=who),
    "finish": lambda code, who: rollouts.finish(code=code, actor=who),
    "close": lambda code, who: rollouts.close(code=code, actor=who),
    "exit": lambda code, who: exits.start(code=code, actor=who, reason="x"),
    "reason": lambda code, who: exits.complete_reason(code=code, actor=who, reason="x"),
}


@pytest.mark.parametrize("act", ACTS)
def test_for_another_team_every_act_finds_no_review(act: str, one: Review, stranger: User) -> None:
    """Cross-team ids (GitLab 10357, 383776 and their kin): the same sentence as for a code of nothing."""
    Team.objects.get(slug="elsewhere").services.create(service_id="away")
    said = []
    for code in (one.code, "ORR-999999"):
        with pytest.raises(NotFound) as refusal:
            ACTS[act](code, stranger)
        said.append(str(refusal.value).replace(code, "ORR"))
        assert isinstance(refusal.value, Hidden) is (code == one.code)
    assert said[0] == said[1]
    assert acts.find(one.code).version == one.version


def test_the_system_finds_every_review(one: Review) -> None:
    from orr.accounts.people import system

    assert acts.lock(one.code, system()).pk == one.pk


def test_evidence_asks_for_the_role_in_the_reviews_team(one: Review, home: Team) -> None:
    elsewhere = person("elsewhere", "data", team=team("elsewhere"))
    with pytest.raises(NotAllowed):
        evidence.attest(subject=one.code, item="G6.4", statement="Looked.", actor=elsewhere, role="data")
    with pytest.raises(NotAllowed):
        evidence.push(subject=one.code, item="G3.3", format="number", actor=elsewhere, value=1.0, passed=True)
    inside = person("inside", "data", team=home)
    assert evidence.attest(subject=one.code, item="G6.4", statement="Looked.", actor=inside, role="data")


def test_what_was_stored_before_teams_were_known_is_everyones(one: Review) -> None:
    from evidence import asked

    stored = asked.facts_as_json(reviews.facts_of(one))
    assert asked.facts(json.loads(json.dumps(stored))).team == one.team_id
    del stored["team"]
    assert asked.facts(stored).team == DEFAULT_TEAM


def acting_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for package in ("reviews", "decisions", "rollouts", "exits"):
        for path in sorted((HOME / "orr" / package).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)} if isinstance(
                    node, ast.FunctionDef) else set()  # fmt: skip
                if isinstance(node, ast.FunctionDef) and {"code", "actor"} <= names:
                    yield f"{path.relative_to(HOME)}:{node.name}", node


def test_whoever_acts_for_a_person_names_them_when_a_review_is_looked_up() -> None:
    """A new act cannot forget it: `lock(code)` and `find(code)` without the actor see every team."""
    blind = []
    for name, node in acting_functions():
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            called = ast.unparse(call.func).rpartition(".")[2]
            first = ast.unparse(call.args[0]) if call.args else ""
            if called in {"lock", "find"} and first == "code" and len(call.args) < 2:
                blind.append(name)
    assert sorted(set(blind) - KNOWN) == []


# Read again under a lock that was taken with the actor.
KNOWN = {"orr/reviews/actions.py:edit_change_set"}
