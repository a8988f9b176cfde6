"""Who can unblock a review now: for each obstacle the names of the people who could (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from orr.accounts.models import Role

Facts = Mapping[str, Any]
Step = dict[str, Any]
WAITING = frozenset({"pending", "stale", "error"})
UNDECIDED = frozenset({"checking", "void", "expired", "proposed"})


def unblock(facts: Facts, unmapped: Sequence[str], holders: Mapping[str, Sequence[str]]) -> list[Step]:
    """`[{"what", "who"}]`, the first to be done first; `holders` names the people of each role."""
    if facts["state"] not in UNDECIDED or facts["decision"]:
        return []
    leads = sorted({facts["requester"]["name"], *holders.get(Role.RELEASE_MANAGER, ())})
    found = [*_authors(unmapped, holders), *_checks(facts, leads, holders)]
    return [*found, *_seats(facts, holders)]


def _authors(unmapped: Sequence[str], holders: Mapping[str, Sequence[str]]) -> Iterator[Step]:
    for author in unmapped:
        what = _("Match the author %(author)s to a person") % {"author": author}
        yield {"what": what, "who": list(holders.get(Role.ADMIN, ()))}


def _checks(facts: Facts, leads: list[str], holders: Mapping[str, Sequence[str]]) -> Iterator[Step]:
    items = [item for gate in facts["gates"] for item in gate["items"]]
    red = [item["code"] for item in items if item["verdict"] == "red"]
    if red:
        yield {"what": _("Record No-Go, or mend %(items)s") % {"items": ", ".join(red)}, "who": leads}
    stated: dict[str, list[str]] = {}
    measured = []
    for item in items:
        if item["verdict"] in WAITING and item["attest_role"]:
            stated.setdefault(item["attest_role"], []).append(item["code"])
        elif item["verdict"] in WAITING:
            measured.append(item["code"])
    for role, codes in stated.items():
        yield {"what": _("State %(item)s") % {"item": ", ".join(codes)}, "who": list(holders.get(role, ()))}
    if measured and not facts["progress"]["running"]:
        yield {"what": _("Ask again: %(items)s") % {"items": ", ".join(measured)}, "who": leads}


def _seats(facts: Facts, holders: Mapping[str, Sequence[str]]) -> Iterator[Step]:
    slots = facts["approval"]["slots"] if facts["approval"] else facts["seats"]
    for seat in slots:
        if seat.get("person"):
            continue
        if not seat["available"]:
            what = _("Give somebody the role %(role)s: nobody can sign in it now") % {"role": seat["title"]}
            yield {"what": what, "who": list(holders.get(Role.ADMIN, ()))}
        elif facts["approval"]:
            yield {"what": _("Sign as %(role)s") % {"role": seat["title"]}, "who": list(seat["available"])}
