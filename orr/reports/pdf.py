"""The report of a review as one A4 page, PDF/A-3u, its detail attached; equal facts give equal bytes."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _

from orr.reports import detail, facts, moments, onepage, typesetting
from orr.reports.onepage import Pinned
from orr.reports.room import ROOMS, Room
from orr.tlog import prove

TEMPLATE = "reports/onepage.html"


def render(code: str, lang: str) -> bytes:
    """The report in `ko` or `en`. Raises NotFound, and Unavailable where Pango isn't installed."""
    with translation.override(lang):
        known = facts.checklist(code)
        last = max((e["index"] for e in known["log"]["entries"] if e["index"] is not None), default=None)
        return typeset(known, lang=lang, pinned=pinned(last))


def typeset(known: dict[str, Any], *, lang: str, pinned: Pinned | None) -> bytes:
    """The report of these facts; the language must be active. The first room that takes one page is used."""
    url = f"{settings.PUBLIC_URL}/orr/{known['id']}"
    as_of = moments.as_of(known)
    frame = {"lang": lang, "qr": qr(url), "created": known["opened_at"], "modified": as_of.isoformat()}

    def version(room: Room) -> str:
        told = onepage.context(known, room=room, pinned=pinned, url=url, zone=settings.TIME_ZONE)
        return get_template(TEMPLATE).render({**frame, **told})

    versions = [partial(version, room) for room in ROOMS]
    return typesetting.print_pdf(versions, style(), _attached(known), as_of)


def qr(url: str) -> str:
    """A QR code of the address as inline SVG, one unit per module."""
    code = segno.make(url, error="m", micro=False)
    drawn: str = code.svg_inline(border=0, svgclass="qr", lineclass=None, omitsize=True)
    return drawn


@cache
def style() -> str:
    """The report's style sheet."""
    return (Path(settings.BASE_DIR) / "templates" / "reports" / "onepage.css").read_text(encoding="utf-8")


def _attached(known: dict[str, Any]) -> list[typesetting.Attached]:
    code = known["id"]
    return [
        typesetting.Attached(f"{code}-detail.json", _("All facts of this report"), detail.detail(known)),
        typesetting.Attached(f"{code}-evidence.json", _("The list of the evidence"), detail.evidence(known)),
    ]


def pinned(last: int | None) -> Pinned | None:
    """The first checkpoint that holds all indexed entries: the same until something new happens here."""
    held = None if last is None else prove.first_signed_beyond(last)
    return Pinned(held.size, held.root.hex()) if held else None
