"""A signature to take away, its record and proof: for who gave it, for whom, auditors and administrators."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from approvals import record as records
from approvals.models import Approval
from orr.accounts.models import Role, User
from orr.accounts.roles import roles_of
from orr.board.access import me, signed_in
from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.reports import own
from orr.reviews.acts import find
from orr.reviews.models import Review
from orr.tlog import log

READERS = frozenset({Role.AUDITOR.value, Role.ADMIN.value})


@require_safe
@signed_in
def record(request: HttpRequest, code: str, signature: UUID) -> HttpResponse:
    """The canonical JSON whose SHA-256 stands in the log."""
    review, found = _readable(code, signature, me(request))
    return _file(records.record(found, review.code), "application/json", f"{review.code}-{found.pk}.json")


@require_safe
@signed_in
def proof(request: HttpRequest, code: str, signature: UUID) -> HttpResponse:
    """The C2SP proof file of the log's entry that names the record."""
    review, found = _readable(code, signature, me(request))
    text = log.prove(own.index_of(review, found)).text()
    return _file(text.encode(), "text/plain; charset=utf-8", f"{review.code}-{found.pk}.tlog-proof")


def _readable(code: str, signature: UUID, person: User) -> tuple[Review, Approval]:
    review = find(code)
    found = own.find(review, signature)
    own_or_for = person.pk in (found.person_id, found.on_behalf_of_id)
    if not own_or_for and roles_of(person, team=review.team_id).isdisjoint(READERS):
        raise NotFound(say("There is no such signature on %(code)s.", code=review.code))
    return review, found


def _file(data: bytes, media_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
