"""The house keeps its shape: layout, storeys, sizes, names, and locks without addresses."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
TOP = {
    ".ci", ".gitignore", "LICENSE", "README.md", "approvals", "compose.yaml", "deploy", "docs", "evidence",
    "manage.py", "orr", "pyproject.toml", "requirements-dev.lock", "requirements.lock", "static", "templates",
    "tests",
}  # fmt: skip
WIRING = {
    "apps", "bootstrap", "catalogues", "celery", "checks", "embedded", "grants", "locale", "settings",
    "supervise", "urls", "wiring", "wsgi",
}  # fmt: skip
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_README = 120
NAMELESS = {"utils", "helpers", "common", "base", "manager", "misc", "util", "helper"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    return [HOME / name for name in listed.split("\0") if name and (HOME / name).exists()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]


def storeys() -> list[str]:
    contracts = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return re.findall(r"[\w.]+", " ".join(layers))


def test_the_top_level_is_the_agreed_one() -> None:
    assert {path.relative_to(HOME).parts[0] for path in tracked()} <= TOP


def test_every_package_stands_in_a_storey() -> None:
    known = storeys()
    rooms = {
        path.relative_to(HOME / "orr").parts[0] for path in modules() if path.is_relative_to(HOME / "orr")
    }
    rooms = {room.removesuffix(".py") for room in rooms} - {"__init__"}
    assert [room for room in sorted(rooms) if room not in WIRING and f"orr.{room}" not in known] == []


def test_no_module_is_named_after_nothing() -> None:
    assert [str(path) for path in modules() if path.stem in NAMELESS] == []


def test_no_file_holds_more_than_one_concept() -> None:
    lengths = {str(path.relative_to(HOME)): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in (path for path in modules() if not path.is_relative_to(HOME / "tests")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            # A function that only makes a class is as long as the class.
            whole = isinstance(node, ast.FunctionDef) and not any(
                isinstance(n, ast.ClassDef) for n in node.body
            )
            if isinstance(node, ast.FunctionDef) and whole:
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(HOME)}:{node.name}"] = lines
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    # An empty __init__.py only makes a folder a package.
    assert [str(path) for path in silent if path.read_text("utf-8").strip()] == []


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len((HOME / "README.md").read_text("utf-8").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    text = (HOME / name).read_text("utf-8")
    assert not re.search(r"https?://|index-url|find-links|@ file", text)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry


def test_the_development_lock_only_adds_to_the_runtime_lock() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (HOME / name).read_text("utf-8"), re.MULTILINE))

    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {match.group() for line in declared if (match := re.match(r"[\w-]+", line))}
    explained = set(
        re.findall(r"^\| `([\w-]+)`", (HOME / "docs/dependencies.md").read_text("utf-8"), re.MULTILINE)
    )
    assert names == explained


def test_the_pipeline_runs_the_one_test_command() -> None:
    script = HOME / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "python3 manage.py test" in script.read_text("utf-8")
