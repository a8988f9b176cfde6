"""What exactly differs between two proposals: who signed the one sees it before they sign the other. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orr.decisions.rules import TITLES, VERDICTS
from orr.lib.sentence import Sentence, say

Body = Mapping[str, Any]
Told = str | Sentence | None


@dataclass(frozen=True)
class Difference:
    """One thing that is another now: `kind` groups it, `was` or `now` is None where there was or is none."""

    kind: str
    what: Sentence
    was: Told
    now: Told

    @property
    def sentence(self) -> Sentence:
        """The difference in one sentence."""
        return say("%(what)s: %(was)s → %(now)s.", what=self.what, was=self.was or "–", now=self.now or "–")


@dataclass(frozen=True)
class Side:
    """One of the two: its signed bytes, its change set, and what each piece of evidence said, by hash."""

    signed: bytes
    change_set: Body
    values: Mapping[str, str]

    @property
    def payload(self) -> dict[str, Any]:
        """The proposal's parts."""
        found: dict[str, Any] = json.loads(self.signed)
        return found


def between(was: Side, now: Side) -> list[Difference]:
    """Everything that differs, the weightiest first, the dates last."""
    old, new = was.payload, now.payload
    found = list(_one("decision", say("Decision"), TITLES[old["decision"]], TITLES[new["decision"]]))
    found += _glass(old.get("break_glass"), new.get("break_glass"))
    found += _one("decision", say("Freezes that are passed"), _freezes(old), _freezes(new))
    if old["change_set_digest"] != new["change_set_digest"]:
        found += _changes(was.change_set, now.change_set)
        found += _fields(was.change_set, now.change_set)
    found += _guards(old["guards"], new["guards"])
    found += _evidence(was, now)
    found += _keys(old["exit_plan"], new["exit_plan"])
    found += _risk(old["risk"], new["risk"])
    found += _one("terms", say("Environment"), old["environment"], new["environment"])
    found += _one("terms", say("Profile digest"), old["profile_digest"], new["profile_digest"])
    found += _one("dates", say("To be signed by"), old["approve_by"], new["approve_by"])
    found += _one("dates", say("To be started by"), old["valid_until"], new["valid_until"])
    return found


def renewed(was: Side, now: Side) -> list[str]:
    """The items that were only measured anew: other evidence, the same verdict and the same value."""
    told = {one.what.params.get("item") for one in _evidence(was, now)}
    old = {row["item"]: row["evidence"] for row in was.payload["snapshot"]}
    fresh = [row["item"] for row in now.payload["snapshot"] if old.get(row["item"]) != row["evidence"]]
    return [item for item in fresh if item not in told]


def _one(kind: str, what: Sentence, was: Told, now: Told) -> Iterator[Difference]:
    if was != now:
        yield Difference(kind, what, was, now)


def _glass(was: Body | None, now: Body | None) -> Iterator[Difference]:
    """That a proposal is break-glass, so takes effect without the timelock, and past which items."""
    yield from _one("decision", say("Break-glass, without the timelock"), _passed(was), _passed(now))
    if was and now:
        reason = say("Break-glass, digest of the reason")
        yield from _one("decision", reason, was["reason_sha256"], now["reason_sha256"])


def _passed(glass: Body | None) -> Told:
    if glass is None:
        return None
    return ", ".join(glass["items"]) or say("no item passed by name")


def _freezes(payload: Body) -> Told:
    return ", ".join(f"{one['title']} ({one['owner']})" for one in payload.get("freezes", ())) or None


def _changes(was: Body, now: Body) -> Iterator[Difference]:
    old = {(item["kind"], item["name"]): item for item in was.get("items") or []}
    new = {(item["kind"], item["name"]): item for item in now.get("items") or []}
    for kind, name in sorted({*old, *new}):
        before, after = old.get((kind, name)), new.get((kind, name))
        what = say("Change %(kind)s %(name)s", kind=kind, name=name)
        yield from _one("change", what, _end(before, "to"), _end(after, "to"))
        if before and after:
            from_ = say("Change %(kind)s %(name)s, what runs before", kind=kind, name=name)
            yield from _one("change", from_, _end(before, "from"), _end(after, "from"))
            key = say("Change %(kind)s %(name)s, rollback key", kind=kind, name=name)
            yield from _one(
                "change", key, _json(before.get("rollback_key")), _json(after.get("rollback_key"))
            )


