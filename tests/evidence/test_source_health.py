"""Law: every collection leaves behind how each source did; a silent one is error, never green, never red."""

import pytest

from evidence import engine
from evidence import requests as asking
from evidence.collectors import prometheus
from evidence.models import Evidence
from evidence.registry import Factory
from orr.sources.models import Answer
from tests.evidence.conftest import facts_of, rule
from tests.lib.rogue import answering, serving

pytestmark = pytest.mark.django_db(transaction=True)
FILE = (
    '[sources.m]\nkind = "prometheus"\nurl = "{url}"\ninternal = true\ntimeout = 1\n'
    '[items."G1.4"]\nsource = "m"\nmetric = "probe_success"\n'
)


def collected(collectors: dict[str, Factory]) -> Evidence:
    collectors["G1.4"] = prometheus.factory("G1.4", prometheus.SuccessRate)
    engine.run(asking.request_collection(facts=facts_of(), rules=[rule("G1.4")], actor=None).pk)
    return Evidence.objects.get()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', "unusable"),
        (b"<html>", "unusable"),
    ],
)
def test_an_empty_answer_is_unusable(
    body: bytes, outcome: str, configure: object, collectors: dict[str, Factory]
) -> None:
    with serving(answering(body)) as rogue:
        configure(FILE.format(url=rogue.url))  # type: ignore[operator]
        row = collected(collectors)
    answer = Answer.objects.get()
    assert (answer.source, answer.item, answer.outcome) == ("m", "G1.4", outcome)
    assert str(answer.said) == str(row.reason)
    assert row.judged == "error"


def test_a_silent_source_turns_its_items_error_with_the_reason(
    configure: object, collectors: dict[str, Factory]
) -> None:
    configure(FILE.format(url="http://127.0.0.1:1"))  # type: ignore[operator]
    row = collected(collectors)
    assert (row.judged, row.outcome) == ("error", "error")
    assert row.reason
    assert Answer.objects.get().outcome == "silent"


def test_a_hung_source_is_silent_after_its_own_deadline(
    configure: object, collectors: dict[str, Factory]
) -> None:
    with serving(lambda connection, head: connection.recv(1)) as rogue:  # type: ignore[arg-type,return-value]
        configure(FILE.format(url=rogue.url))  # type: ignore[operator]
        assert collected(collectors).judged == "error"
    answer = Answer.objects.get()
    assert answer.outcome == "silent"
    assert 900 <= answer.milliseconds < 2500


def test_a_file_that_cannot_be_read_is_an_error_of_the_item(
    configure: object, collectors: dict[str, Factory]
) -> None:
    configure("[sources.m]\nkind = 1\n")  # type: ignore[operator]
    row = collected(collectors)
    assert row.judged == "error"
    assert "sources.toml" in str(row.reason)
    assert not Answer.objects.exists()
