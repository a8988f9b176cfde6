"""G7.3: an entry covers the planned window and no freeze meets it, by our own calendar and by every feed."""

import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from evidence import registry
from evidence.collectors import calendar
from evidence.collectors.calendar import ChangeCalendar
from evidence.contract import Lacking, Malformed, Query, Reading, Unavailable, Unconfigured
from evidence.verdict import Measured, Verdict, judge
from orr.calendar import actions, told
from orr.lib.errors import Invalid
from orr.profiles.schema import NamedFreeze, Rule
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.calendar.feed_fixture import event, feed, times
from tests.calendar.lines_fixture import line
from tests.evidence.conftest import facts_of, rule
from tests.evidence.contract_cases import WINDOW
from tests.factories.people import person
from tests.lib.rogue import Behaviour, answering, serving

SOURCE = '[sources.changes]\nkind = "icalendar"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
FEEDS = """
[items."G7.3"]
source = "changes"
link = "https://calendar.example.org/changes"
[[items."G7.3".feeds]]
path = "/changes.ics"
kind = "entry"
[[items."G7.3".feeds]]
path = "/freezes.ics"
kind = "freeze"
name = "month-end"
owner = "data"
reason = "The books are closed."
zone = "Asia/Seoul"
"""
COVERS = event(*times("20261124T010000Z", "20261124T040000Z"), "DESCRIPTION:ORR-0001 and ORR-0002")
FREEZE = event(*times("20261124T010000Z", "20261124T020001Z"))
NAMED = (
    NamedFreeze(name="month-end", reason="Data watches."),
    NamedFreeze(name="black-friday", reason="Agreed."),
)
Configure = Callable[[str], None]


def server(**files: bytes | Behaviour) -> Behaviour:
    """Answers each file by its name; without one it is 404."""

    def behave(connection: socket.socket, head: bytes) -> None:
        name = urlsplit(head.split()[1].decode()).path.strip("/").removesuffix(".ics")
        told = files.get(name)
        if callable(told):
            told(connection, head)
        else:
            answering(told or b"", "200 OK" if told else "404 Not Found")(connection, head)

    return behave


def collect(collector: object, asked: Rule | None = None, **changed: object) -> Reading:
    assert isinstance(collector, ChangeCalendar)
    return collector.collect(Query("G7.3", asked or rule("G7.3"), facts_of(**changed)), WINDOW)


@pytest.fixture
def feeds(configure: Configure, db: None) -> Callable[..., Reading]:
    """`feeds(changes=…, freezes=…)`: the reading with these files, as the sources file names them."""

    def read(asked: Rule | None = None, **files: bytes | Behaviour) -> Reading:
        with serving(server(**files)) as rogue:
            configure(SOURCE.format(url=rogue.url) + FEEDS)
            return collect(calendar.factory(), asked)

    return read


@pytest.fixture
def own(db: None) -> Callable[..., None]:
    """`own("freeze", begins, ends)`: write a line into our own calendar."""
    writer = person("manager", "release_manager")
    return lambda *args, **more: actions.enter(line=line(*args, **more), actor=writer) and None


def test_nobody_keeps_a_calendar_so_the_item_waits_and_a_word_counts(db: None) -> None:
    with pytest.raises(Unconfigured) as waits:
        calendar.factory()
    assert "Product" in str(waits.value)


def test_the_first_line_ends_that_whatever_it_says(own: Callable[..., None]) -> None:
    own("peak", "01 00:00", "02 00:00")
    assert collect(calendar.factory()).passed is False
    assert isinstance(registry.WAITING["G7.3"], tuple) and rule("G7.3").push is False


def test_an_entry_of_our_own_covers(own: Callable[..., None]) -> None:
    own(services=("search", "ingest"), environment="prod-kr")
    found = collect(calendar.factory())
    assert (found.passed, found.value, found.text, found.source) == (True, 1.0, "Release week", "calendar")
    assert (found.measured_at, found.measured_on, found.detail) == (WINDOW.end, "candidate", None)


def test_a_freeze_of_our_own_is_in_the_way_and_says_why(own: Callable[..., None]) -> None:
    own("entry", "24 00:00", "25 00:00")
    own("freeze", "24 02:59", "24 12:00", title="Black Friday", reason="Nobody touches the shop.")
    found = collect(calendar.factory())
    assert found.passed is False
    assert str(found.detail) == (
        "The freeze “Black Friday” meets the planned time (2026-11-24 02:59 – 2026-11-24 12:00 UTC): "
        "Nobody touches the shop."
    )


def test_a_freeze_that_the_profile_names_passes_with_its_reason(own: Callable[..., None]) -> None:
    own("entry", "24 00:00", "25 00:00")
    own("freeze", "24 00:00", "25 00:00", title="Black Friday")
    found = collect(calendar.factory(), rule("G7.3", freezes=NAMED))
    assert found.passed is True
    assert str(found.detail) == "Inside the freeze “Black Friday”, which the profile names: Agreed."
    assert [(one.name, one.owner, one.reason) for one in told.passed(found.raw)] == [
        ("black-friday", "product", "Agreed.")
    ]


def test_without_a_planned_time_it_is_pending_and_says_what_to_do(own: Callable[..., None]) -> None:
    own()
    for left_out in ("planned_start", "planned_end"):
        with pytest.raises(Lacking) as lacking:
            collect(calendar.factory(), **{left_out: None})
        assert "beginning and end" in str(lacking.value)


