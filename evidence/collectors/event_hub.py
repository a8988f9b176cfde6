"""G7.2: a probe event goes out on the approval route, and a consumer of it acknowledges this very one."""

import time
from dataclasses import dataclass

from django.conf import settings

from evidence.contract import Collector, Query, Reading, Unavailable, Unconfigured, Window
from evidence.registry import waiting
from orr.events import hub, relay
from orr.events.models import Outgoing
from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import Sentence, say
from orr.messages import probing
from orr.messages.models import Acknowledgement

# Left over for the answer's own way back from the deadline that the probe names.
SPARE = 1.0
LOOK_EVERY = 0.1


@dataclass(frozen=True)
class ApprovalRoute:
    """Sends a probe through the outbox, the relay and the broker, and waits for its acknowledgement."""

    name: str = "event hub"
    timeout: float = 10.0

    def collect(self, query: Query, window: Window) -> Reading:
        """One reading, of a probe of its own. Raises Unavailable where nobody acknowledged it in time."""
        end = time.monotonic() + self.timeout - SPARE
        probe = probing.ask(self.timeout - SPARE)
        if relay.send(probe) in (relay.Outcome.AWAY, relay.Outcome.REFUSED):
            raise Unavailable(_why_not(probe, self.timeout), query=_asked(probe))
        probing.listen()
        while (found := probing.answer(probe)) is None:
            if time.monotonic() >= end:
                raise Unavailable(_why_not(probe, self.timeout), query=_asked(probe))
            time.sleep(LOOK_EVERY)
        return self._reading(probe, found)

    def _reading(self, probe: Outgoing, found: Acknowledgement) -> Reading:
        seconds = (found.at - probe.recorded_at).total_seconds()
        answer = {
            "probe": str(probe.event_id), "sent": probe.envelope["time"], "consumer": found.consumer,
            "acknowledged_at": found.at.isoformat(), "seconds": round(seconds, 3),
        }  # fmt: skip
        return Reading(
            value=None,
            passed=True,
            raw=canonical_bytes(answer),
            query=_asked(probe),
            source=found.consumer,
            measured_at=found.at,
            text=f"{seconds:.1f} s",
            samples=1,
            url=f"{settings.PUBLIC_URL}/audit/events",
            detail=say("Acknowledged by %(consumer)s.", consumer=found.consumer),
        )


def _asked(probe: Outgoing) -> str:
    return f"{probe.type} {probe.event_id}"


def _why_not(probe: Outgoing, seconds: float) -> Sentence:
    probe.refresh_from_db()
    if probe.sent_at is None:
        return probe.why or say("The probe was not sent in time.")
    return say(
        "%(consumer)s did not acknowledge the probe within %(n)s seconds.",
        consumer=probing.consumer(), n=round(seconds),
    )  # fmt: skip


def factory() -> Collector:
    """The collector. Raises Unconfigured where there is no broker."""
    if not hub.configured():
        raise Unconfigured(waiting("G7.2"))
    return ApprovalRoute()
