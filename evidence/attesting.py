"""By hand: a statement, with a file if need be, marked as attested by whom and in which role."""

from dataclasses import dataclass

from django.db import transaction

from evidence import asked, record, registry
from evidence.contract import Facts, Reading
from evidence.file_kinds import keeps_its_name, kind_of
from evidence.models import Evidence
from orr.accounts import roles
from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed, TooLarge
from orr.lib.sentence import say
from orr.profiles.schema import Rule

WORDS_MAX = 2000
FILE_MAX = 5 * 1024 * 1024


@dataclass(frozen=True)
class Attachment:
    """A file of a statement; what it is, its bytes say."""

    name: str
    data: bytes


@transaction.atomic
def attest(
    *,
    subject: str,
    item: str,
    statement: str,
    actor: User,
    role: str,
    file: Attachment | None = None,
    passed: bool = True,
) -> Evidence:
    """Record the person's word for the item. Raises NotFound, Conflict, NotAllowed, Invalid, TooLarge.

    Refused where the profile asks for another role or for none, and where the item can be measured.
    """
    facts, rule = asked.about_item(subject, item)
    words = statement.strip()
    _may_attest(facts, rule, actor, role)
    _is_a_statement(words, file)
    now = clock.now()
    found = Reading(
        value=None,
        passed=passed,
        raw=file.data if file else b"",
        media_type=kind_of(file.data) if file else "",
        query=file.name[:200] if file else "",
        source="",
        measured_at=now,
    )
    about = record.About(facts, rule, "attestation", actor.pk)
    return record.reading(about, found, record.Statement(actor.pk, role, words))


@transaction.atomic
def withdraw_statement(*, subject: str, item: str, actor: User) -> Evidence:
    """Take one's own statement back; the item waits again. Raises Conflict and NotAllowed."""
    facts, rule = asked.about_item(subject, item)
    newest = (
        Evidence.objects.filter(subject=subject, item=item).order_by("-measured_at", "-recorded_at").first()
    )
    if newest is None or newest.attested_by is None:
        raise Conflict(say("No statement stands for %(item)s.", item=item))
    if newest.attested_by != actor.pk:
        raise NotAllowed(say("Only who made a statement takes it back."))
    about = record.About(facts, rule, "attestation", actor.pk)
    return record.withdrawal(about, clock.now(), say("%(name)s took the statement back.", name=str(actor)))


def _may_attest(facts: Facts, rule: Rule, actor: User, role: str) -> None:
    if rule.attest is None:
        raise NotAllowed(say("The profile takes no statement for %(item)s; it is measured.", item=rule.code))
    needed = roles.role_sentence(rule.attest)
    if role != rule.attest or role not in roles.roles_of(actor, clock.now(), team=facts.team):
        raise NotAllowed(
            say("A statement for %(item)s needs the role %(role)s.", item=rule.code, role=needed)
        )
    if registry.measurable(rule.code, facts.change_set):
        raise Conflict(
            say(
                "A configured source measures %(item)s, so that no statement stands in for it.",
                item=rule.code,
            )
        )


def _is_a_statement(words: str, file: Attachment | None) -> None:
    if not words:
        raise Invalid([FieldError("/statement", say("A statement needs words: why does this hold?"))])
    if len(words) > WORDS_MAX:
        raise Invalid(
            [FieldError("/statement", say("A statement has at most %(n)s characters.", n=WORDS_MAX))]
        )
    if file is not None:
        _is_a_file(file)


def _is_a_file(file: Attachment) -> None:
    if len(file.data) > FILE_MAX:
        raise TooLarge(say("A file has at most %(n)s bytes.", n=FILE_MAX))
    if not file.data:
        raise Invalid([FieldError("/file", say("The file is empty."))])
    if not keeps_its_name(file.name, kind_of(file.data)):
        sentence = say(
            "%(name)s is not what the ending of its name says; nothing was kept.", name=file.name[:80]
        )
        raise Invalid([FieldError("/file", sentence)])
