"""The seat in which a person is about to sign, and what their passkey is asked for it."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from approvals import proving
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.accounts.stepup import Ways
from orr.decisions import actions, eligibility, endings
from orr.lib import clock
from orr.lib.errors import Conflict, NotAllowed, NotFound
from orr.lib.met import require
from orr.lib.sentence import say
from orr.reviews.acts import find

Facts = dict[str, Any]


def seat(f: Facts, v: Facts, wanted: str, role: str = "") -> Facts:
    """The seat to sign in: for the principal `wanted` in that role, else the first; `others` are the rest."""
    seats = v.get("seats") or [_by_role(f, v)]
    asked = [one for one in seats if one["for"] and one["for"]["id"] == wanted]
    chosen = next((one for one in asked if role in one["roles"]), (asked or seats)[0])
    title = " / ".join(chosen["titles"]) if chosen["titles"] else _("none of the seats")
    return {**chosen, "title": title, "others": [one for one in seats if one is not chosen]}


def _by_role(f: Facts, v: Facts) -> Facts:
    """Where no seat is open to the person: what of the quorum their roles would be."""
    slots = [slot["role"] for slot in (f["approval"] or {"slots": []})["slots"]]
    mine = [role for role in dict.fromkeys(slots) if role in v["roles"]][:1]
    return {"for": None, "roles": mine, "titles": [role_title(role) for role in mine]}


def signer(chosen: Facts, user: Any, ways: Ways) -> Facts:
    """What the oath says of the signer."""
    return {
        "name": str(user),
        "role": chosen["title"],
        "principal": chosen["for"]["name"] if chosen["for"] else "",
        "weak": ways.password,
        "strong": ways.passkey,
    }


def principal(wanted: str) -> User | None:
    """The person for whom a deputy signs; None for oneself. Raises NotFound."""
    if not wanted:
        return None
    try:
        found = User.objects.filter(pk=UUID(wanted)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(say("There is no such person."))
    return found


def ask(*, code: str, person: User, session: str, digest: str, wanted: str, role: str = "") -> dict[str, Any]:
    """The question for the person's passkey: this proposal, in the seats open to them for that principal.

    Raises Conflict for another proposal than the one shown, NotAllowed where there is no seat or no passkey.
    """
    if not digest:
        raise Conflict(say("The digest you were shown is missing; nothing is signed unseen."))
    actions.require_shown(code=code, actor=person, expected_digest=digest)
    review = find(code, person)
    proposal = endings.need(review)
    found, allowed = eligibility.seats_of(review, proposal, person, clock.now())
    require(allowed)
    whom = principal(wanted)
    slots = proposal.request.slots
    roles = {slots[slot] for one in found if one.principal == whom for slot in one.may}
    roles &= {role} if role else roles
    if not roles:
        raise NotAllowed(say("You do not stand in for that person here."))
    return proving.ask(person=person, session=session, digest=proposal.digest, roles=roles, principal=whom)