def test_no_entry_is_red_with_the_time_that_is_to_be_covered(own: Callable[..., None]) -> None:
    own("entry", "24 02:01", "25 00:00")
    found = collect(calendar.factory())
    assert (found.passed, found.text) == (False, "–")
    assert str(found.detail) == (
        "No entry of the calendar covers the planned time, 2026-11-24 02:00 – 2026-11-24 03:00 UTC."
    )


def test_an_event_counts_for_the_change_whose_code_it_says(feeds: Callable[..., Reading]) -> None:
    assert feeds(changes=feed(COVERS), freezes=feed()).passed is True
    other = event(*times("20261124T010000Z", "20261124T040000Z"), "DESCRIPTION:ORR-00011 XORR-0001")
    assert feeds(changes=feed(other), freezes=feed()).passed is False


def test_a_freeze_of_a_feed_is_in_the_way_unless_it_is_named(feeds: Callable[..., Reading]) -> None:
    frozen = feeds(changes=feed(COVERS), freezes=feed(FREEZE))
    assert (frozen.passed, frozen.text) == (False, "Month end")
    assert "The books are closed." in str(frozen.detail)
    passed = feeds(rule("G7.3", freezes=NAMED), changes=feed(COVERS), freezes=feed(FREEZE))
    assert [(one.name, one.owner) for one in told.passed(passed.raw)] == [("month-end", "data")]
    assert passed.passed is True


def test_feeds_and_our_own_calendar_are_asked_together(
    own: Callable[..., None], feeds: Callable[..., Reading]
) -> None:
    own("entry", "24 00:00", "25 00:00")
    assert feeds(changes=feed(), freezes=feed()).passed is True
    own("freeze", "24 00:00", "25 00:00")
    assert feeds(changes=feed(COVERS), freezes=feed()).passed is False


@pytest.mark.parametrize("broken", ["changes", "freezes"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", Unavailable),
        (answering(b"", "503 Service Unavailable"), Unavailable),
        (b"<html>sign in</html>", Malformed),
        (feed(COVERS)[:-6], Malformed),
        (feed(event(*times("19700101T000000Z", "19700101T000001Z"), "RRULE:FREQ=SECONDLY")), Malformed),
    ],
    ids=["gone", "down", "html", "cut off", "every second"],
)
def test_a_feed_that_cannot_be_read_is_an_error_whatever_else_covers(
    broken: str, answer: bytes | Behaviour, kind: type[Exception],
    own: Callable[..., None], feeds: Callable[..., Reading],
) -> None:  # fmt: skip
    own("entry", "24 00:00", "25 00:00")
    files: dict[str, bytes | Behaviour] = {"changes": feed(COVERS), "freezes": feed(), broken: answer}
    with pytest.raises(kind):
        feeds(**files)


def test_what_is_kept_holds_the_answers_and_what_was_made_of_them(feeds: Callable[..., Reading]) -> None:
    found = feeds(changes=feed(COVERS), freezes=feed(FREEZE))
    kept = json.loads(found.raw)
    assert [one["query"] for one in kept["answers"]] == ["GET /changes.ics", "GET /freezes.ics"]
    assert kept["answers"][0]["answer"].startswith("BEGIN:VCALENDAR")
    assert kept["calendar"]["planned"]["begins"] == "2026-11-24T02:00:00+00:00"
    assert {one["kind"] for one in kept["calendar"]["marks"]} == {"entry", "freeze"}
    assert found.url == "https://calendar.example.org/changes"
    judged = Measured(
        "reading", WINDOW.end, passed=found.passed, samples=found.samples, measured_on=found.measured_on
    )
    assert judge(judged, rule("G7.3"), WINDOW.end).verdict is Verdict.RED


def test_a_former_answer_of_the_calendar_is_carried_to_no_other_review(
    configure: Configure, own: Callable[..., None]
) -> None:
    own()
    assert ChangeCalendar().own_facts and ChangeCalendar.never_carried
    configure(SOURCE.format(url="https://calendar.example.org") + FEEDS)
    found = calendar.factory()
    assert isinstance(found, ChangeCalendar) and not found.own_facts


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ('path = "/x.ics"\nkind = "freeze"', "owner"), ('path = "/x.ics"\nkind = "party"', "kind"),
        ('path = "/x.ics"\nkind = "entry"\nzone = "Mars/Base"', "zone"),
        ('path = "x"\nkind = "entry"', "path"),
        ('path = "/x.ics"\nkind = "freeze"\nname = "x"\nowner = "admin"', "owner"),
    ],
)  # fmt: skip
def test_a_wrong_feed_of_the_sources_file_is_refused_by_its_place(
    wrong: str, word: str, configure: Configure
) -> None:
    head = f'[items."G7.3"]\nsource = "changes"\n[[items."G7.3".feeds]]\n{wrong}\n'
    configure(SOURCE.format(url="https://calendar.example.org") + head)
    with pytest.raises(Invalid) as refused:
        sources()
    assert word in str(refused.value)


def test_the_check_command_asks_every_feed(configure: Configure) -> None:
    with serving(server(changes=feed(), freezes=feed())) as rogue:
        configure(SOURCE.format(url=rogue.url) + FEEDS)
        found = sources().get("changes")
        assert found is not None
        assert (ask(found).ok, str(ask(found).said)) == (True, "2 calendar files answer.")
    with serving(server(changes=feed())) as rogue:
        configure(SOURCE.format(url=rogue.url) + FEEDS)
        found = sources().get("changes")
        assert found is not None and not ask(found).ok
