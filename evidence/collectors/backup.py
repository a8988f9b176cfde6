"""What a backup tool tells of one cluster's newest backup, in one form for all tools (pure)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orr.lib.sentence import Sentence, say


@dataclass(frozen=True)
class Backup:
    """The newest backup: when it ended (None without any), what is wrong with it, of how many it is one."""

    label: str
    ended: datetime | None
    wrong: Sentence | None
    backups: int


class NotTold(ValueError):
    """The answer tells nothing of that cluster; `sentence` says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def none(why: Sentence) -> Backup:
    """That the tool is known to have no usable backup."""
    return Backup("–", None, why, 0)


def moment(seconds: Any) -> datetime:
    """The time of whole seconds since the epoch. Raises NotTold for what is none."""
    try:
        if isinstance(seconds, bool) or not 0 < int(seconds) < 2**40:
            raise ValueError
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise NotTold(say("The newest backup does not say when it ended.")) from error


def reaches(first: Any, last: Any, archived: Any) -> bool:
    """Whether the archive holds WAL up to the end of the backup; names of segments are 24 hex digits."""
    if not all(_is_segment(name) for name in (first, last, archived)):
        return False
    return bool(first <= last <= archived)


def _is_segment(name: Any) -> bool:
    return isinstance(name, str) and len(name) == 24 and all(c in "0123456789ABCDEF" for c in name)
