"""Figure 9: the report against an empty page set by the same machine."""

import time

from tests.bench.figure import Figure
from tests.bench.stopwatch import interleaved


def report(code: str) -> list[Figure]:
    """The PDF of one review, the first one of this process and warm ones."""
    from weasyprint import HTML

    from orr.reports import pdf

    HTML(string="<p>").write_pdf()
    started = time.process_time()
    first = pdf.render(code, "en")
    cold = time.process_time() - started
    calls = {"empty": lambda: HTML(string="<p>").write_pdf(), "report": lambda: pdf.render(code, "en")}
    taken = interleaved(calls, time.process_time, rounds=5, turns=3)
    return [
        Figure(9, "PDF, warm: CPU ÷ empty page", taken["report"].cpu / taken["empty"].cpu, "≤", 6),
        Figure(9, "PDF, bytes", len(first) / 1000, "≤", 150, "kB"),
        Figure(9, "PDF, first ÷ warm", cold / taken["report"].cpu, "≤", 1.5),
        Figure(9, "PDF, different bytes from the same facts", pdf.render(code, "en") != first, "≤", 0),
    ]
