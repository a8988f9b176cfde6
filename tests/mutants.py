"""The mutants of a module: its tree with one place changed, in each way that we know (pure)."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


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


@dataclass(frozen=True)
class Mutant:
    """One changed tree, the lines of the changed statement, and the outermost function in whose body it is.

    What runs at import is in none.
    """

    target: Target
    tree: ast.Module
    lines: range
    diff: str
    function: str | None

    @property
    def name(self) -> str:
        """How the list of equivalent mutants knows it: the changed lines, stable while their text is."""
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
    for path, node, lines, function in _places(ast.parse(source)):
        for variant in variants(node):
            tree = ast.parse(source)
            _put(tree, path, variant)
            ast.fix_missing_locations(tree)
            changed = ast.unparse(tree)
            if changed in seen or changed.splitlines() == plain:
                continue
            seen.add(changed)
            diff = "\n".join(unified_diff(plain, changed.splitlines(), lineterm="", n=0))
            yield Mutant(target, tree, lines, diff, function)


Step = tuple[str, int | None]


def _places(
    tree: ast.AST,
    path: tuple[Step, ...] = (),
    lines: range = range(0),
    names: tuple[str, ...] = (),
    function: str | None = None,
) -> Iterator[tuple[tuple[Step, ...], ast.AST, range, str | None]]:
    """Every node that may be changed, with the way to it, and what a mutant says of its place.

    Docstrings, annotations and sentences may not.
    """
    names = (*names, tree.name) if isinstance(tree, ast.ClassDef | ast.FunctionDef) else names
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list", "names"}:
            continue
        entered = isinstance(tree, ast.FunctionDef) and field == "body"
        inside = function or (".".join(names) if entered else None)
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_said(child):
                continue
            here = (*path, (field, index))
            there = range(child.lineno, (child.end_lineno or 0) + 1) if isinstance(child, ast.stmt) else lines
            yield here, child, there, inside
            yield from _places(child, here, there, names, inside)


def _is_said(node: ast.AST) -> bool:
    """A docstring, an import, what a star would import, or words for people: `say("…", …)` as a whole."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
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
