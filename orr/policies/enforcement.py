"""Which services are enforced and which are in shadow: to weaken takes two administrators, to enforce one."""

from collections.abc import Iterable

from django.db import connection, transaction

from orr.accounts import acts, roles
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid
from orr.lib.sentence import say
from orr.policies.service_modes import ENFORCED, SHADOW, ServiceMode

LOCK = 0x73686477  # any number that nothing else locks
SERVICE_MAX = 200
REASON_MAX = 2000


def in_shadow(service_ids: Iterable[str]) -> bool:
    """Whether a change of these services is decided in shadow: every one is, and there is one.

    One that is enforced, or of which nothing was said, makes the whole change enforced. Inside a
    transaction, what was found stays so until its end.
    """
    wanted = set(service_ids)
    counting = ServiceMode.objects.filter(service_id__in=wanted, mode=SHADOW, ended_at=None)
    if connection.in_atomic_block:
        counting = counting.select_for_update().order_by("service_id")
    found = set(counting.filter(counts_from__isnull=False).values_list("service_id", flat=True))
    return bool(wanted) and wanted == found


def listed() -> list[ServiceMode]:
    """What counts or waits, by service; those that wait first."""
    rows = ServiceMode.objects.filter(ended_at=None).select_related("asked_by", "consented_by")
    return sorted(rows, key=lambda row: (row.counts_from is not None, row.service_id))


@transaction.atomic
def ask_for_shadow(*, service_id: str, reason: str, actor: User) -> ServiceMode:
    """Ask that the service is decided in shadow; it counts by a second administrator's consent.

    Before the first review of the installation it counts at once. Raises NotAllowed, Invalid; Conflict where
    it is so already, or was asked for.
    """
    roles.require_administrator(actor)
    service, stated = _service(service_id), _reason(reason)
    _alone()
    live, waiting = _live(service), _waiting(service)
    if waiting is not None or (live is not None and live.mode == SHADOW):
        raise Conflict(say("%(service)s is in shadow already, or waits for consent.", service=service))
    at_setup = not roles.in_use()
    now = clock.now()
    if at_setup and live is not None:
        _end(live, actor)
    row = ServiceMode.objects.create(
        service_id=service, mode=SHADOW, reason=stated, asked_by=actor, at_setup=at_setup,
        counts_from=now if at_setup else None,
    )  # fmt: skip
    acts.record(
        "service.shadow_at_setup" if at_setup else "service.shadow_asked", actor=actor, service=service
    )
    return row


@transaction.atomic
def consent(*, service_id: str, actor: User) -> ServiceMode:
    """Let the service be decided in shadow from now on. Raises NotAllowed, Invalid, Conflict."""
    service = _service(service_id)
    _alone()
    waiting = _waiting(service)
    if waiting is None:
        raise Conflict(say("Nothing waits for consent on %(service)s.", service=service))
    now = clock.now()
    roles.second_administrator(actor, now, not_one_of={waiting.asked_by_id})
    live = _live(service)
    if live is not None:
        _end(live, actor)
    waiting.consented_by, waiting.counts_from = actor, now
    waiting.save(update_fields=["consented_by", "counts_from"])
    acts.record("service.shadow_counts", actor=actor, person=waiting.asked_by, service=waiting.service_id)
    return waiting


@transaction.atomic
def enforce(*, service_id: str, reason: str, actor: User) -> ServiceMode:
    """Decide changes of the service for real from now on; what waits ends. Raises NotAllowed, Conflict."""
    roles.require_administrator(actor)
    service, stated = _service(service_id), _reason(reason)
    _alone()
    ended = [row for row in (_live(service), _waiting(service)) if row is not None and row.mode == SHADOW]
    if not ended:
        raise Conflict(say("%(service)s is enforced already.", service=service))
    for row in ended:
        _end(row, actor)
    row = _live(service) or ServiceMode.objects.create(
        service_id=service, mode=ENFORCED, reason=stated, asked_by=actor, counts_from=clock.now()
    )
    acts.record("service.enforced", actor=actor, service=service)
    return row


def _alone() -> None:
    """Hold the lock of all services until the transaction ends; apart from that of the policies, which an
    organisation sets up with its first review and not with this.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _live(service: str) -> ServiceMode | None:
    return ServiceMode.objects.filter(
        service_id=service, counts_from__isnull=False, ended_at=None
    ).first()  # fmt: skip


def _waiting(service: str) -> ServiceMode | None:
    waiting = ServiceMode.objects.filter(service_id=service, counts_from=None, ended_at=None)
    return waiting.select_related("asked_by").first()


def _end(row: ServiceMode, actor: User) -> None:
    row.ended_at, row.ended_by = clock.now(), actor
    row.save(update_fields=["ended_at", "ended_by"])


def _service(stated: str) -> str:
    service = stated.strip()
    if not service or len(service) > SERVICE_MAX or not service.isprintable():
        raise Invalid([FieldError("/service_id", say("A service has 1 to 200 characters."))])
    return service


def _reason(stated: str) -> str:
    reason = stated.strip()
    if not reason:
        raise Invalid([FieldError("/reason", say("A reason is needed."))])
    if len(reason) > REASON_MAX or "\x00" in reason:
        limit = say("At most %(n)s characters, no control characters.", n=REASON_MAX)
        raise Invalid([FieldError("/reason", limit)])
    return reason
