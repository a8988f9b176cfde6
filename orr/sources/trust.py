"""A secret goes to no address that it was never sent to before, until an administrator confirms it.

Trust hangs on the reference of the secret, not on the source's name: renaming a source, or writing a new
one that takes the same secret, leads nowhere else. The first use trusts the addresses that the file names
then, all at once. That is committed before anything is sent, since nothing is sent inside a transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from orr.sources.models import KnownSecret, TrustedAddress


@dataclass(frozen=True)
class Bound:
    """A source's secret by its reference (``env:NAME``, ``file:/path``), and the address it would go to."""

    name: str
    reference: str
    address: str


def withheld(bounds: Sequence[Bound]) -> dict[str, list[str]]:
    """The sources whose secret must stay here → the addresses that it was trusted for."""
    if not bounds:
        return {}
    with _nothing_left_open():
        return _withheld(bounds)


@contextmanager
def _nothing_left_open() -> Iterator[None]:
    """Close the connection that was opened for this: guards and keys are read in threads that end."""
    opened_here = connection.connection is None
    try:
        yield
    finally:
        if opened_here and not connection.in_atomic_block:
            connection.close()


def _withheld(bounds: Sequence[Bound]) -> dict[str, list[str]]:
    trusted = _trusted({bound.reference for bound in bounds})
    for reference in sorted({bound.reference for bound in bounds} - trusted.keys()):
        addresses = {bound.address for bound in bounds if bound.reference == reference}
        trusted[reference] = _at_first_use(reference, addresses)
    return {
        bound.name: sorted(trusted.get(bound.reference, ()))
        for bound in bounds
        if bound.address not in trusted.get(bound.reference, ())
    }


def _at_first_use(reference: str, addresses: set[str]) -> set[str]:
    """What the secret is trusted for from now on; inside a transaction it is written once that is over."""
    if not connection.in_atomic_block:
        first_use(reference, addresses)
        # Somebody else may have been first, with another file.
        return _trusted({reference})[reference]
    transaction.on_commit(lambda: first_use(reference, addresses))
    return addresses


@transaction.atomic
def first_use(reference: str, addresses: set[str]) -> None:
    """Trust the addresses, if nobody knew the secret before; whoever comes second waits, and adds nothing."""
    known = KnownSecret(reference=reference)
    KnownSecret.objects.bulk_create([known], ignore_conflicts=True)
    found = KnownSecret.objects.select_for_update().get(pk=reference)
    if not found.addresses.exists():
        TrustedAddress.objects.bulk_create(
            TrustedAddress(secret=found, address=address) for address in sorted(addresses)
        )


def _trusted(references: set[str]) -> dict[str, set[str]]:
    rows = TrustedAddress.objects.filter(secret__in=references).values_list("secret", "address")
    found: dict[str, set[str]] = defaultdict(set)
    for reference, address in rows:
        found[reference].add(address)
    return dict(found)
