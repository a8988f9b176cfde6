"""G4.1: the Sigma rules and OCSF sample events that a change set brings along are valid."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from evidence.contract import Lacking, Query, Reading, Window
from orr.changes import files
from orr.changes.bounded import Unreadable
from orr.changes.files import Kept, Named
from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import Sentence, joined, say

RULE_KIND = "rule"
RULES = (".yml", ".yaml")
EVENT_KINDS = ("schema", "topic")
EVENTS = (".json", ".jsonl", ".ndjson")


def is_rule(one: Named) -> bool:
    """Whether it is read as Sigma: whatever an item of the kind `rule` brings along."""
    return one.kind == RULE_KIND


def is_event(one: Named) -> bool:
    """Whether it is looked at for OCSF: JSON of a schema or topic, but not what Flyway says."""
    name = one.name.lower()
    said_by_flyway = one.kind == "schema" and files.is_flyway(name)
    return one.kind in EVENT_KINDS and name.endswith(EVENTS) and not said_by_flyway


def brings(change_set: Mapping[str, Any]) -> bool:
    """Whether there is a file to look at; without one, a pushed result or a statement answers."""
    return any(is_rule(one) or is_event(one) for one in files.named(change_set))


@dataclass
class _Read:
    """What was read of the files: who sent them, what they lack, what was found in each."""

    told: dict[Named, Kept] = field(default_factory=dict)
    lacking: list[Sentence] = field(default_factory=list)
    found: dict[Named, list[Sentence]] = field(default_factory=dict)
    samples: int = 0

    @property
    def wrong(self) -> list[Sentence]:
        """Every finding, with its file before it."""
        return [files.of_file(one, what) for one, said in self.found.items() for what in said]


@dataclass(frozen=True)
class ValidContent:
    """Reads the files of the change set, each by its kind of item, within its own time."""

    name: str = "content"
    seconds: float = 5.0
    own_facts: ClassVar[bool] = True

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many files are valid. Raises Lacking with what is not there, Unavailable."""
        until = time.monotonic() + self.seconds
        change_set, read = query.facts.change_set, _Read()
        wanted = files.named(change_set)
        read.lacking += _without_files(change_set)
        _rules([one for one in wanted if is_rule(one)], read, until)
        _events([one for one in wanted if is_event(one)], read, until)
        if not read.wrong and (read.lacking or not read.samples):
            raise Lacking(
                joined(read.lacking or [say("None of the files is a Sigma rule or an OCSF event.")])
            )
        return self._reading(read, window)

    def _reading(self, read: _Read, window: Window) -> Reading:
        valid = sum(not said for said in read.found.values())
        stated = [
            {**kept.as_json(), "findings": [one.as_json() for one in read.found.get(named, ())]}
            for named, kept in read.told.items()
        ]
        return Reading(
            value=float(valid), passed=not read.wrong, text=f"{valid} / {len(read.found)}",
            samples=read.samples, raw=canonical_bytes({"files": stated}),
            query="Sigma: pySigma's core validators; OCSF: the class's JSON schema", source=self.name,
            measured_at=window.end, measured_on="candidate",
            detail=joined(read.wrong) if read.wrong else None,
        )  # fmt: skip


def _without_files(change_set: Mapping[str, Any]) -> list[Sentence]:
    return [
        say("The rule %(item)s brings no file that could be checked.", item=item["name"])
        for item in change_set["items"]
        if item["kind"] == RULE_KIND and not item.get("files")
    ]


def _rules(wanted: list[Named], read: _Read, until: float) -> None:
    if not wanted:
        return
    # Imported when rules are there: it takes a third of a second and memory that no page needs.
    from orr.changes import sigma_rules

    written: dict[str, list[dict[str, Any]]] = {}
    for number, one in enumerate(wanted):
        if not one.name.lower().endswith(RULES):
            read.lacking.append(files.of_file(one, say("Only .yml and .yaml are read as Sigma rules.")))
        elif (kept := _kept(one, read, until)) is not None:
            try:
                written[str(number)] = sigma_rules.read(kept.data)
                read.samples += len(written[str(number)])
            except Unreadable as error:
                read.found[one] = [error.sentence]
    for key, said in sigma_rules.findings(written, until=until).items():
        read.found[wanted[int(key)]] = said


def _events(wanted: list[Named], read: _Read, until: float) -> None:
    if not wanted:
        return
    # Imported when events are there, as with rules.
    from orr.changes import ocsf_events

    for one in wanted:
        kept = _kept(one, read, until)
        if kept is None:
            continue
        try:
            events = ocsf_events.read(one.name, kept.data)
            read.samples += len(events)
            for event in events:
                files.in_time(until)
                said = ocsf_events.finding(event)
                read.found.setdefault(one, []).extend([said] if said else [])
        except ocsf_events.UnknownVersion as unknown:
            read.lacking.append(files.of_file(one, unknown.sentence))
        except Unreadable as error:
            read.found[one] = [error.sentence]


def _kept(one: Named, read: _Read, until: float) -> Kept | None:
    kept = files.read(one, until=until)
    if kept is None:
        read.lacking.append(files.not_sent(one))
    else:
        read.told[one] = kept
    return kept