def _fields(was: Body, now: Body) -> Iterator[Difference]:
    for name in sorted({*was, *now} - {"items"}):
        what = say("Change set, field %(name)s", name=name)
        yield from _one("change", what, _json(was.get(name)), _json(now.get(name)))


def _guards(was: list[Body], now: list[Body]) -> Iterator[Difference]:
    old = {(guard["kind"], guard.get("target") or ""): guard for guard in was}
    new = {(guard["kind"], guard.get("target") or ""): guard for guard in now}
    for kind, target in sorted({*old, *new}):
        before, after = old.get((kind, target)), new.get((kind, target))
        what = say("Guard %(kind)s %(target)s", kind=kind, target=target)
        if before is None or after is None:
            yield Difference("guard", what, _value(before), _value(after))
            continue
        yield from _one("guard", what, _value(before), _value(after))
        owner = say("Guard %(kind)s %(target)s, owner", kind=kind, target=target)
        yield from _one("guard", owner, _json(before.get("owner")), _json(after.get("owner")))
        until = say("Guard %(kind)s %(target)s, until", kind=kind, target=target)
        yield from _one("dates", until, _json(before.get("expires_at")), _json(after.get("expires_at")))


def _evidence(was: Side, now: Side) -> list[Difference]:
    old = {row["item"]: row for row in was.payload["snapshot"]}
    new = {row["item"]: row for row in now.payload["snapshot"]}
    found: list[Difference] = []
    for item in sorted({*old, *new}):
        before, after = _measured(old.get(item), was.values), _measured(new.get(item), now.values)
        found += _one("evidence", say("Evidence of %(item)s", item=item), before, after)
        reds = [(side.get(item) or {}).get("earlier_red") for side in (old, new)]
        found += _one("evidence", say("Earlier red of %(item)s", item=item), *reds)
    return found


def _measured(row: Body | None, values: Mapping[str, str]) -> Sentence | None:
    if row is None:
        return None
    verdict = VERDICTS.get(row["verdict"]) or _PASSING[row["verdict"]]
    value = values.get(row["evidence"] or "", "")
    return say("%(verdict)s, %(value)s", verdict=verdict, value=value) if value else verdict


def _keys(was: Body, now: Body) -> Iterator[Difference]:
    old = {key["name"]: key for key in was["keys"]}
    new = {key["name"]: key for key in now["keys"]}
    for name in sorted({*old, *new}):
        yield from _one(
            "plan", say("Exit plan, key %(name)s", name=name), _key(old.get(name)), _key(new.get(name))
        )
    rest = ("problems", "points_of_no_return")
    for part, what in zip(rest, (say("Exit plan, problems"), say("Points of no return")), strict=True):
        yield from _one("plan", what, str(len(was[part])), str(len(now[part])))


def _risk(was: Body, now: Body) -> Iterator[Difference]:
    for name, what in _RISK.items():
        yield from _one("risk", what, _json(was.get(name)), _json(now.get(name)))


def _end(item: Body | None, which: str) -> str | None:
    end = (item or {}).get(which)
    return " · ".join(filter(None, (end.get("version"), end.get("digest")))) if end else None


def _value(guard: Body | None) -> str | None:
    return None if guard is None else _json(guard.get("value"))


def _key(key: Body | None) -> str | None:
    return None if key is None else f"{key['target']} = {_json(key['desired'])}"


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


_PASSING = {"green": say("pass"), "not_applicable": say("not applicable")}
_RISK = {
    "verdict": say("Risk, verdict"),
    "score": say("Risk, score"),
    "planned_residual": say("Risk, planned residual"),
}
