"""A version of a profile over past reviews as pages show it: which would have been decided differently."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from orr.accounts.models import User
from orr.board.words import shape
from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.policies import actions as policies
from orr.policies.models import PolicyVersion, State
from orr.policies.standing import Standing, profile_of
from orr.profiles.load import BASE, profile_digest
from orr.profiles.schema import Profile
from orr.reports import replays, wording
from orr.reports.replays import Row as Past
from orr.reviews.checklist import ITEMS
from orr.reviews.replay import Item, Outcome

Shown = dict[str, Any]
# How many of those that differ stand on the profile's own page.
FEW = 5
DIFFERENT = ("looser", "stricter")
VIEWS = ("different", "unknown", "all")


@dataclass(frozen=True)
class Version:
    """The version that is replayed. `kind`: proposed, file, in_force or kept."""

    kind: str
    profile: Profile

    @property
    def digest(self) -> str:
        """The digest that a review would pin."""
        return profile_digest(self.profile)


def before_it_counts(name: str, found: Standing, person: User) -> Shown | None:
    """The replay of what waits to come into force: the proposal, else a file that differs; else None."""
    version = _waiting(name, found)
    if version is None:
        return None
    return _told(name, version, place_of(name, found), person, few=True)


def of(name: str, person: User, asked: Mapping[str, str]) -> Shown:
    """A page of the replay. `asked`: version, of, before, show. Raises NotFound for what there is not."""
    if name not in policies.names():
        raise NotFound(say("There is no profile “%(name)s”.", name=name))
    found = policies.look(name)
    version = _version(name, found, asked.get("version", ""))
    place = asked.get("of") or place_of(name, found)
    if place not in policies.names():
        raise NotFound(say("There is no profile “%(name)s”.", name=place[:80]))
    show = asked.get("show", "") if asked.get("show", "") in VIEWS else ""
    told = _told(name, version, place, person, before=asked.get("before"), show=show)
    return {**told, "places": policies.names(), "versions": _versions(name, found)}


def place_of(name: str, found: Standing) -> str:
    """In whose place the version is tried: its own, for a name that nothing is in force of `standard`'s."""
    return name if found.row is not None else BASE


def _waiting(name: str, found: Standing) -> Version | None:
    row = PolicyVersion.objects.filter(name=name, state=State.PROPOSED).first()
    if row is not None:
        return Version("proposed", profile_of(row))
    if found.file is not None and found.differs:
        return Version("file", found.file)
    return None


def _version(name: str, found: Standing, asked: str) -> Version:
    """The version asked for: `file`, `in_force`, a digest that was kept; by default what waits."""
    missing = NotFound(say("There is no such version of %(name)s.", name=name))
    if asked == "file" and found.file is not None:
        return Version("file", found.file)
    if asked.startswith("sha256:"):
        row = PolicyVersion.objects.filter(name=name, digest=asked[:71]).order_by("-made_at").first()
        if row is None:
            raise missing
        return Version("proposed" if row.state == State.PROPOSED else "kept", profile_of(row))
    if not asked and (waiting := _waiting(name, found)):
        return waiting
    if asked in ("", "in_force") and found.in_force is not None:
        return Version("in_force", found.in_force)
    if not asked and found.file is not None:
        return Version("file", found.file)
    raise missing


def _versions(name: str, found: Standing) -> list[Shown]:
    """What may be chosen to be replayed: the proposal, the file, what is in force."""
    row = PolicyVersion.objects.filter(name=name, state=State.PROPOSED).first()
    offered = [{"value": row.digest, "word": _("the proposed version")}] if row else []
    if found.file is not None and found.differs:
        offered.append({"value": "file", "word": _("what the file says")})
    if found.row is not None:
        offered.append({"value": "in_force", "word": _("the version in force")})
    return offered


def _told(
    name: str, version: Version, place: str, person: User, *, before: str | None = None, show: str = "",
    few: bool = False,
) -> Shown:  # fmt: skip
    began = time.monotonic()
    page = replays.over(wanted=version.profile, place=place, viewer=person, before=before)
    counts = {kind: page.count(kind) for kind in ("same", "looser", "stricter", "unknown")}
    different = counts["looser"] + counts["stricter"]
    shown = show or ("different" if different else "unknown" if counts["unknown"] else "all")
    rows = [_row(row) for row in page.rows if few or _stands_in(row, shown)]
    if few:
        rows = [row for row in rows if row["change"] in DIFFERENT][:FEW]
    return {
        "name": name, "place": place, "kind": version.kind, "version": version.profile.version,
        "digest": version.digest, "show": shown, "rows": rows, "counts": counts, "different": different,
        "missed": [row.decision.review.code for row in page.missed], "looked": len(page.rows),
        "total": page.total, "older": page.older, "before": before or "",
        "since": page.rows[-1].decision.effective_at if page.rows else None,
        "took": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _stands_in(row: Past, show: str) -> bool:
    return show == "all" or (row.change in DIFFERENT if show == "different" else row.change == "unknown")


def _row(row: Past) -> Shown:
    review, told = row.decision.review, row.told
    return {
        "code": review.code,
        "title": review.title,
        "at": row.decision.effective_at,
        "change": row.change,
        "missed": row.missed,
        "decided": shape("decision", row.decision.decision),
        "then": _outcome(told.was) if told else None,
        "would": _outcome(told.would if told else Outcome.UNKNOWN),
        "items": [_item(item, row) for item in told.changed] if told else [],
        "terms": [str(term) for term in told.terms] if told else [],
        "why": str(row.why or ""),
        "since": shape("state", review.state),
    }


def _outcome(outcome: Outcome) -> tuple[str, str, Any]:
    """(status, icon, word) of the best that could be decided."""
    if outcome is Outcome.OPEN:
        return ("warn", "half", _("not decidable yet"))
    if outcome is Outcome.UNKNOWN:
        return ("wait", "wait", _("cannot be told"))
    return shape("decision", outcome.value)


def _item(item: Item, row: Past) -> Shown:
    kept = row.archived.get(item.code)
    rule = row.rules[item.code]
    value = kept.measured.value if kept else None
    return {
        "code": item.code,
        "title": str(ITEMS[item.code].title),
        "value": wording.measure(value, kept.unit) if kept and value is not None else "",
        "threshold": wording.threshold_display(rule) if rule.adopted and rule.threshold is not None else "",
        "was": _verdict(item.was),
        "would": _verdict(item.would),
        "why": str(item.why or ""),
    }


def _verdict(verdict: str) -> tuple[str, str, Any]:
    return ("wait", "wait", _("unknown")) if verdict == "unknown" else shape("verdict", verdict)
