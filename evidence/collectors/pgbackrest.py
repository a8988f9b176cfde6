"""`pgbackrest info --output=json` (pure): one stanza's newest backup; as pgBackRest 2.45 prints it.

https://pgbackrest.org/command.html#command-info, "JSON output".
"""

from collections.abc import Mapping
from typing import Any

from evidence.collectors.backup import Backup, NotTold, moment, none, reaches
from orr.lib.sentence import Sentence, say

OK, NO_BACKUP = 0, 2
# Known to be wrong: no valid backup, repositories that differ, another cluster than the stanza's. All other
# codes say that pgBackRest itself could not tell.
BAD = frozenset({NO_BACKUP, 4, 5})


def newest(told: Any, stanza: str) -> Backup:
    """The stanza's newest backup, by when it ended. Raises NotTold where nothing is told of the stanza."""
    found = _of(told, stanza)
    try:
        code, message = found["status"]["code"], str(found["status"]["message"])[:200]
        words: dict[str, str] = {"stanza": stanza, "why": message}
        if code in BAD:
            return none(say("pgBackRest says of the stanza %(stanza)s: %(why)s.", **words))
        if type(code) is not int or code != OK:
            raise NotTold(say("pgBackRest cannot tell of the stanza %(stanza)s: %(why)s.", **words))
        last = max(found["backup"], key=lambda backup: moment(backup["timestamp"]["stop"]))
        ended = moment(last["timestamp"]["stop"])
        return Backup(str(last["label"])[:100], ended, _wrong(last, found["archive"]), len(found["backup"]))
    except NotTold:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotTold(say("The answer is of another form than pgBackRest's.")) from error


def _of(told: Any, stanza: str) -> Mapping[str, Any]:
    if not isinstance(told, list):
        raise NotTold(say("The answer is of another form than pgBackRest's."))
    ours = [one for one in told if isinstance(one, dict) and one.get("name") == stanza]
    if len(ours) != 1:
        raise NotTold(say("The answer tells nothing of the stanza %(stanza)s.", stanza=stanza))
    return ours[0]


def _wrong(last: Mapping[str, Any], archives: list[Mapping[str, Any]]) -> Sentence | None:
    """What keeps the backup from being restored to a point in time after it."""
    label = str(last["label"])[:100]
    if last["error"] is not False:
        return say("The newest backup, %(label)s, holds pages with wrong checksums.", label=label)
    wal = last["archive"]
    ends = [one["max"] for one in archives if one["database"] == last["database"]]
    if not any(reaches(wal["start"], wal["stop"], end) for end in ends):
        return say("The archive holds no WAL that reaches from the newest backup, %(label)s.", label=label)
    return None
