"""What every test shares: what is left out is said aloud at the end, and so are the figures."""

import pytest

from tests import figures
from tests.brokers import rabbitmq_url as rabbitmq_url
from tests.brokers import valkey_url as valkey_url
from tests.figures import figure as figure
from tests.flush import flush_of_append_only_tables as flush_of_append_only_tables
from tests.flush import signer_without_memory as signer_without_memory
from tests.flush import signers_file as signers_file

LEFT_OUT = "left out: "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say the figures, and name every group of tests that did not run for want of something here."""
    reports = [one for some in terminalreporter.stats.values() for one in some]
    for line in figures.lines([one for one in reports if getattr(one, "when", "") == "call"]):
        terminalreporter.write_line(line)
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if LEFT_OUT in said:
            reason = said.split(LEFT_OUT, 1)[1]
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"left out, {count} tests: {reason}", yellow=True)
