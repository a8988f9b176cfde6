"""The Exit plan of a change set: a key per item and data-path act, and their order (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orr.lib.sentence import say
from orr.plans import order, phases, problems
from orr.plans.key import Key, Plan, Problem

TIMEOUT = 60


def build(change_set: Mapping[str, Any]) -> Plan:
    """The plan of a change set as it was sent (its JSON).

    Asks nobody: whether a driver reaches each target is `problems.of_drivers`.
    """
    keys = sorted(_keys(change_set), key=lambda key: key.phase)
    explicit, wrong = _explicit(keys, change_set)
    circle = order.cycle_of(explicit)
    if circle:
        names = " → ".join(circle)
        wrong.append(problems.red(circle[0], say("The keys wait for each other: %(names)s.", names=names)))
        explicit = {}
    default = order.by_phase({key.name: key.phase for key in keys}, _groups(keys, change_set))
    waits = order.joined(explicit, default)
    ordered = tuple(replace(key, after=tuple(sorted(waits.get(key.name, ())))) for key in keys)
    found = [*problems.missing(change_set), *wrong, *problems.of_values(keys), *problems.of_rehearsal(keys)]
    return Plan(ordered, tuple(found), tuple(problems.no_return(change_set)))


def _keys(change_set: Mapping[str, Any]) -> Iterator[Key]:
    items = Counter(item["name"] for item in change_set["items"])
    for item in change_set["items"]:
        key = item.get("rollback_key")
        if key:
            name = item["name"] if items[item["name"]] == 1 else f"{item['kind']}:{item['name']}"
            yield _item_key(name, item, key)
    acts = change_set.get("data_path") or []
    actions = Counter(act["action"] for act in acts)
    for act in acts:
        alone = actions[act["action"]] == 1 and act["action"] not in items
        yield Key(
            name=act["action"] if alone else f"{act['action']}:{act['target']}",
            kind=act["action"], phase=phases.OF_ACTION[act["action"]], item=None, driver=act.get("driver"),
            target=act["target"], desired=act["desired"], expected_to=(), after=(), timeout=TIMEOUT,
            rehearse_target=None,
        )  # fmt: skip


def _item_key(name: str, item: Mapping[str, Any], key: Mapping[str, Any]) -> Key:
    to = item["to"]
    return Key(
        name=name, kind=item["kind"], phase=phases.OF_KIND[item["kind"]], item=item["name"],
        driver=key.get("driver"), target=key["target"], desired=key["desired"],
        expected_to=tuple(value for value in (to.get("digest"), to["version"]) if value),
        after=(), timeout=key.get("timeout") or TIMEOUT,
        rehearse_target=(key.get("rehearse") or {}).get("target"),
    )  # fmt: skip


def _explicit(keys: list[Key], change_set: Mapping[str, Any]) -> tuple[order.Waits, list[Problem]]:
    """What `after` says, by key name; an item's name stands for all keys of that item."""
    meant: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        for alias in {key.name, key.item or key.kind}:
            meant[alias].add(key.name)
    said = {(item["kind"], item["name"]): item["rollback_key"].get("after") or []
            for item in change_set["items"] if item.get("rollback_key")}  # fmt: skip
    waits: order.Waits = {}
    wrong = []
    phase = {key.name: key.phase for key in keys}
    for key in keys:
        for name in said.get((key.kind, key.item or ""), []):
            before = meant.get(name, set())
            wrong += list(problems.of_waiting(key, name, [phase[other] for other in before]))
            waits.setdefault(key.name, set()).update(before)
    return waits, wrong


def _groups(keys: list[Key], change_set: Mapping[str, Any]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    services = change_set.get("service_ids") or []
    for key in keys:
        groups[f"target {key.target}"].append(key.name)
        service = order.service_of(key.target, services) or order.service_of(key.item or "", services)
        if service:
            groups[f"service {service}"].append(key.name)
    return groups
