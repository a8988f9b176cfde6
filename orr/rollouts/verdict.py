"""The verdict of a stage (pure): what speaks against going on. Without statistics it is never `pass`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orr.lib.sentence import Sentence, say

NOT_ANALYSED = say("Not analysed: there are no canary statistics yet. A person decides whether to go on.")


@dataclass(frozen=True)
class Verdict:
    """`hold` with its reasons; `analysed` says whether statistics stand behind it."""

    verdict: str
    analysed: bool
    reasons: tuple[Sentence, ...]

    @property
    def reason(self) -> Sentence:
        """The first reason: what a person has to look at."""
        return self.reasons[0]


def judge(
    *, percent: int, stages: Sequence[int], guards: Sequence[Sentence], valid_until: datetime, now: datetime
) -> Verdict:
    """What holds the rollout here. `guards`: why guards do not hold; `stages`: the profile's percents."""
    reasons = list(guards)
    if now >= valid_until:
        reasons.append(say("The decision has expired during the rollout: it holds, and a person is called."))
    if percent and percent not in stages:
        named = ", ".join(f"{stage} %" for stage in stages)
        reasons.append(
            say("%(percent)s %% is no stage of the profile (%(stages)s).", percent=percent, stages=named)
        )
    return Verdict("hold", False, (*reasons, NOT_ANALYSED))
