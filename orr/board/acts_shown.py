"""The record of acts on people as a person reads it: who did what to whom, and where it is logged."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.utils.translation import gettext as _

from orr.accounts.membership import Sight
from orr.accounts.models import Act, Team, User
from orr.accounts.roles import role_title
from orr.board.logs import TITLES
from orr.board.words import FACTORS

PAGE = 50
# What an act is about, in the words of its record.
NAMED = ("service", "author_id", "title", "name", "source", "address")
Key = tuple[datetime, int]
Row = dict[str, Any]


def everything(after: Key | None, seen: Sight) -> tuple[list[Row], Key | None]:
    """A page of all acts in sight, the newest first, and the key of the next; None at the end."""
    mine = Q(person=seen.person) | Q(actor=seen.person) | Q(team__in=seen.teams)
    found = Act.objects.filter(Q() if seen.everywhere else mine)
    if after:
        found = found.filter(TupleLessThan(Tuple(F("at"), F("id")), list(after)))
    rows = list(found.order_by("-at", "-id")[: PAGE + 1])
    more = (rows[PAGE - 1].at, rows[PAGE - 1].pk) if len(rows) > PAGE else None
    return _told(rows[:PAGE]), more


def of_person(person: User) -> list[Row]:
    """The latest acts on the person."""
    return _told(Act.objects.filter(person=person).order_by("-at", "-id")[:PAGE])


def of_team(team: Team) -> list[Row]:
    """The latest acts on the team."""
    return _told(Act.objects.filter(team=team).order_by("-at", "-id")[:PAGE])


def _told(acts: Iterable[Act]) -> list[Row]:
    return [_row(act, json.loads(bytes(act.record))) for act in acts]


def _row(act: Act, stated: Mapping[str, Any]) -> Row:
    """Everything shown comes from the bytes that were logged, but for the moment."""
    return {
        "at": act.at,
        "kind": act.kind,
        "title": str(TITLES.get(act.kind, act.kind)),
        "actor": stated["actor"],
        "person": stated["person"],
        "team": stated["team"],
        "about": _about(stated["facts"]),
        "sha256": act.sha256,
    }


def _about(facts: Mapping[str, Any]) -> str:
    """The facts that say more than the title: the role, the factor, the service, the author, the token."""
    words = []
    if facts.get("role"):
        words.append(role_title(facts["role"]))
    if facts.get("factor"):
        words.append(str(FACTORS.get(facts["factor"], facts["factor"])))
    words += [str(facts[name]) for name in NAMED if facts.get(name)]
    if facts.get("former"):
        words.append(_("before: %(name)s") % {"name": facts["former"]})
    if facts.get("scopes"):
        words.append(" ".join(facts["scopes"]))
    return " · ".join(words)
