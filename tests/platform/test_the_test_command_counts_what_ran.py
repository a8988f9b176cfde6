"""The closing line of a test run: every test and check counted, and nothing green that did not run."""

from pathlib import Path

import pytest

from tests import machine
from tests.__main__ import _sum
from tests.lanes import Counts, Lane, Result, _counts, run


def closing(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_a_clean_run_passes(capsys: pytest.CaptureFixture[str]) -> None:
    results = [Result("ruff", True, 0.1), Result("pytest", True, 1.0)]
    assert _sum(results, Counts(10, 0, 2), 1.1) == 0
    assert closing(capsys) == "11 passed, 0 failed, 2 skipped"


def test_a_failed_check_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    results = [Result("ruff", False, 0.1), Result("pytest", True, 1.0)]
    assert _sum(results, Counts(10, 0, 0), 1.1) == 1
    assert closing(capsys) == "10 passed, 1 failed, 0 skipped"


def test_a_pytest_that_ran_nothing_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert _sum([Result("pytest", False, 1.0)], Counts(), 1.1) == 1
    assert closing(capsys) == "0 passed, 1 failed, 0 skipped"


def test_errors_count_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"></testsuite></testsuites>'
    )
    assert _counts(report) == Counts(passed=3, failed=3, skipped=3)


def test_a_lane_carries_its_output_when_it_fails() -> None:
    result = run(Lane("loud", ("sh", "-c", "echo why; exit 3")), {})
    assert (result.ok, result.output) == (False, "why\n")


def test_a_user_is_told_the_one_line_and_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need = machine.Need("no-such-package", lambda: False, quick=True)
    monkeypatch.setattr(machine, "NEEDS", (need,))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not machine.ready(fast=True)
    assert "apt-get install -y --no-install-recommends no-such-package" in capsys.readouterr().err
