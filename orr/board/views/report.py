"""The report as a PDF, in either language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from orr.board.access import me, signed_in
from orr.reports.pdf import render
from orr.reviews.acts import find


@require_safe
@signed_in
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The one-page report with its detail attached; `?lang=` ko or en, else the reader's."""
    review = find(code, me(request))
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else get_language() or "en"
    answer = HttpResponse(render(review.code, language), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{review.code}-{language}.pdf"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
