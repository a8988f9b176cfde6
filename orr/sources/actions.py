"""What administrators do with sources: ask them now, and confirm a changed address for its secret."""

from collections.abc import Sequence

from django.db import connection, transaction

from orr.accounts import acts, roles
from orr.accounts.models import User
from orr.lib.errors import Conflict, NotFound, TooMany
from orr.lib.sentence import say
from orr.sources import load
from orr.sources.ask import Asked, ask_all
from orr.sources.health import Said, note
from orr.sources.models import KnownSecret, Outcome, TrustedAddress
from orr.sources.source import Source

# By hand a source is asked once in this time, whoever asks.
SECONDS = 15

_CLAIM = """
INSERT INTO sources_handasking (source, asked_at) VALUES (%(source)s, clock_timestamp())
ON CONFLICT (source) DO UPDATE SET asked_at = excluded.asked_at
WHERE sources_handasking.asked_at <= clock_timestamp() - %(seconds)s * interval '1 second'
RETURNING source
"""


def ask_now(*, names: Sequence[str] | None, actor: User) -> dict[str, Asked]:
    """Ask these sources, or every one, within their own timeouts; what each answered is written down.

    To be called outside a transaction. Raises NotAllowed, NotFound, Invalid (the file is wrong), and
    TooMany where each of them was asked a moment ago.
    """
    roles.require_administrator(actor)
    by_name = load.sources().by_name
    unknown = next((name for name in names or () if name not in by_name), None)
    if unknown is not None:
        raise NotFound(say("There is no source “%(name)s” in the sources file.", name=unknown[:60]))
    wanted = [by_name[name] for name in (by_name if names is None else names)]
    free = [source for source in wanted if _claim(source.name)]
    if wanted and not free:
        raise TooMany(
            say("This was asked a moment ago; by hand a source is asked once in %(n)s s.", n=SECONDS)
        )
    return noted(free)


def noted(sources: Sequence[Source]) -> dict[str, Asked]:
    """Ask all of them at once, and write down what each answered. No role is asked for."""
    found = ask_all(sources)
    for source in sources:
        asked = found[source.name]
        outcome = Outcome.ANSWERED if asked.ok else Outcome.SILENT
        note(source, Said(outcome, asked.said, asked.milliseconds))
    return found


def _claim(name: str) -> bool:
    """Whether nobody asked it by hand just now; one statement, so that of two only one is let through."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"source": name, "seconds": SECONDS})
        return cursor.fetchone() is not None


@transaction.atomic
def trust(*, name: str, actor: User, expected_address: str | None = None) -> TrustedAddress:
    """Let the source's secret go to the address that the file names now; those it names no more lose it.

    `expected_address`: what the actor saw. Raises NotAllowed, NotFound, Conflict, Invalid (the file).
    """
    roles.require_administrator(actor)
    load.sources()
    known = load.bounds()
    bound = known.get(name)
    if bound is None:
        raise NotFound(say("There is no source “%(name)s” that takes a secret.", name=name[:60]))
    if expected_address is not None and expected_address != bound.address:
        raise Conflict(
            say("%(name)s leads to %(now)s by now, not to the address you saw.", name=name, now=bound.address)
        )
    secret = KnownSecret.objects.select_for_update().filter(pk=bound.reference).first()
    before = sorted(secret.addresses.values_list("address", flat=True)) if secret else []
    if secret is None or bound.address in before:
        raise Conflict(say("The address of %(name)s needs no confirmation.", name=name))
    present = {other.address for other in known.values() if other.reference == bound.reference}
    secret.addresses.exclude(address__in=present).delete()
    made = TrustedAddress.objects.create(secret=secret, address=bound.address, confirmed_by=actor)
    acts.record(
        "source.trusted",
        actor=actor,
        source=name,
        secret=bound.reference,
        address=bound.address,
        before=before,
    )
    return made
