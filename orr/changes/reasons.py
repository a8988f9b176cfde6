"""Why a change set is reviewed by a profile, in a sentence (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from orr.changes import triggers
from orr.lib.sentence import Sentence, say

MAJOR = "major-release"
PEAK = "peak-freeze"
MOST = 3


def why(name: str, change_set: Mapping[str, Any], names: Sequence[str]) -> Sentence:
    """Why the profile is among `names`, by which the change set is reviewed."""
    items = [item for item in change_set["items"] if triggers.BY_KIND.get(item["kind"]) == name]
    if items:
        told = ", ".join(f"{item['name']} ({item['kind']})" for item in items[:MOST])
        more = len(items) - MOST
        return say("It changes %(items)s and %(n)s more.", items=told, n=more) if more > 0 else say(
            "It changes %(items)s.", items=told
        )  # fmt: skip
    step = next((item for item in change_set["items"] if triggers.major_step(item)), None)
    if name == MAJOR and step is not None:
        return say(
            "The first number of the version of %(item)s moves: %(before)s → %(after)s.",
            item=step["name"], before=step["from"]["version"], after=step["to"]["version"],
        )  # fmt: skip
    if name == triggers.STANDARD and list(names) == [name]:
        return say("No other profile fits, so that every gate counts.")
    if name in (MAJOR, PEAK) and name != names[0]:
        return _AROUND[name]
    return say("It was asked for by name; what the change set asks for by itself joins it.")


_AROUND = {
    MAJOR: say("Its steps since what was last reviewed add up to a major one."),
    PEAK: say("A peak or a freeze lies in or around its planned time."),
}
