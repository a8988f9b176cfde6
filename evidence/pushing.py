"""A pipeline's result: understood by its format, refused if it is of another digest, else a measurement."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from evidence import asked, freshness, record, registry
from evidence.attesting import attest
from evidence.contract import Facts, MeasuredOn, Reading
from evidence.models import PUSHED, Evidence
from evidence.push import in_toto, junit, number, opa_test, sarif
from evidence.push.understood import MAX_BYTES, Understood
from evidence.requests import request_collection
from evidence.verdict import Judgement, Measured, Verdict, judge
from orr.accounts import roles
from orr.accounts.models import APPROVER_ROLES, Role, User
from orr.lib import clock
from orr.lib.errors import Conflict, FieldError, Invalid, NotAllowed, TooLarge
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import Rule

FORMATS: dict[str, tuple[Callable[[bytes], Understood], str]] = {
    "junit": (junit.understand, "application/xml"),
    "sarif": (sarif.understand, "application/json"),
    "opa-test": (opa_test.understand, "application/json"),
    "in-toto": (in_toto.understand, "application/json"),
}


# The one format whose word is not its sender's, but a configured key's.
SIGNED = "in-toto"
Content = str | bytes | list[Any] | dict[str, Any]


class Sent(TypedDict, total=False):
    """What a pipeline sends beside item and format; each format says which of it it needs."""

    content: Content | None
    value: float | None
    unit: str | None
    passed: bool | None
    measured_on: MeasuredOn | None
    subject_digests: Sequence[str]
    measured_at: datetime | None
    url: str


@dataclass(frozen=True)
class Preview:
    """How a result is understood, which digests it names, and how it would be judged; kept nowhere."""

    reading: Reading
    digests: tuple[str, ...]
    judgement: Judgement


@transaction.atomic
def push(*, subject: str, item: str, format: str, actor: User, **sent: Unpack[Sent]) -> Evidence:
    """Record a pushed result. Raises NotFound, Conflict, NotAllowed, Invalid with pointers, TooLarge."""
    facts, rule = asked.about_item(subject, item)
    content = _bytes(sent.get("content"))
    if format == "attestation":
        words = content.decode("utf-8", "replace")
        good = sent.get("passed") is not False
        return attest(
            subject=subject, item=item, statement=words, actor=actor, role=rule.attest or "", passed=good
        )
    _may_push(facts, rule, actor)
    found, _named = _read(facts, rule, format, content, sent)
    _hides_no_measurement(facts, rule, format, _judged(facts, rule, found))
    about = record.About(facts, rule, PUSHED + format, actor.pk)
    if _is_half(facts, rule, found):
        return _half(about, found, actor)
    return record.reading(about, found)


def _is_half(facts: Facts, rule: Rule, found: Reading) -> bool:
    """Whether it is a rehearsal that passed, which counts only with what the item's source tells."""
    return bool(found.passed) and registry.wants_rehearsal(rule.code, facts.change_set)


def _needs_the_source(rule: Rule) -> Sentence:
    return say("The rehearsal passed; it counts with what the source of %(item)s tells.", item=rule.code)


def _half(about: record.About, found: Reading, actor: User) -> Evidence:
    """Record the rehearsal, and ask the item's source for the other half after the commit."""
    row = record.part(about, found, _needs_the_source(about.rule))
    rules = list(asked.rules(asked.last_of(about.facts.subject)).values())
    request_collection(facts=about.facts, rules=rules, actor=actor, only=[about.rule.code])
    return row


def preview(*, subject: str, item: str, format: str, actor: User, **sent: Unpack[Sent]) -> Preview:
    """What `push` would record, by the same reading; nothing is written. Raises as `push` does."""
    facts, rule = asked.about_item(subject, item)
    if format == "attestation":
        raise _wrong("/format", say("A statement is in its own words; there is nothing to understand."))
    _may_push(facts, rule, actor)
    found, named = _read(facts, rule, format, _bytes(sent.get("content")), sent)
    judgement = _judged(facts, rule, found)
    _hides_no_measurement(facts, rule, format, judgement)
    return Preview(found, tuple(dict.fromkeys(named)), judgement)


def _judged(facts: Facts, rule: Rule, found: Reading) -> Judgement:
    half = _is_half(facts, rule, found)
    measured = Measured(
        outcome="part" if half else "reading",
        measured_at=found.measured_at,
        value=found.value,
        passed=found.passed,
        samples=found.samples,
        measured_on=found.measured_on,
        unit=found.unit,
        reason=_needs_the_source(rule) if half else found.detail,
    )
    return judge(measured, rule, clock.now())


def _hides_no_measurement(facts: Facts, rule: Rule, format: str, judgement: Judgement) -> None:
    """Where a source measures the item, its sender's word may only add a red to what was measured."""
    if format == SIGNED or judgement.verdict is Verdict.RED:
        return
    if registry.measurable(rule.code, facts.change_set) and not registry.wants_rehearsal(
        rule.code, facts.change_set
    ):
        raise Conflict(
            say(
                "A configured source measures %(item)s, so that no unsigned result stands in for it.",
                item=rule.code,
            )
        )


