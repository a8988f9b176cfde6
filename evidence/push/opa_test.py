"""`opa test --format json`: a list of tests, each with `fail`, `error` or `skip` where it did not pass."""

from evidence.push.understood import Tally, Understood, not_understood, parsed_json
from orr.lib.sentence import say


def understand(content: bytes) -> Understood:
    """Passed only if no test failed, broke or was skipped. Raises Invalid."""
    tests = parsed_json(content)
    if not isinstance(tests, list) or not all(
        isinstance(t, dict) and "name" in t and "package" in t for t in tests
    ):
        raise not_understood(say("This is no output of opa test --format json."))
    failed = [t for t in tests if t.get("fail")]
    errors = [t for t in tests if t.get("error")]
    skipped = [t for t in tests if t.get("skip")]
    broken = [*failed, *errors, *skipped]
    first = f"{broken[0]['package']}.{broken[0]['name']}" if broken else ""
    return Tally(len(tests), len(failed), len(errors), len(skipped), first).understood()
