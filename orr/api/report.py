"""`GET /v1/orr/report?id=&lang=`: the one-page report as a PDF."""

from typing import Literal

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from orr.api import scopes
from orr.api.describing import ID
from orr.api.names import OfReview
from orr.api.parsing import query_of
from orr.api.resource import Resource
from orr.reports import pdf
from orr.reviews.acts import find

LANG = OpenApiParameter("lang", str, enum=["ko", "en"], description="The caller's language unless said")


class ReportIn(OfReview):
    """Which review, in which language."""

    lang: Literal["ko", "en"] | None = None


class Report(Resource):
    """The report on one page."""

    scopes = {"GET": scopes.READ}

    @extend_schema(
        operation_id="report",
        parameters=[ID, LANG],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponse:
        """PDF/A-3u; identical facts give identical bytes."""
        sent = query_of(request, ReportIn)
        review = find(sent.id)
        lang = sent.lang or ("ko" if (get_language() or "").startswith("ko") else "en")
        answer = HttpResponse(pdf.render(review.code, lang), content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{review.code}-{lang}.pdf"'
        return answer
