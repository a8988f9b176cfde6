"""The guards of a proposal: made whole before they are signed, and their drivers asked."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from orr.accounts.models import User
from orr.decisions.snapshot import rfc3339
from orr.guards import contracts
from orr.lib import clock
from orr.lib.errors import FieldError, Invalid
from orr.lib.met import Requirement, Unmet
from orr.reviews.models import Review

STAYS = timedelta(hours=24)


def complete(guards: Sequence[Mapping[str, Any]], review: Review, actor: User) -> list[dict[str, Any]]:
    """The guards with owner and expiry: by default who proposes, and a day beyond the last start.

    Raises Invalid, with a pointer to each guard that does not say all it has to.
    """
    now = clock.now()
    last_start = now + timedelta(seconds=review.rules.policy.valid_for)
    usual = {"owner": actor.username, "expires_at": rfc3339(last_start + STAYS)}
    whole = [usual | {key: value for key, value in guard.items() if value is not None} for guard in guards]
    stands = [contracts.stands(guard, now) for guard in whole]
    errors = [
        FieldError(f"/guards/{place}", stand.reason)
        for place, stand in enumerate(stands)
        if isinstance(stand, Unmet)
    ]
    if errors:
        raise Invalid(errors)
    return whole


def asked(guards: Sequence[Mapping[str, Any]]) -> list[Requirement | None]:
    """Whether each guard's driver answered; None for one that we hold ourselves and nobody has to answer."""
    return [None if contracts.is_ours(guard) else contracts.answers(guard) for guard in guards]
