"""Where the third-party cases are; a test that needs them is reported as left out where they aren't."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def cases() -> Callable[[str], Path]:
    """`cases("merkle")` is that folder of $ORR_CASES, else of ../shared/data beside the checkout."""
    home = Path(os.environ.get("ORR_CASES") or ROOT.parent / "shared" / "data")

    def folder(name: str) -> Path:
        if not (home / name).is_dir():
            pytest.skip(f"left out: no cases {name} in {home}; set ORR_CASES")
        return home / name

    return folder
