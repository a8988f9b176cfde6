"""A small test suite: named cases that are run, timed and written as JUnit XML."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx
import junitparser


class TooEarly(ValueError):
    """There is nothing to test yet: the suite says nothing rather than something wrong."""


@dataclass(frozen=True)
class Case:
    """`run` answers None where the case holds, else why it doesn't; it may raise what HTTP raises."""

    name: str
    run: Callable[[], str | None]


@dataclass(frozen=True)
class Outcome:
    """`failure` is what the case found wrong, `error` why it could not be run; times in seconds."""

    name: str
    seconds: float
    failure: str | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        return self.failure is None and self.error is None


def run(cases: Iterable[Case]) -> list[Outcome]:
    """Run every case; one that fails or breaks ends no other."""
    return [_run(case) for case in cases]


def junit(name: str, outcomes: Iterable[Outcome]) -> str:
    """The outcomes as JUnit XML."""
    suite = junitparser.TestSuite(name)
    for outcome in outcomes:
        case = junitparser.TestCase(outcome.name, classname=name, time=round(outcome.seconds, 4))
        if outcome.failure is not None:
            case.result = [junitparser.Failure(outcome.failure)]
        elif outcome.error is not None:
            case.result = [junitparser.Error(outcome.error)]
        suite.add_testcase(case)
    xml = junitparser.JUnitXml()
    xml.add_testsuite(suite)
    written: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    return written.decode()


def _run(case: Case) -> Outcome:
    started = time.monotonic()
    try:
        failure = case.run()
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as broken:
        said = f"{type(broken).__name__}: {broken}"
        return Outcome(case.name, time.monotonic() - started, error=said)
    return Outcome(case.name, time.monotonic() - started, failure=failure)
