"""A review as lines: heading, gates, what is in trouble, what was decided (pure)."""

import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orr.cli.paint import MARK, Paint, pad, printable

COLUMNS = 80
LABEL_COLUMNS = 19
Review = Mapping[str, Any]
DECISIONS = {"go": "Go", "go_with_guards": "Go with Guards", "no_go": "No-Go"}


def heading(review: Review) -> str:
    """`ORR-0142  title … environment  profiles`."""
    profiles = ", ".join(f"{p['name']} v{p['version']}" for p in review["profiles"])
    shadow = "  SHADOW" if review.get("shadow") else ""
    front = pad(f"{review['id']}{shadow}  {printable(review['title'])}", 54)
    return f"{front}  {printable(review.get('environment', ''))}  {profiles}".rstrip()


def gate_cells(review: Review, paint: Paint, *, mark_first: bool) -> list[str]:
    """The eight gates in four lines of two, 1–4 left and 5–8 right."""
    drawn = [_gate(gate, paint, mark_first=mark_first) for gate in review["gates"]]
    half = (len(drawn) + 1) // 2
    left, right = drawn[:half], drawn[half:] + [""] * (half - len(drawn[half:]))
    return [f"  {one}     {two}".rstrip() for one, two in zip(left, right, strict=True)]


def _gate(gate: Mapping[str, Any], paint: Paint, *, mark_first: bool) -> str:
    passed, applicable = counts(gate)
    mark = MARK.get(gate["verdict"], "..")
    name = pad(f"{gate['number']} {printable(gate['title'])}", 23)
    share = pad(f"{passed}/{applicable}" if applicable else "-", 5)
    return f"{paint.mark(mark, 4)}{name}{share}" if mark_first else f"{name}  {share}{paint.mark(mark)}"


def counts(gate: Mapping[str, Any]) -> tuple[int, int]:
    """How many items of the gate pass, of those that apply."""
    verdicts = [item["verdict"] for item in gate["items"]]
    applicable = [verdict for verdict in verdicts if verdict != "not_applicable"]
    return applicable.count("green"), len(applicable)


def items(review: Review) -> list[Mapping[str, Any]]:
    """Every item of every gate."""
    return [item for gate in review["gates"] for item in gate["items"]]


def with_verdict(review: Review, *verdicts: str) -> list[Mapping[str, Any]]:
    """The items that have one of the verdicts."""
    return [item for item in items(review) if item["verdict"] in verdicts]


def item_line(item: Mapping[str, Any], paint: Paint) -> str:
    """One item on one line: what was found beside its threshold, or why nothing was."""
    verdict = item["verdict"]
    front = f"  {paint.mark(MARK.get(verdict, '..'), 4)}{item['code']}  {pad(printable(item['title']), 30)}"
    if verdict in ("pending", "error") and item.get("reason"):
        return f"{front}  {pad(printable(item['reason']), COLUMNS - 44).rstrip()}"
    value = printable(item.get("display") or _number(item.get("value"), item.get("unit")))
    threshold = printable(item.get("threshold_display") or "")
    return f"{front}  {pad(value, 14)} {pad(threshold, 10)} {verdict.replace('_', ' ')}".rstrip()


def wrapped(label: str, text: str) -> list[str]:
    """A label and its text, broken at the last column, further lines under the first."""
    room = COLUMNS - LABEL_COLUMNS
    return [
        pad(f"  {label}" if place == 0 else "", LABEL_COLUMNS) + part
        for place, part in enumerate(textwrap.wrap(text, room) or [""])
    ]


def _number(value: object, unit: object) -> str:
    return "" if value is None else f"{value} {unit or ''}".rstrip()


def options_line(review: Review) -> str:
    """Which decisions are possible now, in one sentence."""
    possible = [
        DECISIONS[o["decision"]] for o in review["options"] if o["possible"] and o["decision"] != "no_go"
    ]
    if possible:
        return " or ".join(possible) + (" is" if len(possible) == 1 else " are") + " possible"
    return "only No-Go is possible" if with_verdict(review, "red") else "not decidable yet; No-Go is possible"


def approval_lines(review: Review, paint: Paint) -> list[str]:
    """The live proposal: decision, signatures seat by seat, timelock, digest."""
    approval = review.get("approval")
    if not approval:
        return []
    title = DECISIONS.get(approval["decision"], approval["decision"])
    lines = [
        f"  Decision    {title}, proposed {clock(approval['proposed_at'])},"
        f" sign by {clock(approval['approve_by'])}, start by {clock(approval['valid_until'])}"
    ]
    for place, slot in enumerate(approval["slots"]):
        label = "  Signatures  " if place == 0 else " " * 14
        lines.append(label + _slot(slot, paint))
    lock = approval.get("timelock") or {}
    ready = (
        f"over at {clock(lock['ready_at'])}"
        if lock.get("ready_at")
        else "starts when the last seat is filled"
    )
    lines.append(f"  Timelock    {span(lock.get('delay'))}, {ready}")
    lines.append(f"  Proposal    {paint.dim(short(approval['proposal_digest']))}")
    return lines


def _slot(slot: Mapping[str, Any], paint: Paint) -> str:
    title = pad(printable(slot.get("title") or slot["role"]), 10)
    person = slot.get("person")
    if not person:
        return f"{paint.mark('..', 4)}{title} waiting"
    name, method = pad(printable(person["name"]), 14), printable(slot.get("method") or "")
    return f"{paint.mark('ok', 4)}{title} {name} {clock(slot['signed_at'])}  {method}".rstrip()


def risk_line(review: Review) -> str:
    """The risk as far as it is known."""
    risk = review["risk"]
    if risk.get("score") is None:
        return "  Risk        unknown, nothing was simulated"
    after = (
        f", with guards {risk['planned_residual']:.1f}" if risk.get("planned_residual") is not None else ""
    )
    return f"  Risk        {risk['score']:.1f} of 10{after}"


def short(digest: str) -> str:
    """A digest that fits a line: its first eight and last six digits."""
    name, _, digits = digest.rpartition(":")
    return f"{name}:{digits[:8]}...{digits[-6:]}" if len(digits) > 20 else digest


def moment(stated: str | None) -> datetime | None:
    """A time of the server in the terminal's zone."""
    return datetime.fromisoformat(stated.replace("Z", "+00:00")).astimezone() if stated else None


def clock(stated: str | None) -> str:
    """`14:08` for today, else `21 Nov 14:08`."""
    when = moment(stated)
    if when is None:
        return "-"
    today = datetime.now().astimezone().date()
    return when.strftime("%H:%M" if when.date() == today else "%-d %b %H:%M")


def span(seconds: float | None) -> str:
    """`3:42` of 222 seconds, `1:02:03` beyond an hour."""
    if seconds is None:
        return "-"
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def bar(done: int, total: int, columns: int = 26) -> str:
    """`[####......]`."""
    filled = columns * done // total if total else 0
    return "[" + "#" * filled + "." * (columns - filled) + "]"
