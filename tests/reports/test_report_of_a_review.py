"""Laws of the report of a real review: twice the same bytes, whatever the clock and other reviews do."""

import json
from io import BytesIO

import pypdf
import pytest

from orr.lib.errors import NotFound
from orr.reports import pdf
from orr.tlog import log
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


def test_two_reports_of_one_review_are_the_same_bytes() -> None:
    code = review(title="검색 설정 변경").code
    log.sequence()
    first = {lang: pdf.render(code, lang) for lang in ("ko", "en")}
    review(title="Another review")
    log.sequence()
    assert {lang: pdf.render(code, lang) for lang in ("ko", "en")} == first


def test_the_report_pins_the_checkpoint_that_first_held_the_review() -> None:
    code = review(title="Search configuration").code
    log.sequence()
    text = " ".join(pypdf.PdfReader(BytesIO(pdf.render(code, "en"))).pages[0].extract_text().split())
    pinned = log.entries_of(code)[-1].index
    assert pinned is not None
    assert f"Pinned checkpoint {pinned + 1}," in text
    assert "gap 0" in text
    assert "unknown" in text


def test_the_report_of_a_minimal_review_prints_what_is_not_adopted() -> None:
    code = review(profile="minimal").code
    text = " ".join(pypdf.PdfReader(BytesIO(pdf.render(code, "en"))).pages[0].extract_text().split())
    for gate in ("G1.1, G1.2, G1.3", "G2.2, G2.3", "G3.1, G3.2", "G7.1, G7.2, G7.4"):
        assert f"not adopted: {gate}" in text


def test_a_new_act_makes_another_report() -> None:
    code = review().code
    unsigned = pdf.render(code, "en")
    log.sequence()
    assert pdf.render(code, "en") != unsigned
    detail = pypdf.PdfReader(BytesIO(unsigned)).attachments[f"{code}-detail.json"][0]
    assert json.loads(detail)["log"]["gap"] > 0


def test_there_is_no_report_of_nothing() -> None:
    with pytest.raises(NotFound):
        pdf.render("ORR-9999", "en")
