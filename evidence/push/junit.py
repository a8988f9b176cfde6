"""JUnit XML by junitparser, after a look at the bytes: no DTD, no depth, and the counts have to agree."""

from collections import Counter
from typing import Any
from xml.parsers import expat

import junitparser

from evidence.push.understood import Tally, Understood, not_understood
from orr.lib.sentence import say

DEPTH_MAX = 40
ELEMENTS_MAX = 200_000


def understand(content: bytes) -> Understood:
    """Passed only if every test case ran and passed. Raises Invalid."""
    seen = _Look()
    seen.over(content)
    try:
        root: Any = junitparser.JUnitXml.fromstring(content)
        suites = [root] if isinstance(root, junitparser.TestSuite) else list(root)
        cases = [case for suite in suites for case in suite]
    except Exception as error:
        # junitparser raises errors of whichever XML library it found.
        raise not_understood(say("This is no JUnit XML.")) from error
    if len(cases) != seen.elements["testcase"]:
        raise not_understood(say("This is no JUnit XML: test cases stand where they do not belong."))
    broken = [case for case in cases if not case.is_passed]
    return Tally(
        total=len(cases),
        failed=max(seen.elements["failure"], seen.stated["failures"]),
        errors=max(seen.elements["error"], seen.stated["errors"]),
        skipped=max(seen.elements["skipped"], seen.stated["skipped"]),
        first=str(broken[0].name or "") if broken else "",
    ).understood()


class _Look:
    """How often each element stands in it, and the highest counts that a suite states of itself.

    A suite may state a failure that no case of it shows, and junitparser overwrites what suites state.
    """

    def __init__(self) -> None:
        self.elements: Counter[str] = Counter()
        self.stated: Counter[str] = Counter()
        self._depth = 0

    def over(self, content: bytes) -> None:
        """Look over the bytes. Raises Invalid for DTDs, entities, depth and number."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise not_understood(say("This is no XML: %(why)s", why=str(error))) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        local = name.rsplit("}", 1)[-1]
        self.elements[local] += 1
        if self._depth > DEPTH_MAX or self.elements.total() > ELEMENTS_MAX:
            raise not_understood(say("The XML is nested too deep or has too many elements."))
        if local in ("testsuite", "testsuites"):
            for count in ("failures", "errors", "skipped"):
                self.stated[count] = max(self.stated[count], _whole(attributes.get(count) or "0"))

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _doctype(self, *_: object) -> None:
        raise not_understood(say("XML with a document type is refused."))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise not_understood(say("A count in it is no number: %(text)s", text=text[:40]))
    return int(text)
