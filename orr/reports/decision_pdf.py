"""The decision document as one A4 page, PDF/A-3u, with its records attached; equal facts give equal bytes."""

from functools import partial
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _

from orr.lib.canonical import canonical_bytes
from orr.reports import decision, decision_page, facts, pdf, typesetting
from orr.reports.decision_page import Room
from orr.reports.onepage import Pinned

TEMPLATE = "reports/decision.html"


def render(code: str, lang: str) -> bytes:
    """The document in `ko` or `en`. Raises NotFound where nothing is decided, Unavailable without Pango."""
    with translation.override(lang):
        told = decision.needed(facts.checklist(code))
        return typeset(told, lang=lang, pinned=pdf.pinned(told["log"]["effect"]))


def typeset(told: dict[str, Any], *, lang: str, pinned: Pinned | None) -> bytes:
    """The document of these facts, in the first room that takes one page; the language must be active."""
    url = f"{settings.PUBLIC_URL}/orr/{told['id']}/decision"
    as_of = decision_page.as_of(told)
    frame = {"lang": lang, "qr": pdf.qr(url), "created": as_of.isoformat(), "modified": as_of.isoformat()}

    def version(room: Room) -> str:
        shown = decision_page.context(told, room=room, pinned=pinned, url=url, zone=settings.TIME_ZONE)
        return get_template(TEMPLATE).render({**frame, **shown})

    versions = [partial(version, room) for room in decision_page.ROOMS]
    return typesetting.print_pdf(versions, pdf.style(), _attached(told), as_of)


def _attached(told: dict[str, Any]) -> list[typesetting.Attached]:
    code = told["id"]
    record = canonical_bytes(told["record"])
    return [
        typesetting.Attached(f"{code}-decision.json", _("The record of the decision"), record),
        typesetting.Attached(f"{code}-document.json", _("All of this document"), canonical_bytes(told)),
    ]
