"""The command against a real server: what it prints, and the exit code a pipeline acts on."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evidence.models import PUSHED, Evidence
from orr.accounts import tokens
from orr.cli.main import plura
from orr.reports import pdf
from orr.reviews.models import Review
from tests.api.conftest import ALL, unrehearsed
from tests.factories.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ORR = Callable[..., Result]
# The package holds a command of the same name.
cli_evidence = importlib.import_module("orr.cli.evidence")


@pytest.fixture
def environment(live_server: Any) -> dict[str, str]:
    """Where the server is, and the release manager's token with every scope."""
    token = tokens.issue(user=person("manager", "release_manager"), scopes=ALL, days=1)
    return {"PLURA_URL": live_server.url, "PLURA_TOKEN": token, "NO_COLOR": ""}


@pytest.fixture
def orr(environment: dict[str, str]) -> ORR:
    """Runs `plura orr …`."""

    def run(*said: str, stdin: str | None = None, **changed: str) -> Result:
        return CliRunner().invoke(plura, ["orr", *said], input=stdin, env={**environment, **changed})

    return run


@pytest.fixture
def code(orr: ORR) -> str:
    """The id of a review that the command opened."""
    found: str = json.loads(orr("start", "--json", "-", stdin=json.dumps(unrehearsed())).stdout)["id"]
    return found


def test_start_opens_a_review_from_a_file_or_standard_input(orr: ORR, tmp_path: Path) -> None:
    file = tmp_path / "changeset.json"
    file.write_text(json.dumps(unrehearsed()), encoding="utf-8")
    from_file = orr("start", str(file))
    assert from_file.exit_code == 10
    assert "Model v4 + search configuration" in from_file.output and "sha256:" in from_file.output
    whole = json.dumps({"change_set": unrehearsed(), "profile": None})
    assert orr("start", stdin=whole).exit_code == 10
    assert Review.objects.count() == 2


def test_start_from_git_shows_what_it_sends_and_opens_the_review(orr: ORR, tmp_path: Path) -> None:
    identity = ("-c", "user.name=Dana", "-c", "user.email=dana@acme.example")
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "First"], ["tag", "v1.0.0"]):
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True)
    answer = orr("start", "--from-git", "--repository", str(tmp_path), "--environment", "prod-kr", "--yes")
    assert answer.exit_code == 10, answer.output
    assert "Dana (git:dana@acme.example)" in answer.output
    body = Review.objects.get().body
    assert body["items"][0]["to"] == {"version": "v1.0.0"}
    assert body["authors"] == [{"id": "git:dana@acme.example", "name": "Dana"}]


def test_start_with_wait_tells_each_change_on_its_own_line_in_a_pipe(orr: ORR) -> None:
    answer = orr("start", "--wait", "--timeout", "30", "-", stdin=json.dumps(unrehearsed()))
    assert answer.exit_code == 10
    assert "\x1b" not in answer.output and "\r" not in answer.output
    assert "Collecting evidence" in answer.output
    assert "items pass" in answer.output or "items red" in answer.output


