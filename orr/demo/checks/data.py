"""Gate 4: the plant's events against OCSF's base shape, its rules against Sigma's, and a replay."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import httpx

from orr.demo.checks.suite import Case, TooEarly

_LEVELS = {"informational", "low", "medium", "high", "critical"}
_STATUS = {"stable", "test", "experimental", "deprecated", "unsupported"}
_WORDS = {"and", "or", "not", "of", "all", "them"}
_INTEGERS = ("activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time")
_REPLAYED = 40  # at least so many events, else the replay says nothing
_MAY_DIFFER = 0.01


def conforming(plant: httpx.Client, change_set: Mapping[str, Any]) -> Iterator[Case]:
    """G4.1: what runs and what is to run: events of now, every rule of the change set's packs.

    Raises TooEarly while there is no event.
    """
    events = plant.get("/events").raise_for_status().json()["events"]
    if not events:
        raise TooEarly("no event was seen yet")
    yield Case("events of now have OCSF's base attributes", lambda: _events(events))
    packs = [item for item in change_set["items"] if item["kind"] == "rule"]
    references = [(item["name"], item["to"].get("digest") or item["to"]["version"]) for item in packs]
    if not references:
        current = plant.get("/state").raise_for_status().json()["targets"]["rule/sigma-pack"]
        references = [("sigma-pack", current)]
    for name, reference in references:
        for rule in _content(plant, "rule", name, reference):
            yield _rule_case(rule)


def replayed(plant: httpx.Client, change_set: Mapping[str, Any]) -> Iterator[Case]:
    """G4.4: recorded traffic through the new model; where only rules change, through the model that runs.

    Raises TooEarly while too little is recorded.
    """
    models = [item for item in change_set["items"] if item["kind"] == "model"]
    digest = models[0]["to"].get("digest") if models else None
    if digest is None:
        digest = plant.get("/state").raise_for_status().json()["targets"]["model/triage-model"]
    answer = plant.post("/replay", json={"model": digest}).raise_for_status().json()
    total = sum(row["replayed"] for row in answer["classes"])
    if total < _REPLAYED:
        raise TooEarly(f"only {total} events are recorded yet")
    for row in answer["classes"]:
        yield _replay_case(row)


def _replay_case(row: Mapping[str, Any]) -> Case:
    differing, replayed_ = row["differing"], row["replayed"]
    wrong = f"{differing} of {replayed_} events are judged otherwise"
    holds = differing <= replayed_ * _MAY_DIFFER
    return Case(f"{row['category']} is judged as before", lambda: None if holds else wrong)


def _events(events: list[dict[str, Any]]) -> str | None:
    for event in events:
        missing = [name for name in _INTEGERS if not isinstance(event.get(name), int)]
        if missing or not event.get("metadata", {}).get("version"):
            return f"{event.get('class_uid')}: {', '.join(missing) or 'metadata.version'} is missing"
        if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
            return f"type_uid {event['type_uid']} doesn't fit class_uid {event['class_uid']}"
    return None


def _rule_case(rule: Mapping[str, Any]) -> Case:
    return Case(f"rule {rule.get('title', '?')} is valid Sigma", lambda: _rule(rule))


def _rule(rule: Mapping[str, Any]) -> str | None:
    UUID(str(rule["id"]))
    if rule.get("level") not in _LEVELS:
        return f"level {rule.get('level')!r} is none of Sigma's"
    if rule.get("status") not in _STATUS:
        return f"status {rule.get('status')!r} is none of Sigma's"
    if not {"product", "category", "service"} & set(rule.get("logsource", {})):
        return "logsource names neither product nor category nor service"
    detection = dict(rule["detection"])
    named = set(re.findall(r"[A-Za-z_][\w*]*", str(detection.pop("condition")))) - _WORDS
    unknown = sorted(named - set(detection))
    return f"the condition names {', '.join(unknown)}, which isn't there" if unknown else None


def _content(plant: httpx.Client, kind: str, name: str, reference: str) -> Any:
    return plant.get(f"/artefacts/{kind}/{name}/{reference}").raise_for_status().json()["content"]
