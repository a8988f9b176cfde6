"""What a rollout would have been refused, had its review not been in shadow: written down, and let pass."""

from django.db import transaction

from orr.accounts.models import User
from orr.lib.errors import Conflict
from orr.lib.sentence import Sentence
from orr.reviews import acts
from orr.tlog import log


@transaction.atomic
def let_pass(*, code: str, refusal: Conflict, actor: User) -> Sentence:
    """The sentence of the refusal, for a review in shadow; the refusal itself is raised for a real one.

    The log then says that this change set was not stopped.
    """
    review = acts.lock(code, actor)
    if not review.shadow:
        raise refusal
    named = {"change_set": review.change_set.digest}
    log.append(kind="rollout.not_stopped", review=code, artefacts=named, actor=str(actor.pk))
    acts.touch(code)
    return refusal.sentence
