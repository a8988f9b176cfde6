"""Velero's restores (pure): the newest one says whether the backup came back.

https://velero.io/docs/main/api-types/restore/ and its `RestorePhase`.
"""

from collections.abc import Sequence
from dataclasses import replace

from evidence.collectors.kubernetes_list import NotListed, Object, Rehearsed, made, moment, name
from orr.lib.sentence import say

KIND = "Restore"
RUNNING = frozenset(
    {
        "New",
        "InProgress",
        "WaitingForPluginOperations",
        "WaitingForPluginOperationsPartiallyFailed",
        "Finalizing",
        "FinalizingPartiallyFailed",
    }
)
FAILED = frozenset({"FailedValidation", "PartiallyFailed", "Failed"})
COMPLETED = "Completed"


def newest(found: Sequence[Object]) -> Rehearsed:
    """What became of the newest restore; a completed one with errors failed, one with warnings is pending.

    Raises NotListed.
    """
    try:
        one = max(found, key=made)
        status = one.get("status") or {}
        # One that Velero has not looked at yet has no phase.
        phase = status.get("phase") or "New"
        words: dict[str, str | int] = {"name": name(one), "phase": str(phase)[:60]}
        if phase in RUNNING:
            said = say("The restore %(name)s is not finished: %(phase)s.", **words)
            return Rehearsed("pending", made(one), said, len(found))
        if phase not in FAILED and phase != COMPLETED:
            raise NotListed(say("The restore %(name)s is in a phase that is not known: %(phase)s.", **words))
        errors, warnings = _count(status.get("errors", 0)), _count(status.get("warnings", 0))
        words |= {"errors": errors, "warnings": warnings}
        said = say("The restore %(name)s: %(phase)s, %(errors)s errors, %(warnings)s warnings.", **words)
        if phase in FAILED or errors:
            return Rehearsed("failed", made(one), said, len(found))
        return _whole(status, Rehearsed("passed", moment(status["completionTimestamp"]), said, len(found)))
    except (KeyError, TypeError, AttributeError) as error:
        raise NotListed(say("A restore in the answer is of another form than Velero's.")) from error


def _whole(status: Object, done: Rehearsed) -> Rehearsed:
    """The completed restore; pending where it brought nothing back, or may have left out what was there.

    A restore over what is there already completes without an error and warns of each object it skipped.
    """
    progress = status.get("progress") or {}
    if not _count(progress.get("itemsRestored", 0)):
        why = say("%(said)s It says of no item that it was restored.", said=done.said)
        return replace(done, state="pending", said=why)
    if _count(status.get("warnings", 0)):
        why = say(
            "%(said)s What it warns of may not have been restored: look, and restore anew.", said=done.said
        )
        return replace(done, state="pending", said=why)
    return done


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError("a count is a whole number")
    return value
