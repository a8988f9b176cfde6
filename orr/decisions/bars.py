"""The bars of those who had a hand in a change: what keeps whom from which seat.

Nobody signs who requested or proposed, who edited the change set, who is among its authors, or who
attested evidence in the gate area of that slot, or sent a result for it that no key signed. An author who
is matched to no person blocks everyone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from evidence.vouching import vouched
from orr.accounts.models import AuthorMapping, User
from orr.accounts.roles import either
from orr.decisions.models import Proposal
from orr.lib.met import Met, Requirement, Unmet
from orr.lib.sentence import say
from orr.reviews.models import Review


@dataclass(frozen=True)
class Bars:
    """Who had a hand in a change: person ids, authors that map to nobody, items by who attested or sent."""

    requester: UUID
    proposer: UUID | None
    editors: frozenset[UUID]
    authors: frozenset[UUID]
    unmapped: tuple[str, ...]
    attested: Mapping[UUID, frozenset[str]]
    sent: Mapping[UUID, frozenset[str]]
    mappers: frozenset[UUID] = frozenset()


def mapped_authors(authors: Iterable[str]) -> dict[str, AuthorMapping]:
    """Who the author ids are said to be; one query."""
    return {one.author_id: one for one in AuthorMapping.objects.filter(author_id__in=list(authors))}


def hands_in(mapped: Iterable[AuthorMapping]) -> frozenset[UUID]:
    """Who said who these authors are, and whom they were said to be before."""
    rows = list(mapped)
    return frozenset(who for one in rows for who in (one.mapped_by_id, *one.former))


def bars_of(review: Review, proposal: Proposal | None) -> Bars:
    """The bars of a review as they stand now. Three queries."""
    authors = {author["id"]: author["name"] for author in review.body.get("authors") or []}
    mapped = mapped_authors(authors)
    words = vouched([review.code])[review.code]
    return Bars(
        requester=review.requester_id,
        proposer=proposal.proposed_by_id if proposal else None,
        editors=frozenset(review.editors.values_list("person_id", flat=True)),
        authors=frozenset(one.user_id for one in mapped.values()),
        mappers=hands_in(mapped.values()),
        unmapped=tuple(sorted(f"{authors[key]} ({key})" for key in authors if key not in mapped)),
        attested=words.stated,
        sent=words.sent,
    )


def author_known(bars: Bars) -> Requirement:
    """Whether every author of the change set is matched to a person."""
    if not bars.unmapped:
        return Met()
    missing = ", ".join(bars.unmapped)
    return Unmet(say("Nobody can sign until the author %(author)s is matched to a person.", author=missing))


def apart(bars: Bars, person: User) -> Requirement:
    """Whether the person had no part in the change that keeps them from every slot."""
    if person.pk == bars.requester:
        return Unmet(say("%(name)s requested this review and cannot sign it.", name=str(person)))
    if person.pk == bars.proposer:
        return Unmet(say("%(name)s made this proposal and cannot sign it.", name=str(person)))
    if person.pk in bars.authors:
        return Unmet(say("%(name)s is an author of this change and cannot sign it.", name=str(person)))
    if person.pk in bars.mappers:
        said = say("%(name)s had a hand in saying who an author is, and cannot sign.", name=str(person))
        return Unmet(said)
    if person.pk in bars.editors:
        return Unmet(say("%(name)s edited this change set and cannot sign it.", name=str(person)))
    return Met()


def slots_for(
    review: Review, slots: Sequence[str], bars: Bars, person: User, roles: Collection[str]
) -> tuple[tuple[int, ...], Requirement]:
    """The slot indexes that the person may fill in the given roles; where none, why."""
    general = apart(bars, person)
    if isinstance(general, Unmet):
        return (), general
    held = [index for index, role in enumerate(slots) if role in roles]
    if not held:
        wanted = either(slots)
        lacking = say(
            "This takes the role %(roles)s; %(name)s does not hold it.", roles=wanted, name=str(person)
        )
        return (), Unmet(lacking)
    stated, sent = bars.attested.get(person.pk, ()), bars.sent.get(person.pk, ())
    free = tuple(index for index in held if not within(review, slots[index], {*stated, *sent}))
    if free:
        return free, Met()
    barring = [item for index in held for item in within(review, slots[index], stated)]
    if barring:
        about = {"name": str(person), "items": ", ".join(sorted({*barring}))}
        return (), Unmet(say("%(name)s attested %(items)s and cannot sign for that gate.", **about))
    barring = [item for index in held for item in within(review, slots[index], sent)]
    about = {"name": str(person), "items": ", ".join(sorted({*barring}))}
    return (), Unmet(say("%(name)s sent the result of %(items)s and cannot sign for that gate.", **about))


def within(review: Review, role: str, items: Iterable[str]) -> frozenset[str]:
    """Those of the items that are in the gates for which the role answers."""
    gates = {gate for gate, answering in review.profile["policy"]["gate_roles"].items() if answering == role}
    return frozenset(item for item in items if item[1:2] in gates)
