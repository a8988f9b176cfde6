"""G7.1: the announcement and the status message render in both languages with this review's facts."""

import json
from dataclasses import dataclass

from evidence.contract import Collector, Query, Reading, Window
from orr.messages.catalogue import LANGUAGES
from orr.messages.render import Message, NotReady, render

ASKED = ("announcement", "status")


@dataclass(frozen=True)
class Templates:
    """Renders what would be sent; a placeholder, a missing fact or section makes it red."""

    name: str = "messages"
    timeout: float = 10.0

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many messages are ready."""
        facts = query.facts
        ready: list[Message] = []
        wrong: list[NotReady] = []
        for name in ASKED:
            for language in LANGUAGES:
                try:
                    ready.append(render(name, language, facts.change_set, facts.subject))
                except NotReady as error:
                    wrong.append(error)
        total = len(ASKED) * len(LANGUAGES)
        return Reading(
            value=float(len(ready)),
            passed=not wrong,
            text=f"{len(ready)} / {total}",
            samples=total,
            raw=json.dumps([vars(message) for message in ready], ensure_ascii=False).encode(),
            query=", ".join(f"{name}.{language}" for name in ASKED for language in LANGUAGES),
            source=self.name,
            measured_at=window.end,
            measured_on="candidate",
            detail=wrong[0].sentence if wrong else None,
        )


def factory() -> Collector:
    """The collector; it has nothing to configure."""
    return Templates()
