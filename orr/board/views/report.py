"""The report and the decision document as PDFs, in either language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from orr.board.access import me, signed_in
from orr.lib.canonical import canonical_bytes
from orr.reports import decision as decisions
from orr.reports import decision_pdf, facts
from orr.reports.pdf import render
from orr.reviews.acts import find


@require_safe
@signed_in
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The one-page report with its detail attached; `?lang=` ko or en, else the reader's."""
    review, language = find(code, me(request)), _language(request)
    return _answer(render(review.code, language), f"{review.code}-{language}.pdf")


@require_safe
@signed_in
def decision(request: HttpRequest, code: str) -> HttpResponse:
    """The decision document with its record attached; 404 while nothing is decided."""
    review, language = find(code, me(request)), _language(request)
    return _answer(decision_pdf.render(review.code, language), f"{review.code}-decision-{language}.pdf")


@require_safe
@signed_in
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The decision document as canonical JSON; 404 while nothing is decided."""
    answer = HttpResponse(
        canonical_bytes(decisions.needed(facts.checklist(code))), content_type="application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="{code}-decision.json"'
    return answer


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else get_language() or "en"


def _answer(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
