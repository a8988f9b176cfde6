"""Laws of the decision document: PDF, JSON and log tell one decision, on one page, in the same bytes."""

import hashlib
import json
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.utils import translation

from orr.accounts.models import User
from orr.decisions import actions, debts, executor
from orr.decisions.models import Decision
from orr.guards import contracts
from orr.lib import clock
from orr.lib.canonical import canonical_bytes
from orr.lib.errors import NotFound
from orr.lib.met import Met
from orr.reports import decision, decision_page, decision_pdf, facts, pdf
from orr.reports.onepage import Pinned
from orr.reviews.models import Review
from orr.tlog import log
from tests.factories.break_glass import broken, profile_file, signed, waiting
from tests.factories.decisions import propose, red
from tests.factories.people import person

pytestmark = pytest.mark.django_db
PINNED = Pinned(48_121, "8f03" * 16)


@pytest.fixture
def people(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, User]:
    settings.PLURA_PROFILES = str(tmp_path)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())
    roles = {"manager": "release_manager", "sre": "sre", "security": "security", "boss": "release_manager"}
    return {name: person(name, role) for name, role in roles.items()}


def emergency(people: dict[str, User], folder: Path, *codes: str, timelock: int = 0) -> Review:
    return waiting(profile_file(folder, timelock=timelock), people["manager"], *codes)


def took_effect(code: str) -> Decision:
    made = executor.take_effect(code)
    assert isinstance(made, Decision), str(made)
    return made


@pytest.fixture
def go(people: dict[str, User], tmp_path: Path) -> Decision:
    """Go with Guards in effect, indexed in the signed log."""
    review = emergency(people, tmp_path)
    signed(propose(review, people["manager"]), people["sre"], people["security"])
    made = took_effect(review.code)
    log.sequence()
    return made


@pytest.fixture
def glass(people: dict[str, User], tmp_path: Path) -> Decision:
    """A decision by break-glass past G1.1."""
    review = emergency(people, tmp_path, "G1.1", timelock=600)
    signed(broken(review, people["manager"], "G1.1"), people["sre"], people["security"])
    return took_effect(review.code)


@pytest.fixture
def no_go(people: dict[str, User], tmp_path: Path) -> Decision:
    """No-Go for a red item."""
    review = emergency(people, tmp_path)
    red(review, "G1.2")
    return actions.record_no_go(code=review.code, reason="The p95 is too high.", actor=people["manager"])


def told(made: Decision) -> dict[str, Any]:
    return decision.needed(facts.checklist(made.review.code))


def page(data: bytes) -> str:
    document = pypdf.PdfReader(BytesIO(data))
    assert len(document.pages) == 1
    return " ".join(document.pages[0].extract_text().split())


def test_its_digest_ties_record_pdf_json_and_log_together(go: Decision) -> None:
    document = told(go)
    attached = pypdf.PdfReader(BytesIO(decision_pdf.render(go.review.code, "en"))).attachments
    record = attached[f"{go.review.code}-decision.json"][0]
    assert record == bytes(go.payload) == canonical_bytes(document["record"])
    assert "sha256:" + hashlib.sha256(record).hexdigest() == go.digest == document["decision"]["digest"]
    entry = next(one for one in log.entries_of(go.review.code) if one.index == document["log"]["effect"])
    assert entry.kind == "decision.took_effect"
    assert entry.artefacts["decision"] == go.digest[7:]
    assert json.loads(attached[f"{go.review.code}-document.json"][0]) == document


def test_the_page_names_what_when_who_how_and_where_it_is_logged(go: Decision) -> None:
    document, shown = told(go), page(decision_pdf.render(go.review.code, "en"))
    assert go.proposal is not None
    for expected in (go.digest, go.proposal.digest, "Sre", "Security", "one-time code", "Manager", "expires"):
        assert expected in shown
    for index in (document["log"]["effect"], document["proposal"]["log_index"]):
        assert f"log {index:,}" in shown
    assert [one["log_index"] for one in document["signatures"]] == sorted(
        one["log_index"] for one in document["signatures"]
    )
    assert len({one["log_index"] for one in document["signatures"]}) == 2


