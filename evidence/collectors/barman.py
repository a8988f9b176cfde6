"""`barman check` and `barman show-backup SERVER latest`, each with `--format json` (pure): the newest backup.

As Barman 3.4 prints them (docs.pgbarman.org, barman(1), "check" and "show-backup").
"""

from collections.abc import Mapping
from typing import Any

from evidence.collectors.backup import Backup, NotTold, moment, none, reaches
from orr.lib.sentence import Sentence, say

DONE = "DONE"
OK, FAILED = "OK", "FAILED"


def newest(checked: Any, shown: Any, server: str) -> Backup:
    """The server's newest backup. Raises NotTold where the two answers tell nothing of the server."""
    checks, backup = _of(checked, server), _of(shown, server)
    try:
        failed = _failed(checks)
        label, status = str(backup["backup_id"])[:100], backup["status"]
        if status != DONE:
            words = {"label": label, "status": str(status)[:60]}
            return none(say("The newest backup, %(label)s, is %(status)s.", **words))
        base, wal = backup["base_backup_information"], backup["wal_information"]
        wrong = failed
        if not wrong and not reaches(base["begin_wal"], base["end_wal"], wal["last_available"]):
            wrong = say(
                "The archive holds no WAL that reaches from the newest backup, %(label)s.", label=label
            )
        return Backup(label, moment(base["end_time_timestamp"]), wrong, 1)
    except (KeyError, TypeError, AttributeError) as error:
        raise NotTold(say("The answer is of another form than Barman's.")) from error


def _of(told: Any, server: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise NotTold(say("The answer is of another form than Barman's."))
    found = told.get(server)
    if not isinstance(found, dict) or not found:
        raise NotTold(say("The answer tells nothing of the server %(server)s.", server=server))
    return found


def _failed(checks: Mapping[str, Any]) -> Sentence | None:
    """The checks that failed, by name. Raises NotTold for one that is neither well nor failed."""
    states = {name: check["status"] for name, check in checks.items()}
    if not set(states.values()) <= {OK, FAILED}:
        raise NotTold(say("The answer is of another form than Barman's."))
    failed = sorted(name for name, state in states.items() if state == FAILED)
    return say("Checks of Barman failed: %(names)s.", names=", ".join(failed)[:300]) if failed else None
