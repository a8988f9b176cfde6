"""One record, one line, whatever was sent; as JSON for machines with the request's number."""

import json
import logging
import sys

import pytest

from orr.lib import log_lines, masking, request_id


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("orr.x", logging.WARNING, __file__, 1, message, args, None)


@pytest.mark.parametrize("sent", ["a\r\nWARNING forged", "a\nb", "a\u2028b", "a\x85b", "a\x0bb"])
def test_nothing_sent_makes_a_second_line(sent: str) -> None:
    for formatter in (log_lines.ReadableLine("%(levelname)s %(message)s"), log_lines.JsonLine()):
        line = formatter.format(record("refused %s", sent))
        assert len(line.splitlines()) == 1


def test_a_json_line_says_when_what_and_in_which_request() -> None:
    token = request_id._current.set("req-0123456789")
    try:
        line = json.loads(log_lines.JsonLine().format(record("plain %s", "words")))
    finally:
        request_id._current.reset(token)
    assert line["message"] == "plain words"
    assert (line["level"], line["logger"], line["request_id"]) == ("WARNING", "orr.x", "req-0123456789")


def test_a_message_that_is_an_object_stays_one() -> None:
    line = json.loads(log_lines.JsonLine().format(record('{"denied": "not-allowed"}')))
    assert line["data"] == {"denied": "not-allowed"}
    assert json.loads(log_lines.JsonLine().format(record("{broken")))["message"] == "{broken"


def test_a_traceback_stays_in_its_json_line() -> None:
    made = record("failed")
    try:
        raise ValueError("a\nb")
    except ValueError:
        made.exc_info = sys.exc_info()
    line = log_lines.JsonLine().format(made)
    assert len(line.splitlines()) == 1 and "ValueError" in json.loads(line)["traceback"]


@pytest.mark.parametrize(
    ("line", "args"),
    [
        ('"GET %s HTTP/1.1" 200', ("/welcome/aB3_-secret",)),
        ("Not Found: /welcome/aB3_-secret", ()),
        ("/welcome/aB3_-secret?next=/x and /welcome/aB3_-secret", ()),
    ],
)
def test_a_one_time_link_is_not_written_down(line: str, args: tuple[object, ...]) -> None:
    made = record(line, *args)
    assert masking.SecretsInAddresses().filter(made)
    assert "aB3_-secret" not in made.getMessage()
    assert masking.MASKED in made.getMessage()


def test_other_addresses_are_left_as_they_are() -> None:
    made = record("GET %s", "/orr/ORR-0001?q=%25")
    assert masking.SecretsInAddresses().filter(made)
    assert made.getMessage() == "GET /orr/ORR-0001?q=%25"
