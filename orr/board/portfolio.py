"""The list of reviews: open ones first, ended ones in pages by key; search and filters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.cache import cache
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.db.models.functions import JSONObject

from approvals.models import Approval, Slot
from orr.accounts.membership import Sight
from orr.decisions.models import Proposal, Rca, RcaRevision
from orr.exits.models import Mode, Run
from orr.lib.canonical import sha256_hex
from orr.reviews import sight
from orr.reviews.models import Editor, Review, number_of
from orr.reviews.states import ENDED, OPEN

OPEN_SHOWN = 40
ENDED_SHOWN = 15
PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What the address asks for: words, environment, profile, one's own; a group, the key to go on after.

    `shadow`: `yes` for reviews in shadow alone, `no` for those that count.
    """

    words: str = ""
    environment: str = ""
    profile: str = ""
    mine: bool = False
    shadow: str = ""
    group: str = ""
    after: tuple[datetime, int] | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.words or self.environment or self.profile or self.mine or self.shadow)


@dataclass(frozen=True)
class Listed:
    """The reviews of a page, and the key after which more of each group come (None at its end)."""

    open: list[Review]
    ended: list[Review]
    more_open: tuple[datetime, int] | None
    more_ended: tuple[datetime, int] | None


def listed(asked: Asked, user: Any, seen: Sight) -> Listed:
    """The page that was asked for, of what the person sees, in one query."""
    parts = {"open": (OPEN, OPEN_SHOWN), "ended": (ENDED, ENDED_SHOWN)}
    wanted = {name: part for name, part in parts.items() if asked.group in ("", name)}
    owed = Rca.objects.filter(closed_at=None).values("review")
    sizes = {name: PAGE if asked.group else first for name, (_states, first) in wanted.items()}
    slices = [
        _slice(asked, user, state, sizes[name], part)
        for name, (states, _first) in wanted.items()
        for state in sorted(states)
        for part in sight.parts(seen)
    ]
    if "open" in wanted:
        # What ended and still owes its analysis is not over: it stands with what is open.
        rows = Review.objects.filter(_wanted(asked, user), sight.within(seen), pk__in=owed)
        slices.append(_newest(asked, rows, sizes["open"]))
    found = _told(user).filter(pk__in=slices[0].union(*slices[1:], all=True)).order_by("-updated_at", "-id")
    split = {name: [one for one in found if _under(name, one, wanted)] for name in wanted}
    cut = {name: _cut(rows, sizes[name]) for name, rows in split.items()}
    opened, ended = cut.get("open", ([], None)), cut.get("ended", ([], None))
    return Listed(opened[0], ended[0], opened[1], ended[1])


def _under(name: str, review: Review, wanted: Collection[str]) -> bool:
    """Whether the review stands in that part of the page: open, owing something, or ended."""
    owes = review.state in ENDED and bool((review.rca or {}).get("open"))  # type: ignore[attr-defined]
    there = "open" if review.state in OPEN or (owes and "open" in wanted) else "ended"
    return name == there


def _slice(asked: Asked, user: Any, state: str, size: int, part: Q) -> QuerySet[Any]:
    """The ids of one state in one team, the latest first: each walks an index, whatever others there are."""
    return _newest(asked, Review.objects.filter(_wanted(asked, user), part, state=state), size)


def _newest(asked: Asked, rows: QuerySet[Review], size: int) -> QuerySet[Any]:
    if asked.group and asked.after:
        # One row comparison walks the index; the OR form of the same reads far more of it.
        rows = rows.filter(TupleLessThan(Tuple(F("updated_at"), F("id")), list(asked.after)))
    return rows.order_by("-updated_at", "-id").values("pk")[: size + 1]


def _cut(rows: list[Review], size: int) -> tuple[list[Review], tuple[datetime, int] | None]:
    more = (rows[size - 1].updated_at, rows[size - 1].pk) if len(rows) > size else None
    return rows[:size], more


