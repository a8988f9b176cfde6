"""The page by which a person breaks the plant and heals it again, and reads a metric's last minutes."""

import hmac
import math
import secrets
import time
from html import escape

from orr.demo.plant.faults import FAULTS, Fault, Faults
from orr.demo.plant.http import Request, Response
from orr.demo.plant.promql import Evaluator, QueryError, Scalar, parse
from orr.demo.plant.samples import Store
from orr.demo.plant.targets import Targets

_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
       color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8886; vertical-align: top; }
td.on { font-weight: 700; color: #b42318; } code { font-size: .85em; word-break: break-all; }
button { font: inherit; padding: .2rem .8rem; } svg { width: 100%; height: 12rem; }
polyline { fill: none; stroke: currentColor; }
@media (prefers-color-scheme: dark) { td.on { color: #f97066; } }
"""


class Page:
    """The switches; a form's token keeps other sites from turning them."""

    def __init__(self, faults: Faults, targets: Targets, store: Store) -> None:
        self._faults, self._targets, self._store = faults, targets, store
        self._token = secrets.token_urlsafe(18)

    def show(self, request: Request) -> Response:
        rows = "".join(self._row(fault) for fault in FAULTS)
        values = "".join(
            f"<tr><td><code>{escape(name)}</code><td><code>{escape(value)}</code>"
            for name, value in sorted(self._targets.listed().items())
        )
        return _page(
            "The demo's plant",
            "<p>A small production system that works all the time. Break it here, and the next check of a "
            "review turns red; heal it, and the next one is green again.</p>"
            f"<table><thead><tr><th>Switch<th>What happens<th>Now<th></thead><tbody>{rows}</tbody></table>"
            f"<h2>What runs</h2><table><tbody>{values}</tbody></table>",
        )

    def turn(self, request: Request) -> Response:
        form = request.form
        if not hmac.compare_digest(form.get("token", "").encode(), self._token.encode()):
            return _page("Not turned", "<p>This form is too old. Go back, reload, try again.</p>", 403)
        try:
            self._faults.turn(form.get("name", ""), form.get("to") == "on")
        except KeyError:
            return _page("Not turned", "<p>There is no such switch.</p>", 404)
        return Response(303, headers={"Location": "/", **_SAFE})

    def style(self, request: Request) -> Response:
        return Response(200, STYLE.encode(), "text/css; charset=utf-8")

    def graph(self, request: Request) -> Response:
        """One query over the last ten minutes, or from `from` to `to` in milliseconds."""
        query = request.query.get("query", "")
        now = round(time.time() * 1000)
        start, end = _bound(request, "from", now - 600_000), _bound(request, "to", now)
        try:
            line = self._line(query, start, max(end, start + 1))
        except QueryError as wrong:
            return _page("Not a query", f"<p>{escape(str(wrong))}</p>", 400)
        return _page("Metric", f"<p><code>{escape(query)}</code></p>{line}")

    def _row(self, fault: Fault) -> str:
        on = fault.name in self._faults
        button = (
            f'<form method="post" action="/switch"><input type="hidden" name="token" value="{self._token}">'
            f'<input type="hidden" name="name" value="{fault.name}">'
            f'<button name="to" value="{"off" if on else "on"}">{"Heal" if on else "Break"}</button></form>'
        )
        state = '<td class="on">broken' if on else "<td>healthy"
        return f"<tr><th>{escape(fault.title)}<td>{escape(fault.effect)}{state}<td>{button}"

    def _line(self, query: str, start: int, end: int) -> str:
        expression = parse(query)
        points: list[tuple[int, float]] = []
        for step in range(121):
            at = start + (end - start) * step // 120
            value = Evaluator(self._store, at).number_or_vector(expression)
            numbers = [value.value] if isinstance(value, Scalar) else [number for _, number in value]
            points += [(step, number) for number in numbers[:1] if math.isfinite(number)]
        if not points:
            return "<p>Nothing was measured in this time.</p>"
        low, high = min(v for _, v in points), max(v for _, v in points)
        span = high - low or 1.0
        line = " ".join(f"{x * 8},{190 - (v - low) / span * 180:.1f}" for x, v in points)
        text = f"lowest {low:.4g}, highest {high:.4g}, last {points[-1][1]:.4g}"
        return (
            f'<svg viewBox="0 0 960 200" role="img" aria-label="{text}">'
            f'<polyline points="{line}"/></svg><p>{text}</p>'
        )


def _bound(request: Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdigit() and len(text) < 16 else otherwise


def _page(title: str, body: str, status: int = 200) -> Response:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return Response(status, html.encode(), "text/html; charset=utf-8", _SAFE)
