"""The switches by which the plant is made slow or broken, and healed."""

from collections.abc import Callable
from dataclasses import dataclass

from orr.demo.plant.book import Book


@dataclass(frozen=True)
class Fault:
    """One switch: its name, what it is called, and what a person will see."""

    name: str
    title: str
    effect: str


FAULTS = (
    Fault("search_slow", "Search is slow", "every search takes 0.95 s longer: search p95 over 800 ms"),
    Fault("ingest_slow", "Incidents come late", "events wait 18 s before they become incidents"),
    Fault("notify_slow", "Notices come late", "notices are sent every 12 s only"),
    Fault("probe_failing", "One search in twenty fails", "the synthetic success rate falls under 99.5 %"),
    Fault("transfers", "Events leave their region", "cross-border transfers are counted"),
    Fault("policy_failing", "The policy lets everything through", "purpose, region and policy tests fail"),
    Fault("lake_open", "A lake view ignores row-level security", "the reader sees other tenants' rows"),
    Fault("tag_moved", "Someone moved search-api:stable", "the tag reads what nobody reviewed"),
    Fault("flags_lost", "The flag store has lost a flag", "search.cache.force_ttl doesn't answer"),
    Fault("backup_broken", "The journal skips records", "restore rehearsals don't give back what was there"),
    Fault("driver_hangs", "Orders to the flag store hang", "a flag's rollback key gets no answer for 90 s"),
    Fault("load_tripled", "Three times the events arrive", "cost runs over its budget"),
    Fault("metrics_away", "The metrics API is away", "503 for every query"),
)
NAMES = frozenset(fault.name for fault in FAULTS)
Hook = Callable[[bool], None]


class Faults:
    """Which switches are on; `on_change` hooks carry out what is more than a look at the switch."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._on = {name for (name,) in book.rows("SELECT name FROM fault")}
        self._hooks: dict[str, Hook] = {}

    def on_change(self, name: str, hook: Hook) -> None:
        self._hooks[name] = hook

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def turn(self, name: str, on: bool) -> None:
        """Raises KeyError for a switch that isn't there."""
        if name not in NAMES:
            raise KeyError(name)
        if name in self._hooks:
            self._hooks[name](on)
        if on:
            self._on.add(name)
            self._book.write(("INSERT OR IGNORE INTO fault VALUES (?)", (name,)))
        else:
            self._on.discard(name)
            self._book.write(("DELETE FROM fault WHERE name = ?", (name,)))

    def listed(self) -> list[str]:
        return sorted(self._on)
