"""The plant is a process of its own: it needs nothing of the product, and ends when it is told to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orr.demo.plant.place import owner_url, plant_port
from tests.demo.peers import ask, free_port, wait_for

OURS = {"approvals", "django", "evidence"}
_LOADED = """
import sys
import orr.demo.plant.__main__
names = {name for name in sys.modules if not name.startswith("orr.demo")}
print(" ".join(sorted(name for name in names if name.split(".")[0] in %r or name.startswith("orr."))))
"""


def test_it_imports_nothing_of_the_product() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _LOADED % OURS], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == ""


def test_it_runs_by_one_command_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "orr.demo.plant", "--port", str(port), "--state", str(tmp_path)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "DATABASE", "PLURA"))}
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        assert ask(f"http://127.0.0.1:{port}", "/state")["faults"] == []
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_its_port_lies_above_the_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANT_PORT", raising=False)
    monkeypatch.setenv("PORT", "8123")
    assert plant_port() == 8222
    monkeypatch.setenv("PLANT_PORT", "9000")
    assert plant_port() == 9000


def test_the_running_installation_says_where_the_lake_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    (tmp_path / "run.json").write_text('{"DATABASE_OWNER_URL": "postgresql:///owner"}')
    assert owner_url(tmp_path) == "postgresql:///owner"
    assert owner_url(tmp_path / "elsewhere") is None
