"""Mutation testing of the modules that decide who may sign, and when: `python -m tests.mutation`.

Each mutant changes one place of one module; the tests that belong to the module must then fail. mutmut was
tried first: it leaves properties, decorated functions and module constants alone, where a part of these
laws stands, and two thirds of its mutants change words of sentences, which the catalogues' own test holds.
cosmic-ray writes each mutant into the source tree and starts Django anew for it. Here the parent imports
the libraries once, and each mutant is a fork that compiles the module from its changed tree.

Mutants that change nothing that can be observed are listed with the reason in `equivalent_mutants.toml`.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from types import ModuleType

HOME = Path(__file__).resolve().parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
GOAL = 90.0
PATIENCE = 120


@dataclass(frozen=True)
class Target:
    """A module and the tests that belong to it; pure ones run without Django and its database."""

    module: str
    tests: tuple[str, ...]
    pure: bool = False

    @property
    def path(self) -> Path:
        """Its file."""
        return HOME / (self.module.replace(".", "/") + ".py")


TARGETS = (
    Target("approvals.quorum", ("tests/approvals/test_a_quorum_is_filled_by_different_people.py",), True),
    Target("approvals.timelock", ("tests/approvals/test_a_timelock_never_ends_early.py",), True),
    Target("orr.decisions.rules", ("tests/decisions/test_only_what_is_known_can_be_decided.py",), True),
    Target("orr.decisions.eligibility", ("tests/decisions/test_who_may_sign.py",)),
    Target("orr.accounts.roles", ("tests/accounts/test_roles_count_for_signing.py",)),
)


@dataclass(frozen=True)
class Mutant:
    """One changed tree; `name` is the place and the change, stable while the line's text is."""

    target: Target
    tree: ast.Module
    line: int
    diff: str

    @property
    def name(self) -> str:
        """How the list of equivalent mutants knows it: the changed lines, without their numbers."""
        changed = [one.strip() for one in self.diff.splitlines() if one[:1] in "+-" and one[:3] not in _HEADS]
        return " ".join(changed)


_HEADS = ("+++", "---")
SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """The node, changed in each way that we know; the node itself is left as it is."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in SWAPPED.get(type(operator), ()):
                changed = copy.deepcopy(node)
                changed.ops[place] = other()  # type: ignore[call-overload]
                yield changed
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        for other in SWAPPED.get(type(node.op), ()):
            changed = copy.deepcopy(node)
            changed.op = other()  # type: ignore[assignment]
            yield changed
        if isinstance(node, ast.BoolOp):
            for place in range(len(node.values)):
                kept = [copy.deepcopy(one) for i, one in enumerate(node.values) if i != place]
                yield kept[0] if len(kept) == 1 else ast.BoolOp(copy.deepcopy(node.op), kept)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield from _conditions(node)
    elif isinstance(node, ast.comprehension) and node.ifs:
        for place in range(len(node.ifs)):
            changed = copy.deepcopy(node)
            del changed.ifs[place]
            yield changed
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Raise | ast.Continue):
        yield ast.Pass()
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and not _is_none(node.value):
        changed = copy.deepcopy(node)
        changed.value = ast.Constant(None)
        yield changed


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and node.value:
        yield ast.Constant(f"XX{node.value}XX")


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLED:
        changed = copy.deepcopy(node)
        changed.func = ast.Name(CALLED[node.func.id], ast.Load())
        yield changed
    # A filter less, an argument less: what it asked for is then not asked.
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"filter", "exclude"}:
        for place in range(len(node.keywords)):
            changed = copy.deepcopy(node)
            del changed.keywords[place]
            yield changed
        for place in range(len(node.args)):
            changed = copy.deepcopy(node)
            del changed.args[place]
            yield changed


def _conditions(node: ast.If | ast.IfExp | ast.While) -> Iterator[ast.AST]:
    changed = copy.deepcopy(node)
    changed.test = ast.UnaryOp(ast.Not(), changed.test)
    yield changed


def mutants(target: Target) -> Iterator[Mutant]:
    """Every mutant of the module, each differing from it in one place."""
    source = target.path.read_text(encoding="utf-8")
    plain = ast.unparse(ast.parse(source)).splitlines()
    seen: set[str] = set()
    for path, node in _places(ast.parse(source)):
        for variant in variants(node):
            tree = ast.parse(source)
            _put(tree, path, variant)
            ast.fix_missing_locations(tree)
            changed = ast.unparse(tree)
            if changed in seen or changed.splitlines() == plain:
                continue
            seen.add(changed)
            diff = "\n".join(unified_diff(plain, changed.splitlines(), lineterm="", n=0))
            yield Mutant(target, tree, getattr(node, "lineno", 0), diff)


Step = tuple[str, int | None]


def _places(tree: ast.AST, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], ast.AST]]:
    """Every node that may be changed, with the way to it. Docstrings, annotations and sentences are not."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list", "names"}:
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_said(child):
                continue
            here = (*path, (field, index))
            yield here, child
            yield from _places(child, here)


def _is_said(node: ast.AST) -> bool:
    """A docstring, an import, or words for people: `say("…", …)` as a whole."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"


def _put(tree: ast.AST, path: tuple[Step, ...], variant: ast.AST) -> None:
    *way, (field, index) = path
    for name, place in way:
        found = getattr(tree, name)
        tree = found if place is None else found[place]
    if index is None:
        setattr(tree, field, variant)
    else:
        getattr(tree, field)[index] = variant


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
