"""JUnit XML by junitparser, after a look at the bytes: no DTD, no depth, and the counts have to agree."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import junitparser

from evidence.push.understood import Tally, Understood, not_understood
from orr.lib.sentence import say

DEPTH_MAX = 40
ELEMENTS_MAX = 200_000


def understand(content: bytes) -> Understood:
    """Passed only if every test case ran and passed. Raises Invalid."""
    seen = _elements(content)
    try:
        suites = list(_suites(junitparser.JUnitXml.fromstring(content)))
        cases = [case for suite in suites for case in suite]
    except Exception as error:
        # junitparser raises errors of whichever XML library it found.
        raise not_understood(say("This is no JUnit XML.")) from error
    if len(cases) != seen["testcase"]:
        raise not_understood(say("This is no JUnit XML: test cases stand where they do not belong."))
    broken = [case for case in cases if not case.is_passed]
    stated = {name: _stated(suites, name) for name in ("failures", "errors", "skipped")}
    return Tally(
        total=len(cases),
        failed=max(seen["failure"], stated["failures"]),
        errors=max(seen["error"], stated["errors"]),
        skipped=max(seen["skipped"], stated["skipped"]),
        first=str(broken[0].name or "") if broken else "",
    ).understood()


def _suites(root: Any) -> Iterator[Any]:
    """Every suite, nested ones too; the root is a suite or a list of suites."""
    if isinstance(root, junitparser.TestSuite):
        yield root
        suite: Any = root
        for inner in suite.testsuites():
            yield from _suites(inner)
    else:
        for suite in root:
            yield from _suites(suite)


def _stated(suites: list[Any], name: str) -> int:
    """The highest count that a suite states itself: a suite may state a failure that no case shows."""
    return max((getattr(suite, name, 0) or 0 for suite in suites), default=0)


def _elements(content: bytes) -> Counter[str]:
    """How often each element stands in it. Raises Invalid for DTDs, entities, depth and number."""
    seen: Counter[str] = Counter()
    depth = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        seen[name.rsplit("}", 1)[-1]] += 1
        if depth > DEPTH_MAX or seen.total() > ELEMENTS_MAX:
            raise not_understood(say("The XML is nested too deep or has too many elements."))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise not_understood(say("XML with a document type is refused."))

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise not_understood(say("This is no XML: %(why)s", why=str(error))) from error
    return seen
