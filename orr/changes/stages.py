"""The steps of a schema change: expand before migrate before contract, and contract last of all (pure).

Old readers survive each of them (parallel change): the new form is added, everything is moved over, and only
then the old form goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orr.lib.sentence import Sentence, say

KIND = "schema"
# What may come after what; an expansion adds only, so that it may always come.
AFTER = {"migrate": frozenset({"expand", "migrate"}), "contract": frozenset({"migrate", "contract"})}
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """The step that was carried out last for the same target, and in which review."""

    stage: str
    review: str


@dataclass(frozen=True)
class Found:
    """What the plan lacks, and what is wrong with its order."""

    lacking: tuple[Sentence, ...] = ()
    wrong: tuple[Sentence, ...] = ()


def schemas(change_set: Mapping[str, Any]) -> list[Item]:
    """The items whose schema changes."""
    return [item for item in change_set["items"] if item["kind"] == KIND]


def place(item: Item) -> str:
    """What the item changes: its target, or its name where it states none."""
    return str(item.get("target") or item["name"])


def judge(items: list[Item], before: Mapping[str, Before]) -> Found:
    """Whether every item is at a step that may come now; `before` by place, where one is known."""
    staged = [item for item in items if item.get("migration")]
    lacking = [one for item in items for one in _lacking(item)]
    lacking += [one for item in staged if place(item) not in before for one in _unknown(item)]
    wrong = [one for item in staged for one in _left(item)]
    wrong += [one for item in staged for one in _out_of_order(item, before.get(place(item)))]
    return Found(tuple(lacking), tuple(wrong + _at_once(staged)))


def _lacking(item: Item) -> list[Sentence]:
    migration = item.get("migration")
    if not migration:
        return [
            say("The schema %(item)s does not say at which stage of its migration it is.", item=item["name"])
        ]
    needed = ["plan_url"]
    if migration["stage"] == "contract":
        needed = ["backfill", "old_readers", *needed]
    return [
        say("The migration of %(item)s does not state %(field)s.", item=item["name"], field=field)
        for field in needed
        if migration.get(field) is None
    ]


def _unknown(item: Item) -> list[Sentence]:
    """What nobody knows where no step before this one is known; an expansion needs none."""
    stage = item["migration"]["stage"]
    if stage not in AFTER:
        return []
    return [
        say("No step before it is known here, and %(item)s is to %(stage)s: its expansion is reviewed first.",
            item=item["name"], stage=stage)
    ]  # fmt: skip


def _left(item: Item) -> list[Sentence]:
    """What is left to do before a contraction may come; what is not stated is lacking, not wrong."""
    migration = item["migration"]
    if migration["stage"] != "contract":
        return []
    found = []
    backfill = float(migration.get("backfill", 100))
    if backfill < 100:
        found.append(
            say("%(item)s contracts while its backfill is at %(percent)s of 100 percent.",
                item=item["name"], percent=backfill)
        )  # fmt: skip
    readers = int(migration.get("old_readers", 0))
    if readers:
        found.append(
            say(
                "%(item)s contracts while %(n)s readers still use the old form.", item=item["name"], n=readers
            )
        )
    return found


def _out_of_order(item: Item, before: Before | None) -> list[Sentence]:
    stage = item["migration"]["stage"]
    if before is None or before.stage in AFTER.get(stage, {before.stage}):
        return []
    return [
        say("%(item)s is to %(stage)s, and the last step that was carried out is %(before)s (%(review)s).",
            item=item["name"], stage=stage, before=before.stage, review=before.review)
    ]  # fmt: skip


def _at_once(staged: list[Item]) -> list[Sentence]:
    stages: dict[str, set[str]] = {}
    for item in staged:
        stages.setdefault(place(item), set()).add(item["migration"]["stage"])
    return [
        say("%(place)s would take several steps at once (%(stages)s); old readers do not survive that.",
            place=where, stages=", ".join(sorted(found)))
        for where, found in stages.items()
        if len(found) > 1
    ]  # fmt: skip
