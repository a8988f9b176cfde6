"""The geometry of lanes over time (pure): spans and marks in, SVG numbers out; no label overlaps another."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

LEFT, RIGHT, WIDTH = 140.0, 836.0, 960.0
TOP, LANE = 12.0, 48.0
BAR, GAP = 14.0, 6.0
TICKS = 6
# A character's width at 11 px, in SVG units: Latin and figures, and the square ones.
NARROW, SQUARE, FIRST_SQUARE = 6.2, 11.0, 0x1100
STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (
        *(1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720),
        *(days * 1440 for days in (1, 2, 7, 14, 28, 56, 112, 364)),
    )
)


@dataclass(frozen=True)
class Span:
    """A length of time in a lane, 0 the top one; `kind` is its CSS class, `beside`: its label follows it."""

    lane: int
    start: datetime
    end: datetime
    kind: str
    label: str = ""
    beside: bool = False


@dataclass(frozen=True)
class Mark:
    """A moment in a lane; its label stands above, or with `beside` after it."""

    lane: int
    at: datetime
    kind: str
    label: str = ""
    beside: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Text:
    """A label as it is drawn: where, how it is anchored, and over which x it stands."""

    x: float
    y: float
    words: str
    anchor: str
    kind: str
    left: float
    right: float


@dataclass
class Drawing:
    """All of a chart: bars, dots, texts, ticks, and the height it takes."""

    height: float
    lanes: list[float]
    bars: list[tuple[str, float, float, float]] = field(default_factory=list)
    dots: list[tuple[str, float, float]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    ticks: list[tuple[float, str]] = field(default_factory=list)


def draw(
    lanes: int,
    spans: Sequence[Span],
    marks: Sequence[Mark],
    zone: tzinfo,
    tick: Callable[[datetime], str],
) -> Drawing | None:
    """The chart over all the moments; None where nothing lasts, since there is then no length to be drawn."""
    moments = [at for span in spans for at in (span.start, span.end)] + [mark.at for mark in marks]
    if not any(span.end > span.start for span in spans):
        return None
    begin, end = min(moments), max(moments)
    scale = (RIGHT - LEFT) / (end - begin).total_seconds()

    def x(at: datetime) -> float:
        return round(LEFT + (at - begin).total_seconds() * scale, 1)

    middles = [TOP + LANE * lane + LANE / 2 for lane in range(lanes)]
    drawn = Drawing(TOP + LANE * lanes + 26, middles)
    drawn.bars = [_bar(span, x, middles) for span in spans]
    drawn.dots = [(mark.kind, x(mark.at), middles[mark.lane]) for mark in marks]
    drawn.ticks = list(_ticks(begin, end, zone, tick, x))
    _label(drawn, spans, marks, x)
    return drawn


def width(words: str) -> float:
    """How wide the words are at 11 px, rather too wide than too narrow."""
    return sum(SQUARE if ord(letter) >= FIRST_SQUARE else NARROW for letter in words)


def _bar(
    span: Span, x: Callable[[datetime], float], middles: Sequence[float]
) -> tuple[str, float, float, float]:
    left = x(span.start)
    return span.kind, left, middles[span.lane] - BAR / 2, round(max(1.5, x(span.end) - left), 1)


def _label(
    drawn: Drawing, spans: Sequence[Span], marks: Sequence[Mark], x: Callable[[datetime], float]
) -> None:
    """Place the labels, the strong ones first; one that has no room of its own is left out."""
    taken: dict[tuple[int, bool], list[tuple[float, float]]] = {}
    for span in spans:
        taken.setdefault((span.lane, True), []).append((x(span.start), x(span.end)))
    for mark in marks:
        taken.setdefault((mark.lane, True), []).append((x(mark.at) - GAP, x(mark.at) + GAP))
    labelled: list[Span | Mark] = [*marks, *spans]
    for one in sorted(labelled, key=lambda one: not (isinstance(one, Mark) and one.strong)):
        for place in _places(one, x) if one.label else ():
            busy = taken.setdefault((one.lane, place.beside), [])
            if place.left < LEFT - GAP or place.right > WIDTH:
                continue
            if any(place.right > start and place.left < end for start, end in busy):
                continue
            busy.append((place.left - GAP, place.right + GAP))
            y = drawn.lanes[one.lane] + (4.0 if place.beside else -BAR)
            kind = "tx" if getattr(one, "strong", False) else "" if place.beside else "cap"
            drawn.texts.append(Text(place.at, y, one.label, place.anchor, kind, place.left, place.right))
            break


@dataclass(frozen=True)
class _Place:
    """Where a label could stand: beside what it names or above it."""

    beside: bool
    at: float
    anchor: str
    left: float
    right: float


def _places(one: Span | Mark, x: Callable[[datetime], float]) -> Iterable[_Place]:
    """The places of a label, the best first: after what it names, before it, above it."""
    left, right = (x(one.at), x(one.at)) if isinstance(one, Mark) else (x(one.start), x(one.end))
    wide = width(one.label)
    if one.beside:
        yield _Place(True, right + GAP + 2, "start", right + GAP + 2, right + GAP + 2 + wide)
        yield _Place(True, left - GAP - 2, "end", left - GAP - 2 - wide, left - GAP - 2)
    if isinstance(one, Span):
        if not one.beside and wide <= right - left:
            yield _centred((left + right) / 2, wide)
        return
    if one.strong or not one.beside:
        yield _centred(left, wide)
        yield _Place(False, left, "start", left, left + wide)
    if one.strong:
        yield _Place(False, right, "end", right - wide, right)


def _centred(middle: float, wide: float) -> _Place:
    return _Place(False, round(middle, 1), "middle", middle - wide / 2, middle + wide / 2)


def _ticks(
    begin: datetime,
    end: datetime,
    zone: tzinfo,
    tick: Callable[[datetime], str],
    x: Callable[[datetime], float],
) -> Iterable[tuple[float, str]]:
    """The two ends, and between them round times of the reader's day, where their words have room."""
    step = next((one for one in STEPS if (end - begin) / one <= TICKS), STEPS[-1])
    local = begin.astimezone(zone)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at += ((local - at) // step + 1) * step
    inner = []
    while at < end:
        inner.append(at)
        at += step
    words = {moment: tick(moment) for moment in (begin, *inner, end)}
    kept = [end] if _apart(x, words, begin, end) else []
    for moment in (begin, *inner):
        if all(_apart(x, words, *sorted((moment, other))) for other in kept):
            kept.append(moment)
    return [(x(moment), words[moment]) for moment in sorted(kept)]


def _apart(
    x: Callable[[datetime], float], words: dict[datetime, str], first: datetime, second: datetime
) -> bool:
    return x(second) - x(first) >= (width(words[first]) + width(words[second])) / 2 + GAP