def test_a_weak_signature_is_marked(people: dict[str, User], tmp_path: Path) -> None:
    review = emergency(people, tmp_path)
    proposal = propose(review, people["manager"])
    for name, method in (("sre", "password"), ("security", "totp")):
        actions.sign(
            code=review.code, actor=people[name], role=None, expected_digest=proposal.digest,
            method=method, comment="",
        )  # fmt: skip
    assert [one["weak"] for one in told(took_effect(review.code))["signatures"]] == [True, False]
    assert "(weak)" in page(decision_pdf.render(review.code, "en"))


def test_equal_facts_give_equal_bytes_and_the_report_between_changes_nothing(go: Decision) -> None:
    first = {lang: decision_pdf.render(go.review.code, lang) for lang in ("ko", "en")}
    pdf.render(go.review.code, "ko")
    log.sequence()
    assert {lang: decision_pdf.render(go.review.code, lang) for lang in ("ko", "en")} == first


def test_past_its_time_it_says_expired(go: Decision, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not told(go)["expired"]
    assert go.valid_until is not None
    until = go.valid_until
    monkeypatch.setattr(clock, "now", lambda: until)
    assert told(go)["expired"]
    shown = page(decision_pdf.render(go.review.code, "en"))
    assert "Expired Go with Guards" in shown
    assert "needs a new review" in shown


def test_break_glass_cannot_be_overlooked(glass: Decision, people: dict[str, User]) -> None:
    document, shown = told(glass), page(decision_pdf.render(glass.review.code, "en"))
    assert document["record"]["break_glass"] == {"items": ["G1.1"]}
    assert "Break-glass Go with Guards" in shown
    assert "Passed by name, not passing: G1.1." in shown
    assert "A second look is due by" in shown
    report = page(pdf.render(glass.review.code, "en"))
    assert "BREAK-GLASS: no timelock, passed by name: G1.1" in report
    debts.record_second_look(
        code=glass.review.code, finding="It was needed.", upheld=True, actor=people["boss"]
    )
    assert "Second look by Boss: upheld." in page(decision_pdf.render(glass.review.code, "en"))


def test_no_go_names_the_reason_the_red_and_the_rca(no_go: Decision) -> None:
    document, shown = told(no_go), page(decision_pdf.render(no_go.review.code, "en"))
    assert [one["code"] for one in document["red"]] == ["G1.2"]
    assert (document["proposal"], document["signatures"]) == (None, [])
    for expected in ("No-Go", "The p95 is too high.", "G1.2", "RCA due", "may not go to prod-kr"):
        assert expected in shown
    assert [one["decided"] for one in document["options"]] == [False, False, True]


def test_in_korean_it_can_be_extracted(go: Decision) -> None:
    shown = page(decision_pdf.render(go.review.code, "ko"))
    assert "결정서" in shown
    assert go.digest in shown


def test_nothing_decided_is_not_found(people: dict[str, User], tmp_path: Path) -> None:
    review = emergency(people, tmp_path)
    assert decision.document(facts.checklist(review.code)) is None
    with pytest.raises(NotFound, match="has no decision yet"):
        decision_pdf.render(review.code, "en")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_longest_texts_take_one_page_and_end_with_the_proof(glass: Decision, lang: str) -> None:
    known = deepcopy(told(glass))
    known["title"], known["environment"] = "가나다라 마바사 " * 13 + "가나다", "environment-" * 5
    known["decision"]["reason"] = "사유 " * 900
    one = known["signatures"][0] | {
        "name": "이름이아주긴사람" * 10,
        "title": "역할 " * 6,
        "comment": "말 " * 900,
    }
    known["signatures"] = [one] * 8
    known["guards"] = [known["guards"][0] | {"target": "t" * 200, "value": "v" * 500}] * 12
    known["change_set"]["items"] = known["change_set"]["items"] * 20
    known["exit_plan"]["points_of_no_return"] = ["되돌릴 수 없다 " * 40] * 5
    with translation.override(lang):
        shown = page(decision_pdf.typeset(known, lang=lang, pinned=PINNED))
    assert "48,121" in shown
    assert known["decision"]["digest"] in shown


def test_as_of_is_the_effect_whatever_happened_since(go: Decision) -> None:
    assert decision_page.as_of(told(go)).replace(microsecond=0) == go.effective_at.replace(microsecond=0)
