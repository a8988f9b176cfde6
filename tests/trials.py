"""Trying mutants: each in a fork of a session of pytest in which the tests have passed already.

The libraries, Django, the project and the test database are then there, and a mutant costs only the tests
that run the changed statement, until the first that fails. A fork takes the changed function's code over into
the living function, so that whoever imported it calls the mutant. What runs at import is tried in a session
of its own.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType
from typing import Any, TextIO, TypeVar

import pytest

from tests.mutants import HOME, Mutant, Target

PATIENCE = 120.0
Answer = TypeVar("Answer")

_USUAL = (
    "-x", "-q", "--tb=no", "--assert=plain", "--no-header", "-p", "no:cacheprovider",
)  # fmt: skip
_WITH_DATABASE = ("--reuse-db", "-p", "no:valkey")
_ANEW = "--create-db"
# Without Django, our conftest and our settings of pytest, a session is ready in a fraction of a second.
_ALONE = (
    "-p", "no:django", "--noconftest", "-c", os.devnull, "--rootdir", str(HOME), "--import-mode=importlib",
)  # fmt: skip


def apart(work: Callable[[], Answer], patience: float | None = None) -> Answer | None:
    """What `work` returns, in a fork of this process; None where it breaks down or takes too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = pickle.dumps(work())
            with os.fdopen(writing, "wb") as out:
                out.write(said)
        finally:
            os._exit(0)
    os.close(writing)
    if not select.select([reading], [], [], patience)[0]:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return pickle.loads(said) if said else None  # noqa: S301 - our own fork wrote it


@dataclass(frozen=True)
class Outcome:
    """What became of mutants, and the tests in the order in which they killed last."""

    killed: int
    survived: tuple[Mutant, ...]
    order: tuple[str, ...]


class Trials:
    """A plug-in of pytest: runs the tests on the module as it is, and where they pass on every mutant."""

    def __init__(self, target: Target, mutants: Sequence[Mutant], told: TextIO) -> None:
        self.target, self.mutants, self.told = target, mutants, told
        self.outcome: Outcome | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of the usual loop; no outcome where a test fails on the module as it is, first or last."""
        began, items = time.monotonic(), [item for item in session.items if not _commits(item)]
        run = {item: _lines_run(session, item, str(self.target.path)) for item in items}
        patience = PATIENCE + 5 * (time.monotonic() - began)
        if session.testsfailed:
            return self._no_outcome("before the first mutant")
        survived = []
        for mutant in self.mutants:
            reached = [item for item in items if not run[item].isdisjoint(mutant.lines)]
            killer = _killer(session, reached, mutant, patience)
            if killer == _NOBODY:
                survived.append(mutant)
                tell(mutant, self.told)
            items.sort(key=lambda item: item.nodeid != killer)  # noqa: B023
        # What a fork lacks, or what one of them left behind, would have killed the mutants.
        if (failed := _killer(session, items, None, patience)) != _NOBODY:
            return self._no_outcome(failed or f"a fork that did not end in {patience:.0f} s")
        killed = len(self.mutants) - len(survived)
        self.outcome = Outcome(killed, tuple(survived), tuple(item.nodeid for item in items))
        return True

    def _no_outcome(self, why: str) -> bool:
        print(f"{self.target.module}: its tests fail without a mutant: {why}", file=self.told, flush=True)
        return True


_NOBODY = ""


def _commits(item: pytest.Item) -> bool:
    """A race commits: what it leaves behind when it is ended in its midst would kill the next mutant."""
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))


def _killer(
    session: pytest.Session, items: Sequence[pytest.Item], mutant: Mutant | None, patience: float
) -> str | None:
    """The test that fails on the mutant, in a fork; None where the fork broke down or never ended."""

    def first_failure() -> str:
        if mutant is not None:
            transplant(mutant)
        for item in items:
            _run(session, item)
            if session.testsfailed:
                return item.nodeid
        return _NOBODY

    _hang_up()
    return apart(first_failure, patience)


def _run(session: pytest.Session, item: pytest.Item) -> None:
    # Only what belongs to the whole session, such as the database, stays set up.
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=session)


def _lines_run(session: pytest.Session, item: pytest.Item, file: str) -> set[int]:
    """The lines of the file that the test runs."""
    found: set[int] = set()

    def line(frame: FrameType, event: str, argument: object) -> Any:
        found.add(frame.f_lineno)
        return line

    def call(frame: FrameType, event: str, argument: object) -> Any:
        return line(frame, event, argument) if frame.f_code.co_filename == file else None

    threading.settrace(call)
    sys.settrace(call)
    try:
        _run(session, item)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    return found


def _hang_up() -> None:
    """A fork that used our connection to the database would end it for us."""
    from django.db import connections

    connections.close_all()


def transplant(mutant: Mutant) -> None:
    """Give the living function the mutant's code."""
    assert mutant.function is not None
    found: Any = sys.modules[mutant.target.module]
    for name in mutant.function.split("."):
        found = vars(found)[name]
    living = inspect.unwrap(found.fget if isinstance(found, property) else found)
    living.__code__ = next(one for one in _codes(_compiled(mutant)) if one.co_qualname == mutant.function)


def _compiled(mutant: Mutant) -> CodeType:
    return compile(mutant.tree, str(mutant.target.path), "exec")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the target from the mutant's tree."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Ours for the target alone."""
        if name != self.mutant.target.module:
            return None
        file = str(self.mutant.target.path)
        return importlib.util.spec_from_file_location(name, file, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """The usual module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed tree."""
        exec(_compiled(self.mutant), module.__dict__)  # noqa: S102


def tell(mutant: Mutant, out: TextIO) -> None:
    """Print a survivor."""
    place = f"{mutant.target.path.relative_to(HOME)}:{mutant.lines.start}"
    print(f"survived in {place}\n{mutant.diff}", file=out, flush=True)


def in_functions(target: Target, mutants: Sequence[Mutant]) -> Outcome | None:
    """Try those that change a function; None where the tests do not pass on the module as it is."""
    with os.fdopen(os.dup(1), "w") as told:
        trials = Trials(target, mutants, told)
        _pytest(target, target.tests, _ANEW, plugins=[trials])
    return trials.outcome


def at_import(target: Target, mutants: Sequence[Mutant], tests: Sequence[str]) -> Outcome | None:
    """Try those that change what runs at import; None as above."""
    if mutants and apart(lambda: _pytest(target, tests)) != 0:
        return None
    survived = []
    for mutant in mutants:
        if apart(lambda: _imported(mutant, tests), PATIENCE) == 0:  # noqa: B023
            survived.append(mutant)
            tell(mutant, sys.stdout)
    return Outcome(len(mutants) - len(survived), tuple(survived), tuple(tests))


def _imported(mutant: Mutant, tests: Sequence[str]) -> int:
    sys.meta_path.insert(0, Changed(mutant))
    return _pytest(mutant.target, tests)


def _pytest(target: Target, tests: Sequence[str], *more: str, plugins: Sequence[object] = ()) -> int:
    """pytest's exit code, its words unheard."""
    import hypothesis

    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    if target.pure:
        from django.conf import settings

        # Sentences then read as they are written.
        settings.configure(USE_I18N=False)
    # The first example that fails is enough: nobody reads the smallest one.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    unhurried = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck)}
    hypothesis.settings.register_profile("mutation", phases=phases, database=None, **unhurried)
    hypothesis.settings.load_profile("mutation")
    own = _ALONE if target.pure else (*_WITH_DATABASE, *more)
    return int(pytest.main([*_USUAL, *own, *tests], plugins=plugins))
