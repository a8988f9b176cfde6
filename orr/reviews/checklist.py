"""The eight gates and all their items, G1.1 to G8.2, with their titles (pure). Every item is always there."""

from dataclasses import dataclass

from orr.lib.sentence import Sentence, say


@dataclass(frozen=True)
class Item:
    """One item of the checklist."""

    code: str
    title: Sentence

    @property
    def gate(self) -> int:
        """The number of its gate, 1 to 8."""
        return int(self.code[1])


@dataclass(frozen=True)
class Gate:
    """One of the eight gates; they never move."""

    number: int
    title: Sentence


GATES: tuple[Gate, ...] = (
    Gate(1, say("SLO/synthetics")),
    Gate(2, say("Guards/rollback")),
    Gate(3, say("Security/sovereignty")),
    Gate(4, say("Data/schema")),
    Gate(5, say("Cost/quota")),
    Gate(6, say("DR/backup")),
    Gate(7, say("Docs/communication")),
    Gate(8, say("Transparency/audit")),
)

ITEMS: dict[str, Item] = {
    item.code: item
    for item in (
        Item("G1.1", say("Ingest→incident p95")),
        Item("G1.2", say("Search p95")),
        Item("G1.3", say("Notify p95")),
        Item("G1.4", say("Synthetic success")),
        Item("G2.1", say("Rollback keys registered")),
        Item("G2.2", say("Rollback rehearsal")),
        Item("G2.3", say("Stable tag, allowed digests")),
        Item("G3.1", say("Purpose and region enforced")),
        Item("G3.2", say("Cross-region transfers")),
        Item("G3.3", say("Policy tests")),
        Item("G4.1", say("OCSF and Sigma valid")),
        Item("G4.2", say("Migration stage and backfill plan")),
        Item("G4.3", say("Row-level security of lake views")),
        Item("G4.4", say("Replay of recorded traffic")),
        Item("G5.1", say("Forecast overage")),
        Item("G5.2", say("Mitigation (throttle, cache, flag)")),
        Item("G6.1", say("Point-in-time recovery")),
        Item("G6.2", say("Snapshot rehearsal")),
        Item("G6.3", say("Rehydration rehearsal")),
        Item("G6.4", say("Legal-hold impact reviewed")),
        Item("G7.1", say("Status and announcement templates")),
        Item("G7.2", say("Approval routing")),
        Item("G7.3", say("Change calendar")),
        Item("G7.4", say("Runbooks and continuity plans")),
        Item("G8.1", say("Inclusion proof of the first entry")),
        Item("G8.2", say("Can be sealed")),
    )
}
