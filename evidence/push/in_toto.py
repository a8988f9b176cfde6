"""An in-toto test-result v0.1 statement in a DSSE envelope; one without a checked signature is refused."""

from typing import Any

from evidence.push import dsse
from evidence.push.understood import Tally, Understood, not_understood, parsed_json
from orr.lib.sentence import say

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def understand(content: bytes) -> Understood:
    """Passed only if the result is PASSED and no test warned or failed. Raises Invalid."""
    envelope = parsed_json(content)
    if not isinstance(envelope, dict) or "payload" not in envelope:
        raise not_understood(say("An in-toto statement is taken only signed, in a DSSE envelope."))
    payload = dsse.payload_of(envelope, dsse.configured_keys(), PAYLOAD_TYPE)
    try:
        statement = parsed_json(payload)
        if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
            raise not_understood(say("The statement is no in-toto test-result v0.1."))
        return _result(statement["predicate"]).understood(_digests(statement))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_understood(say("The statement is no in-toto test-result v0.1.")) from error


def _digests(statement: dict[str, Any]) -> tuple[str, ...]:
    found = tuple(f"sha256:{subject['digest']['sha256']}" for subject in statement["subject"])
    if not found:
        raise not_understood(say("The statement names no subject."))
    return found


def _result(predicate: dict[str, Any]) -> Tally:
    passed = list(predicate.get("passedTests", []))
    warned = list(predicate.get("warnedTests", []))
    failed = list(predicate.get("failedTests", []))
    result = predicate["result"]
    if result not in ("PASSED", "WARNED", "FAILED"):
        raise not_understood(say("The statement's result is none of PASSED, WARNED, FAILED."))
    total = len(passed) + len(warned) + len(failed)
    # The predicate may state a bad result without naming the test.
    unnamed = result != "PASSED" and not (warned or failed)
    first = next(iter([*failed, *warned]), "")
    return Tally(max(total, 1), len(failed) + unnamed, 0, len(warned), str(first))
