"""Laws of G8.1: green is a verified proof, red a proof that fails, and nothing else is either."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from evidence.collectors.log import LogInclusion
from evidence.contract import Facts, Malformed, Query, Reading, Unavailable, Window
from orr.lib.clock import now
from orr.profiles.schema import Rule
from orr.tlog import keys, log, proof, reader

pytestmark = pytest.mark.django_db


def collect(subject: str = "ORR-0001") -> Reading:
    rule = Rule(code="G8.1", comparator="true", freshness=3600)
    facts = Facts(subject, {}, "sha256:0", "sha256:0", [], "production", now())
    end = now()
    return LogInclusion().collect(Query("G8.1", rule, facts), Window(end - timedelta(minutes=5), end))


def opened(subject: str = "ORR-0001") -> None:
    with transaction.atomic():
        log.append(kind="review:opened", review=subject, artefacts={}, actor=None)


def test_a_proven_first_entry_passes_and_its_proof_is_kept() -> None:
    opened("ORR-0002")
    opened()
    opened()
    reading = collect()
    assert reading.passed is True
    assert reading.url.endswith("/tlog/entry/1.tlog-proof")
    kept = proof.verify(reading.raw.decode(), reader.entry(1), [keys.verifier_key()], keys.origin())
    assert kept.size == 3


def test_a_proof_that_fails_is_red() -> None:
    opened()
    opened()
    log.sequence()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tlog_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE tlog_entry SET data = 'x', leaf_hash = sha256('\\x0078'::bytea) WHERE idx = 0")
    reading = collect()
    assert reading.passed is False
    assert reading.detail is not None


def test_a_log_without_the_review_is_no_answer() -> None:
    opened("ORR-0002")
    with pytest.raises(Malformed, match="no entry of ORR-0001"):
        collect()


def test_a_log_that_cannot_be_signed_is_unavailable() -> None:
    opened()
    keys.key_file().unlink()
    with pytest.raises(Unavailable, match="signing key"):
        collect()
