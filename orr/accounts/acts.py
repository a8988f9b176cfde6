"""The record of acts on people: written with the act, hashed into the transparency log, kept readable."""

from datetime import datetime
from typing import Any
from uuid import UUID

from orr.accounts.models import Act, Team, User
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.tlog import log

# The stream of the log in which they stand; no review can have this name.
STREAM = "ACCOUNTS"


def record(
    kind: str, *, actor: User, person: User | None = None, team: Team | None = None, **facts: Any
) -> Act:
    """Write an act on a person or a team down, in the caller's transaction: both are kept, or neither.

    `kind`: `subject.verb_past`, as in the log. `facts`: what else is to be readable later, never a secret;
    texts, numbers, moments, ids, and lists of them. Raises TransactionManagementError outside a transaction.
    """
    at = clock.now()
    stated = {
        "v": 1,
        "kind": kind,
        "at": at.isoformat(),
        "actor": _named(actor),
        "person": _named(person) if person else None,
        "team": {"id": str(team.pk), "slug": team.slug, "name": team.name} if team else None,
        "facts": {name: _plain(value) for name, value in facts.items()},
    }
    data = canonical_bytes(stated)
    sha256 = sha256_hex(data)
    log.append(kind=kind, review=STREAM, artefacts={"record": sha256}, actor=str(actor.pk))
    return Act.objects.create(
        kind=kind, at=at, actor=actor, person=person, team=team, record=data, sha256=sha256
    )


def _named(user: User) -> dict[str, str]:
    return {"id": str(user.pk), "username": user.username, "name": user.name}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value
