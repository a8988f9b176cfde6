"""SARIF 2.1.0 (OASIS): passed only if the tools ran to their end and nothing stands open."""

from typing import Any

from evidence.push.understood import Tally, Understood, not_understood, parsed_json
from orr.lib.sentence import say

_HARMLESS_KINDS = frozenset({"pass", "informational", "notApplicable"})
_HARMLESS_LEVELS = frozenset({"none", "note"})


def understand(content: bytes) -> Understood:
    """A failing result fails, an open or unreviewed one too, a suppressed one counts as skipped."""
    document = parsed_json(content)
    try:
        if document["version"] != "2.1.0" or not document["runs"]:
            raise not_understood(say("This is no SARIF 2.1.0 with a run in it."))
        return _tally(document["runs"]).understood()
    except (KeyError, TypeError, AttributeError) as error:
        raise not_understood(say("This is no SARIF 2.1.0.")) from error


def _tally(runs: list[dict[str, Any]]) -> Tally:
    checked = failed = errors = skipped = 0
    first = ""
    for run in runs:
        results = run["results"]
        rules = run["tool"]["driver"].get("rules", [])
        checked += max(len(rules), len(results))
        for invocation in run.get("invocations", []):
            errors += invocation["executionSuccessful"] is not True
        for result in results:
            if _harmless(result):
                continue
            if result.get("suppressions"):
                skipped += 1
            else:
                failed += 1
            first = first or str(result.get("ruleId", ""))
    return Tally(checked, failed, errors, skipped, first)


def _harmless(result: dict[str, Any]) -> bool:
    kind = result.get("kind", "fail")
    if kind == "fail":
        return result.get("level", "warning") in _HARMLESS_LEVELS
    return kind in _HARMLESS_KINDS