@pytest.mark.parametrize("content", ["", "{", "[]", "12", "\udcff"])
def test_a_file_that_is_no_change_set_is_wrong_input(orr: ORR, tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert orr("start", str(file)).exit_code == 2
    assert orr("start", str(tmp_path / "nothing.json")).exit_code == 2


def test_every_wrong_place_is_named_and_nothing_is_opened(orr: ORR) -> None:
    sent = unrehearsed(rogue=1, title="x" * 200)
    answer = orr("start", stdin=json.dumps(sent))
    assert answer.exit_code == 2
    assert "/change_set/rogue" in answer.stderr and "/change_set/title" in answer.stderr
    assert not Review.objects.exists()


def test_status_says_the_three_answers_and_its_code_follows_the_state(orr: ORR, code: str) -> None:
    open_ = orr("status", code)
    assert open_.exit_code == 10
    for words in ("Red gates", "What blocks", "What comes next", "1 SLO/synthetics", "Risk        unknown"):
        assert words in open_.output
    assert orr("decide", code, "no_go", "--reason", "red").exit_code == 20
    closed = orr("status", code)
    assert closed.exit_code == 20 and closed.output.rstrip().endswith("No-Go")


def test_what_is_not_decidable_yet_is_pending_and_says_why(orr: ORR, code: str) -> None:
    answer = orr("decide", code, "go", "--reason", "hurry")
    assert answer.exit_code == 10
    assert answer.stderr.startswith("X ")
    assert Review.objects.get().state == "checking"


def test_a_stale_digest_and_a_second_no_go_are_refused(orr: ORR, code: str) -> None:
    stale = "sha256:" + "0" * 64
    assert orr("decide", code, "no_go", "--reason", "x", "--expected-digest", stale).exit_code == 2
    assert orr("decide", code, "no_go", "--reason", "x").exit_code == 20
    assert orr("decide", code, "no_go", "--reason", "x").exit_code == 20


FAILING = '<testsuite><testcase name="a"><failure/></testcase></testsuite>'


def kept() -> int:
    return Evidence.objects.filter(collector__startswith=PUSHED).count()


def test_evidence_says_what_the_server_understood_before_it_sends(
    orr: ORR, code: str, tmp_path: Path
) -> None:
    digest = Review.objects.get().change_set.digest
    file = tmp_path / "result.xml"
    file.write_text(FAILING, encoding="utf-8")
    shown = orr("evidence", code, "G3.3", str(file), "--dry-run", "--digest", digest)
    assert (shown.exit_code, kept()) == (0, 0), shown.output
    lines = shown.output.splitlines()
    assert lines[0] == "G3.3  junit: 0 / 1 passed"
    assert "first: a" in lines[1]
    assert lines[2].strip() == f"of {digest}"
    assert lines[3].strip().startswith("measured 20") and lines[3].endswith("on the candidate")
    assert "would be: X   G3.3  red" in lines[4]
    sent = orr("evidence", code, "G3.3", str(file), "--digest", digest, "--yes")
    assert (sent.exit_code, kept()) == (0, 1)
    assert sent.output.splitlines()[:3] == lines[:3]
    assert sent.output.splitlines()[-1].startswith("X   G3.3  red")
    number = orr("evidence", code, "G5.1", "--value", "3.2", "--unit", "%", "--json")
    assert number.exit_code == 0 and json.loads(number.stdout)["item"] == "G5.1"
    (tmp_path / "number").write_text("3.2\n")
    assert "3.2 %" in orr("evidence", code, "G5.1", str(tmp_path / "number"), "--unit", "%").output


def test_evidence_asks_a_person_at_a_terminal_first(
    orr: ORR, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "result.xml"
    file.write_text(FAILING, encoding="utf-8")
    monkeypatch.setattr(cli_evidence, "at_a_terminal", lambda: True)
    assert orr("evidence", code, "G3.3", str(file), stdin="n\n").exit_code == 1
    assert kept() == 0
    assert orr("evidence", code, "G3.3", str(file), stdin="y\n").exit_code == 0
    assert orr("evidence", code, "G3.3", str(file), "--yes").exit_code == 0
    assert kept() == 2


def test_evidence_that_is_not_understood_is_not_sent(orr: ORR, code: str, tmp_path: Path) -> None:
    file = tmp_path / "result.txt"
    for content in ("all fine", "<html/>", '{"payload": "x", "runs": []}', "x" * 1_100_000):
        file.write_text(content, encoding="utf-8")
        assert orr("evidence", code, "G3.3", str(file)).exit_code == 2
    file.write_text('{"payload": "x", "runs": []}', encoding="utf-8")
    both = orr("evidence", code, "G3.3", str(file))
    assert "in-toto or sarif" in both.output and "--format" in both.output
    assert orr("evidence", code, "G3.3", str(file), "--format", "sarif").exit_code == 2
    file.write_bytes(b"\xff\xfe")
    assert orr("evidence", code, "G3.3", str(file)).exit_code == 2
    file.write_text("<testsuite/>", encoding="utf-8")
    assert orr("evidence", code, "G3.3", str(file)).exit_code == 2
    assert orr("evidence", code, "G3.3").exit_code == 2
    assert orr("evidence", code, "G3.3", str(file), "--value", "1").exit_code == 2
    assert orr("evidence", code, "G5.1", str(file), "--format", "number").exit_code == 2
    assert kept() == 0


def test_report_writes_the_file_where_it_is_told(
    orr: ORR, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "render", lambda code, lang: f"%PDF {lang}".encode())
    target = tmp_path / "report.pdf"
    assert orr("report", code, "--lang", "ko", "-o", str(target)).exit_code == 0
    assert target.read_bytes() == b"%PDF ko"
    assert orr("report", code, "-o", "-").stdout_bytes == b"%PDF en"
    assert orr("report", code, "-o", str(tmp_path / "no" / "folder.pdf")).exit_code == 1


def test_exit_wants_the_typed_id_or_yes_and_withdraws_before_a_rollout(orr: ORR, code: str) -> None:
    unconfirmed = orr("exit", code)
    assert unconfirmed.exit_code == 2 and Review.objects.get().state == "checking"
    answer = orr("exit", code, "--yes", "--reason", "not wanted")
    assert answer.exit_code == 0 and "withdrawn" in answer.output
    assert orr("status", code).exit_code == 21


def test_wait_answers_with_the_decision(orr: ORR, code: str) -> None:
    assert orr("wait", code, "--timeout", "0").exit_code == 10
    orr("decide", code, "no_go", "--reason", "red")
    answer = orr("wait", code, "--json")
    assert answer.exit_code == 20 and json.loads(answer.stdout)["reached"] is True


def test_approve_names_the_page_and_signs_nothing(orr: ORR, code: str, environment: dict[str, str]) -> None:
    answer = orr("approve", code)
    assert f"{environment['PLURA_URL']}/orr/{code}/approve" in answer.output
    assert answer.exit_code == 10


@pytest.mark.parametrize("verb", [["status"], ["report"], ["wait"], ["approve"], ["exit", "--yes"]])
def test_an_id_of_nothing_and_a_wrong_token_are_wrong_input(orr: ORR, verb: list[str]) -> None:
    unknown = orr(*verb, "ORR-9999")
    assert unknown.exit_code == 2 and unknown.stderr.startswith("X ")
    assert orr(*verb, "ORR-9999", PLURA_TOKEN="orr_nothing").exit_code == 2
    assert orr(*verb, "ORR-9999", PLURA_TOKEN="").exit_code == 2
    assert orr(*verb, "ORR-9999", PLURA_URL="ftp://x").exit_code == 2


def test_a_server_that_is_away_is_an_error_in_one_line(orr: ORR, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orr.cli.client.WAITS", ())
    answer = orr("status", "ORR-0001", PLURA_URL="http://127.0.0.1:9")
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1 and "does not answer" in answer.stderr


def test_json_is_one_document_and_nothing_else_even_when_refused(orr: ORR, code: str) -> None:
    assert json.loads(orr("status", code, "--json").stdout)["id"] == code
    assert json.loads(orr("status", "ORR-9999", "--json").stdout)["status"] == 404


def test_it_runs_without_settings_and_ctrl_c_leaves_the_review_going(
    environment: dict[str, str], code: str, tmp_path: Path
) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "DATABASE", "SECRET"))}
    house = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "orr.cli", "orr", "wait", code],
        env={**clean, **environment, "PYTHONPATH": str(house), "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever starts the tests in the background has them ignore the interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert first.startswith(f"..  {code}")
    assert "The review goes on" in rest
    assert process.returncode == 10
