"""This project's own wheel, built from a copy of the checkout, without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
PACKAGES = ("orr", "approvals", "evidence")
BESIDE = ("pyproject.toml", "README.md", "LICENSE")
UNBUILT = shutil.ignore_patterns("__pycache__", "*.pyc")


def build(directory: Path, version: str) -> Path:
    """The wheel of that version in a new `directory`; what the build leaves behind stays there too."""
    copied = directory / "checkout"
    for package in PACKAGES:
        shutil.copytree(HOME / package, copied / package, ignore=UNBUILT)
    for name in BESIDE:
        shutil.copy(HOME / name, copied)
    stated = copied / "pyproject.toml"
    text, changed = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', stated.read_text("utf-8"))
    assert changed == 1
    stated.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*command, "--disable-pip-version-check", "--wheel-dir", str(directory)],
        cwd=copied, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = directory.glob("*.whl")
    return wheel


def sources(directory: Path) -> set[str]:
    """Every file of the copied packages, by its path in the wheel."""
    copied = directory / "checkout"
    found = (path for package in PACKAGES for path in (copied / package).rglob("*"))
    return {str(path.relative_to(copied)) for path in found if path.is_file()}