def _read(facts: Facts, rule: Rule, format: str, content: bytes, sent: Sent) -> tuple[Reading, list[str]]:
    value, unit, passed = sent.get("value"), sent.get("unit"), sent.get("passed")
    understood, media_type = _understand(rule, format, content, value, unit, passed)
    named = [*sent.get("subject_digests", ()), *understood.digests]
    _is_of_this(facts, rule, named)
    measured_on = sent.get("measured_on") or ("candidate" if named else "baseline")
    if rule.measured_on == measured_on == "candidate":
        _is_of_the_candidate(facts, rule, named)
    url = sent.get("url", "")
    reading = Reading(
        value=understood.value,
        passed=understood.passed,
        text=understood.text,
        unit=rule.unit,
        samples=understood.samples,
        raw=content or _as_sent(value, unit, passed),
        media_type=media_type,
        query=format,
        source=_host(url),
        url=url,
        measured_at=_moment(sent.get("measured_at")),
        measured_on=measured_on,
        detail=understood.said,
    )
    return reading, named


def _may_push(facts: Facts, rule: Rule, actor: User) -> None:
    if not rule.push:
        raise NotAllowed(say("The profile takes no pushed result for %(item)s.", item=rule.code))
    roles.require(actor, Role.RELEASE_MANAGER, *sorted(APPROVER_ROLES), team=facts.team)


def _understand(
    rule: Rule, format: str, sent: bytes, value: float | None, unit: str | None, passed: bool | None
) -> tuple[Understood, str]:
    if format == "number":
        return number.understand(rule, value, unit, passed), "application/json"
    if format not in FORMATS:
        known = ", ".join([*FORMATS, "number", "attestation"])
        raise _wrong(
            "/format",
            say("There is no format “%(name)s”; known are %(known)s.", name=format[:40], known=known),
        )
    if not sent:
        raise _wrong("/content", say("This format needs its content."))
    if format == SIGNED:
        _is_not_about_a_number(rule, value)
    read, media_type = FORMATS[format]
    understood = read(sent)
    if rule.comparator == "true":
        failed = understood.passed is not True or passed is False
        return Understood(not failed, understood.samples, understood.text, understood.said,
                          digests=understood.digests), media_type  # fmt: skip
    judged = number.understand(rule, value, unit, False if understood.passed is not True else passed)
    return Understood(judged.passed, understood.samples, "", understood.said, judged.value,
                      understood.digests), media_type  # fmt: skip


def _is_not_about_a_number(rule: Rule, value: float | None) -> None:
    """A signed statement holds none: one beside it would be its sender's word under a key's name."""
    if value is not None:
        raise _wrong("/value", say("A signed statement holds no number; one beside it is signed by nobody."))
    if rule.comparator != "true":
        raise _wrong(
            "/format",
            say("%(item)s asks for a number, which an in-toto test result does not hold.", item=rule.code),
        )


def _is_of_this(facts: Facts, rule: Rule, named: Sequence[str]) -> None:
    """Every digest the result names has to be of this change set, and the right one among them."""
    ours = {facts.change_set_digest, facts.items_digest, *facts.item_digests}
    foreign = next((digest for digest in named if digest not in ours), None)
    if foreign is not None:
        raise _wrong(
            "/subject_digests", say("This is a result of another digest: %(digest)s.", digest=foreign[:80])
        )
    if named and rule.binds_to == "change_set" and facts.change_set_digest not in named:
        sentence = say(
            "%(item)s asks for a result of the whole change set, %(digest)s.",
            item=rule.code,
            digest=facts.change_set_digest,
        )
        raise _wrong("/subject_digests", sentence)


def _is_of_the_candidate(facts: Facts, rule: Rule, named: Sequence[str]) -> None:
    """A result of the candidate names what it ran on: the whole, or each item of the kinds it is asked of."""
    if {facts.change_set_digest, facts.items_digest} & set(named):
        return
    items = facts.change_set["items"]
    asked_of = [item for item in items if item["kind"] in rule.kinds] or items
    # An item without a digest of its own is told from others by the digest of all of them.
    wanted = [item["to"].get("digest") or facts.items_digest for item in asked_of]
    missing = next((digest for digest in wanted if digest not in named), None)
    if missing is not None:
        sentence = say(
            "%(item)s asks for a result of %(digest)s, which this one does not name.",
            item=rule.code,
            digest=missing,
        )
        raise _wrong("/subject_digests", sentence)


def _moment(measured_at: datetime | None) -> datetime:
    now = clock.now()
    if measured_at is None:
        return now
    if measured_at.tzinfo is None:
        raise _wrong("/measured_at", say("A time needs its zone (RFC 3339)."))
    if freshness.is_from_the_future(measured_at, now):
        raise _wrong("/measured_at", say("This time has not come yet."))
    return min(measured_at, now)


def _bytes(content: Content | None) -> bytes:
    if content is None:
        return b""
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
    if len(content) > MAX_BYTES:
        raise TooLarge(say("A result has at most %(n)s bytes.", n=MAX_BYTES))
    return content


def _as_sent(value: float | None, unit: str | None, passed: bool | None) -> bytes:
    return json.dumps({"value": value, "unit": unit, "passed": passed}).encode()


def _host(url: str) -> str:
    if not url:
        return ""
    if not url.startswith(("https://", "http://")) or any(c in url for c in " \"'<>\n\r\t"):
        raise _wrong("/url", say("A link begins with https:// or http://."))
    return url.split("/", 3)[2][:100]


def _wrong(pointer: str, why: Sentence) -> Invalid:
    return Invalid([FieldError(pointer, why)])
