"""Laws of the report's PDF: one page whatever stands in it, equal bytes from equal facts, nothing fetched."""

import json
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.utils import translation

from orr.lib.errors import Unavailable
from orr.reports import detail, pdf, typesetting
from orr.reports.onepage import Pinned
from tests.reports.example import change, facts, item

PINNED = Pinned(48_121, "8f03" * 16)


def typeset(known: dict[str, Any], lang: str = "en") -> bytes:
    with translation.override(lang):
        return pdf.typeset(known, lang=lang, pinned=PINNED)


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(data))


def longest() -> dict[str, Any]:
    """Every text as long as its limit allows, forty changes, and trouble at every item."""
    known = facts(title="가나다라 마바사 " * 13 + "가나다", summary="요약 문장입니다. " * 200)
    for gate in known["gates"]:
        gate["verdict"], gate["verdict_title"] = "not_applicable", "Not applicable"
        for number, old in enumerate(gate["items"]):
            stated = {"by": "이름이 아주 긴 사람 " * 10, "role": "SRE", "statement": "", "at": None}
            gate["items"][number] = item(old["code"], "pending") | {
                "display": "아주 긴 측정값 " * 40, "threshold_display": "≤ 1,234,567.89 ms",
                "comparator": "le", "attested": stated, "near_threshold": True,
                "earlier_red": {"at": "x", "display": "y"},
            }  # fmt: skip
            gate["items"][number]["evidence"][0]["title"] = "source " * 40
            gate["items"][number]["measured_at"] = "2026-09-21T14:05:58Z"
    assert len(known["title"]) == 120
    rows = [change(n, "config") | {"name": "a" * 200, "to": {"version": "9" * 100}} for n in range(40)]
    known["change_set"] = {"items": rows, "mitigation": "완화 " * 600}
    known["guards"] = [known["guards"][0] | {"target": "t" * 200, "value": "v" * 500} for _ in range(12)]
    slot = known["approval"]["slots"][1] | {"title": "역할의 이름 " * 4}
    slot["person"] = {"id": "p", "name": "이름이아주긴사람" * 18}
    known["approval"]["slots"] = [slot] * 8
    known["decision"]["reason"] = "사유 " * 900
    known["requester"]["name"] = "요청자" * 50
    known["environment"] = "environment-" * 16
    known["profiles"] = known["profiles"] * 7
    known["rollout"]["events"] = known["rollout"]["events"] * 12
    return known


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_equal_facts_give_equal_bytes_whatever_was_printed_between(lang: str) -> None:
    first = typeset(facts(), lang)
    typeset(longest(), lang)
    assert typeset(facts(now="2027-01-01T00:00:00Z", version=77), lang) == first
    assert typeset(facts(title="Another"), lang) != first


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_longest_allowed_texts_take_one_page(lang: str) -> None:
    document = read(typeset(longest(), lang))
    assert len(document.pages) == 1
    page = document.pages[0].mediabox
    assert (round(page.width), round(page.height)) == (595, 842)
    text = " ".join(document.pages[0].extract_text().split())
    assert "가나다라 마바사" in text


@pytest.mark.slow
def test_the_longest_report_still_ends_with_its_proof() -> None:
    text = " ".join(read(typeset(longest())).pages[0].extract_text().split())
    assert "Pinned checkpoint 48,121" in text
    assert "more in the attachment" in text


def test_korean_text_can_be_extracted() -> None:
    document = read(typeset(facts(), "ko"))
    text = document.pages[0].extract_text()
    for expected in ("모델 v4 + 검색 설정 변경", "김도윤", "박지훈", "검색 캐시의 수명을 90초로 늘린다."):
        assert expected in text
    assert document.trailer["/Root"]["/Lang"] == "ko"


def test_it_says_that_it_is_pdf_a_3u() -> None:
    document = read(typeset(facts()))
    stated = document.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in stated or "<pdfaid:part>3</pdfaid:part>" in stated
    assert 'pdfaid:conformance="U"' in stated or "<pdfaid:conformance>U</pdfaid:conformance>" in stated
    assert document.trailer["/Root"]["/OutputIntents"]


def test_fonts_are_embedded_and_only_ours() -> None:
    data = typeset(facts())
    fonts = read(data).pages[0]["/Resources"]["/Font"]
    names = {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in fonts.values()}
    assert names == {"Report", "Report-Bold"}
    assert len(data) <= 150_000


def test_all_facts_and_the_evidence_are_attached() -> None:
    document = read(typeset(facts()))
    told = json.loads(document.attachments["ORR-0142-detail.json"][0])
    assert told["change_set_digest"] == facts()["change_set_digest"]
    assert len([piece for gate in told["gates"] for piece in gate["items"]]) == 26
    assert not {"now", "version", "next"} & set(told)
    listed = json.loads(document.attachments["ORR-0142-evidence.json"][0])["evidence"]
    assert [row["item"] for row in listed][:2] == ["G1.1", "G1.2"]
    assert listed[0]["sha256"] == "ab" * 32
    names = document.trailer["/Root"]["/AF"]
    assert len({str(name) for name in names}) == 2


def test_what_a_user_typed_stays_text_and_fetches_nothing() -> None:
    evil = "<img src='http://127.0.0.1:9/x'><link rel=attachment href='file:///etc/passwd'>"
    document = read(typeset(facts(title=evil, summary=evil)))
    assert "<link rel=attachment" in document.pages[0].extract_text().replace("\n", " ")
    assert set(document.attachments) == {"ORR-0142-detail.json", "ORR-0142-evidence.json"}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/x", "data:image/png;base64,AA"])
def test_nothing_but_the_fonts_can_be_fetched(url: str) -> None:
    html = f'<img src="{url}">'
    with pytest.raises(typesetting.ForeignAddress, match="a report asked for"):
        typesetting.print_pdf([lambda: html], pdf.style(), [], pdf.moments.as_of(facts()))


def test_without_pango_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise OSError("cannot load library 'libpangoft2-1.0-0'")

    monkeypatch.setattr(typesetting, "_load", missing)
    with pytest.raises(Unavailable, match="libpangoft2-1.0-0 and libharfbuzz-subset0"):
        typesetting.print_pdf([lambda: "<p>"], "p { color: red }", [], pdf.moments.as_of(facts()))


def test_the_code_leads_to_the_board() -> None:
    drawn = pdf.qr("http://localhost:8000/orr/ORR-0142")
    assert drawn.startswith("<svg")
    assert drawn == pdf.qr("http://localhost:8000/orr/ORR-0142") != pdf.qr("http://localhost:8000/orr/ORR-0143")


def test_a_running_exit_is_told_without_its_ticking_clock() -> None:
    run = {
        "state": "running", "state_title": "Running", "started_at": "2026-11-22T14:58:00.000Z",
        "ended_at": None, "deadline": "2026-11-22T15:03:00.000Z", "keys": [], "phases": [],
    }  # fmt: skip
    first = detail.detail(facts(exit=run | {"seconds": 1.5, "seconds_left": 298.5, "now": "x"}))
    assert detail.detail(facts(exit=run | {"seconds": 2.5, "seconds_left": 297.5, "now": "y"})) == first
    assert json.loads(first)["canary"]["stages"][0] == {"percent": 5, "seconds": 540}