def _told(user: Any) -> QuerySet[Review]:
    exits = Run.objects.filter(review=OuterRef("pk"), mode=Mode.EXIT).order_by("-started_at")
    live = _live_proposals().values(
        found=JSONObject(
            decision="decision",
            proposed_by="proposed_by",
            approve_by="approve_by",
            filled_at="request__filled_at",
            delay="request__delay",
            slots="seat_roles",
            signed="seat_people",
            state="state",
            break_glass="break_glass",
        )
    )[:1]
    # The profile is large and the same for many: `verdicts.rules_of` reads each once.
    told = Review.objects.select_related("change_set", "requester", "decision", "rollout").defer("profile")
    return told.annotate(
        edited=Exists(Editor.objects.filter(review=OuterRef("pk"), person=user.pk)),
        exit_state=Subquery(exits.values("state")[:1]),
        exit_deadline=Subquery(exits.values("deadline")[:1]),
        proposal=Subquery(live),
        rca=Subquery(_analyses()),
    )


def _analyses() -> QuerySet[Any]:
    """The latest analysis: whether it is open, its clock, and who wrote of it."""
    wrote = RcaRevision.objects.filter(rca=OuterRef("pk"), marks_only=False).values("rca")
    latest = Rca.objects.filter(review=OuterRef("pk")).order_by("-opened_at", "-pk")
    written = latest.annotate(
        authors=Subquery(wrote.annotate(all=ArrayAgg("by", distinct=True)).values("all")),
        open=Q(closed_at=None),
    )
    told = JSONObject(due_at="due_at", recorded_at="recorded_at", open="open", authors="authors")
    return written.values(found=told)[:1]


def _live_proposals() -> QuerySet[Proposal]:
    seats = Slot.objects.filter(request=OuterRef("request")).values("request")
    signed = Approval.objects.filter(request=OuterRef("request"), withdrawn_at=None).values("request")
    return (
        Proposal.objects.filter(review=OuterRef("pk"), state__in=["open", "effective"])
        .annotate(
            seat_roles=Subquery(seats.annotate(all=ArrayAgg("role", order_by="index")).values("all")),
            seat_people=Subquery(
                signed.annotate(
                    all=ArrayAgg(JSONObject(slot="slot", person="person", principal="on_behalf_of"))
                ).values("all")
            ),
        )
        .order_by("-number")
    )


def _wanted(asked: Asked, user: Any) -> Q:
    wanted = Q(requester=user.pk) if asked.mine else Q()
    if asked.environment:
        wanted &= Q(environment=asked.environment)
    if asked.shadow:
        wanted &= Q(shadow=asked.shadow == "yes")
    if asked.profile:
        wanted &= Q(profiles__contains=[{"name": asked.profile}])
    if asked.words:
        wanted &= _by_words(asked.words)
    return wanted


def _by_words(words: str) -> Q:
    number = number_of(words.upper()) or (
        int(words) if words.isascii() and words.isdigit() and len(words) < 16 else None
    )
    if number:
        return Q(pk=number) | Q(title__icontains=words)
    digest = words.lower().removeprefix("sha256:")
    if len(digest) >= 6 and all(c in "0123456789abcdef" for c in digest):
        return Q(change_set__digest__startswith=f"sha256:{digest}") | Q(proposals__digest=f"sha256:{digest}")
    return Q(title__icontains=words)


def offered(seen: Sight) -> dict[str, Sequence[str]]:
    """The environments and profiles of the 200 latest reviews in sight, for the filters; 30 s old at most."""
    whose = "everyone" if seen.everywhere else f"{seen.person}:{sorted(map(str, seen.teams))}"
    key = f"portfolio:offered:{sha256_hex(whose.encode())}"
    known: dict[str, Sequence[str]] | None = cache.get(key)
    if known is None:
        known = _offered(seen)
        cache.set(key, known, 30)
    return known


def _offered(seen: Sight) -> dict[str, Sequence[str]]:
    newest = Review.objects.filter(sight.within(seen)).order_by("-updated_at", "-id")[:200]
    rows = list(newest.values_list("environment", "profiles"))
    return {
        "environments": sorted({environment for environment, _ in rows}),
        "profiles": sorted({one["name"] for _, profiles in rows for one in profiles}),
    }
