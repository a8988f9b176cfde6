"""Mutation testing of the modules that decide who may sign, and when: `python -m tests.mutation`.

Each mutant changes one place of one module; the tests that belong to the module must then fail. mutmut was
tried first: it leaves properties, decorated functions and module constants alone, where a part of these
laws stands, and two thirds of its mutants change words of sentences, which the catalogues' own test holds.
cosmic-ray writes each mutant into the source tree and starts Django anew for it. Here the parent imports
the libraries once, and each mutant is a fork that compiles the module from its changed tree.

Mutants that change nothing that can be observed are listed with the reason in `equivalent_mutants.toml`.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.mutants import HOME, Mutant, Target, mutants

EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
GOAL = 90.0
PATIENCE = 120


DECIDING = "tests/decisions"
TARGETS = (
    Target("approvals.quorum", ("tests/approvals/test_a_quorum_is_filled_by_different_people.py",), True),
    Target("approvals.timelock", ("tests/approvals/test_a_timelock_never_ends_early.py",), True),
    Target("orr.decisions.rules", ("tests/decisions/test_only_what_is_known_can_be_decided.py",), True),
    Target(
        "orr.decisions.eligibility",
        (f"{DECIDING}/test_who_may_sign.py", f"{DECIDING}/test_who_may_do_what_about_a_proposal.py"),
    ),
    Target("orr.accounts.roles", ("tests/accounts/test_roles_count_for_signing.py",)),
)


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
        exec(compile(self.mutant.tree, str(self.mutant.target.path), "exec"), module.__dict__)  # noqa: S102


def survives(mutant: Mutant) -> bool:
    """Whether the tests still pass on the mutant; one that never ends does not."""
    child = os.fork()
    if child == 0:
        os._exit(_tested(mutant))
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


# Without Django, our conftest and our settings of pytest, a fork is ready in a fraction of a second.
_ALONE: tuple[str, ...] = (
    "-p",
    "no:django",
    "--noconftest",
    "-c",
    os.devnull,
    "--rootdir",
    str(HOME),
    "--import-mode=importlib",
)


def _tested(mutant: Mutant | None, target: Target | None = None) -> int:
    """pytest's exit code, in a process of its own."""
    import pytest

    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    if mutant is not None:
        sys.meta_path.insert(0, Changed(mutant))
    chosen = mutant.target if mutant is not None else target
    assert chosen is not None
    plain = list(_ALONE) if chosen.pure else []
    if chosen.pure:
        from django.conf import settings

        # Sentences then read as they are written.
        settings.configure(USE_I18N=False)
    # What is kept between the tests of one process would be shared by all mutants.
    usual = [
        "-x",
        "-q",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--no-header",
    ]
    reused = [] if chosen.pure else ["--reuse-db", "-p", "no:valkey"]
    return int(pytest.main([*usual, *plain, *reused, *chosen.tests]))


def _preload() -> None:
    """Import once what every fork needs, and nothing of the project."""
    import celery  # noqa: F401
    import django.db.models  # noqa: F401
    import hypothesis  # noqa: F401
    import psycopg  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import rfc8785  # noqa: F401


@dataclass(frozen=True)
class Score:
    """What became of the mutants of one module."""

    module: str
    killed: int
    survived: tuple[Mutant, ...]
    equivalent: int
    seconds: float

    @property
    def percent(self) -> float:
        """The killed of those that can be killed."""
        return 100 * self.killed / max(self.killed + len(self.survived), 1)

    def __str__(self) -> str:
        return (
            f"mutation {self.module:<28} {self.killed:>4} killed {len(self.survived):>4} survived "
            f"{self.equivalent:>3} equivalent {self.percent:6.1f} % {self.seconds:6.0f} s"
        )


def score(target: Target, every: int = 1) -> Score:
    """Try every mutant of the module (or each n-th)."""
    if (child := os.fork()) == 0:
        os._exit(_tested(None, target))
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"the tests of {target.module} do not pass on the module as it is")
    listed = set(tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get(target.module, {}))
    began, killed, equivalent, survived = time.monotonic(), 0, 0, []
    for mutant in list(mutants(target))[::every]:
        if mutant.name in listed:
            equivalent += 1
        elif survives(mutant):
            survived.append(mutant)
            print(f"survived in {target.path.relative_to(HOME)}:{mutant.line}\n{mutant.diff}", flush=True)
        else:
            killed += 1
    return Score(target.module, killed, tuple(survived), equivalent, time.monotonic() - began)


def main(arguments: list[str]) -> int:
    """0 where every module reaches the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules to mutate; all of them by default")
    parser.add_argument("--every", type=int, default=1, help="try each n-th mutant only")
    chosen = parser.parse_args(arguments)
    wanted = [one for one in TARGETS if not chosen.modules or one.module in chosen.modules]
    os.environ["DJANGO_SETTINGS_MODULE"] = "orr.settings"
    # What the tests find around them: a state directory, and a database unless there is one.
    from tests import surroundings  # noqa: F401

    _preload()
    scores = [score(target, chosen.every) for target in wanted]
    for one in scores:
        print(one, flush=True)
    killed, survived = sum(one.killed for one in scores), sum(len(one.survived) for one in scores)
    print(f"mutation score {100 * killed / max(killed + survived, 1):.1f} % of {killed + survived} mutants")
    return 0 if all(one.percent >= GOAL for one in scores) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
