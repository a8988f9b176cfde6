"""G6.1: a backup counts while it is whole, young enough and reached by WAL; what nobody tells is no backup.

pgBackRest's answers are those of 2.45 itself (see also `test_pgbackrest_peer.py`); Barman's are made by its
documentation and by the JSON that its version 3.4 writes.
"""

import json
import socket
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence import registry
from evidence.collectors import backups
from evidence.contract import Malformed, Query, Reading, Unconfigured, Window
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.conftest import facts_of, rule
from tests.lib.rogue import Behaviour, answering, serving

HERE = Path(__file__).parent / "recorded"
PGBACKREST = json.loads((HERE / "pgbackrest-2.45.json").read_text())
BARMAN = json.loads((HERE / "barman-3.4.json").read_text())
ENDED = datetime.fromtimestamp(1795557997, UTC)
DAY = timedelta(days=1)
SOURCE = '[sources.backups]\nkind = "{kind}"\nurl = "{url}"\ninternal = true\ntimeout = 2\n'
STANZA = '[items."G6.1"]\nsource = "backups"\npath = "/info.json"\nstanza = "main"\n'
SERVER = (
    '[items."G6.1"]\nsource = "backups"\ncheck = "/check.json"\nbackup = "/backup.json"\nserver = "main"\n'
)
Configure = Callable[[str], None]
Judge = Callable[..., Reading]


def files(check: Any, backup: Any) -> Behaviour:
    """Barman's two answers, each at its path."""

    def behave(connection: socket.socket, head: bytes) -> None:
        told = check if b"/check.json" in head.split(b"\r\n")[0] else backup
        answering(json.dumps(told).encode())(connection, head)

    return behave


@pytest.fixture
def judge(configure: Configure) -> Judge:
    """`judge(behaviour, …)`: the reading at that age of the backup, by pgBackRest unless said otherwise."""

    def collect(
        behave: Behaviour,
        *,
        kind: str = "pgbackrest",
        item: str = STANZA,
        age: timedelta = DAY / 2,
        **how: Any,
    ) -> Reading:
        with serving(behave) as rogue:
            configure(SOURCE.format(url=rogue.url, kind=kind) + item)
            query = Query("G6.1", rule("G6.1", **how), facts_of())
            return backups.factory().collect(query, Window.before(ENDED + age, 1))

    return collect


def info(told: Any) -> Behaviour:
    return answering(json.dumps(told).encode())


def changed(at: str, value: Any) -> Any:
    """What pgBackRest printed, with one place changed: ``0.backup.0.error``."""
    told = deepcopy(PGBACKREST["whole"])
    *way, last = (int(step) if step.isdigit() else step for step in at.split("."))
    place: Any = told
    for step in way:
        place = place[step]
    place[last] = value
    return told


def test_a_young_whole_backup_holds_until_it_is_too_old(judge: Judge) -> None:
    found = judge(info(PGBACKREST["whole"]))
    assert (found.passed, found.value, found.text, found.samples) == (True, 12.0, "12.0 h", 1)
    assert found.holds_until == ENDED + DAY
    assert found.wants_rehearsal
    assert str(found.detail) == "The newest backup, 20261124-220634F, ended 2026-11-24 22:06 UTC."
    assert json.loads(found.raw)["answers"][0]["answer"] == PGBACKREST["whole"]


@pytest.mark.parametrize(("age", "passed"), [(DAY, True), (DAY + timedelta(seconds=1), False)])
def test_its_age_counts_from_its_end_and_the_bound_is_the_last_moment_that_passes(
    judge: Judge, age: timedelta, passed: bool
) -> None:
    found = judge(info(PGBACKREST["whole"]), age=age)
    assert found.passed is passed
    assert (found.holds_until is None) is not passed


@pytest.mark.parametrize(
    ("profile", "own", "hours"), [(86_400, "2h", 2), (3600, "2h", 1), (0, "2h", 2), (3600, None, 1)]
)
def test_the_stricter_of_profile_and_sources_file_counts(
    judge: Judge, profile: int, own: str | None, hours: int
) -> None:
    item = STANZA + (f'rpo = "{own}"\n' if own else "")
    found = judge(info(PGBACKREST["whole"]), item=item, age=timedelta(minutes=5), max_age=profile)
    assert found.holds_until == ENDED + timedelta(hours=hours)
    assert (
        judge(info(PGBACKREST["whole"]), item=item, age=timedelta(hours=3), max_age=profile).passed is False
    )


def test_where_nobody_says_how_old_it_may_be_nothing_is_judged(judge: Judge) -> None:
    with pytest.raises(Malformed, match="how old"):
        judge(info(PGBACKREST["whole"]), max_age=0)


def test_the_newest_counts_wherever_it_stands_in_the_list(judge: Judge) -> None:
    told = deepcopy(PGBACKREST["whole"])
    older = deepcopy(told[0]["backup"][0])
    older["timestamp"]["stop"] -= 90_000
    told[0]["backup"].append({**older, "label": "older"})
    found = judge(info(told))
    assert (found.passed, found.samples) == (True, 2)
    assert "20261124-220634F" in str(found.detail)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (PGBACKREST["no backup"], "no valid backups"),
        (changed("0.status", {"code": 4, "message": "different across repos"}), "different across repos"),
        (changed("0.backup.0.error", True), "wrong checksums"),
        (changed("0.archive", []), "no WAL"),
        (changed("0.archive.0.max", None), "no WAL"),
        (changed("0.archive.0.max", "000000010000000000000001"), "no WAL"),
        (changed("0.archive.0.database.id", 2), "no WAL"),
        (changed("0.archive.0.database.repo-key", 2), "no WAL"),
        (changed("0.backup.0.archive", {"start": None, "stop": None}), "no WAL"),
    ],
)
def test_what_is_known_to_be_wrong_is_red_and_said(judge: Judge, told: Any, why: str) -> None:
    found = judge(info(told))
    assert found.passed is False
    assert found.holds_until is None
    assert why in str(found.detail)


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        [[]],
        PGBACKREST["no stanza"],
        changed("0.name", "other"),
        PGBACKREST["whole"] * 2,
        changed("0.status.code", 99),
        changed("0.status.code", False),
        changed("0.status.code", "0"),
        changed("0.status", None),
        changed("0.backup", []),
        changed("0.backup", None),
        changed("0.backup.0.timestamp.stop", None),
        changed("0.backup.0.timestamp.stop", True),
        changed("0.backup.0.timestamp.stop", 1e300),
        changed("0.backup.0.timestamp", {}),
    ],
)
def test_what_tells_nothing_of_the_stanza_is_an_error_and_neither_green_nor_red(
    judge: Judge, told: Any
) -> None:
    with pytest.raises(Malformed):
        judge(info(told))


def test_a_backup_of_a_time_that_has_not_come_is_refused(judge: Judge) -> None:
    assert judge(info(PGBACKREST["whole"]), age=-timedelta(seconds=59)).passed is True
    with pytest.raises(Malformed, match="not come yet"):
        judge(info(PGBACKREST["whole"]), age=-timedelta(seconds=61))


def of_barman(judge: Judge, check: Any = None, backup: Any = None, **how: Any) -> Reading:
    behave = files(check or BARMAN["check"], backup or BARMAN["backup"])
    return judge(behave, kind="barman", item=SERVER, **how)


def shown(part: str, **changes: Any) -> Any:
    """What Barman showed of the backup, with changes in one part of it."""
    told = deepcopy(BARMAN["backup"])
    told["main"][part] |= changes
    return told


def test_barman_says_the_same_in_two_answers(judge: Judge) -> None:
    found = of_barman(judge)
    assert (found.passed, found.value, found.holds_until) == (True, 12.0, ENDED + DAY)
    assert "20261124T200001" in str(found.detail)
    assert len(json.loads(found.raw)["answers"]) == 2
    assert of_barman(judge, age=DAY * 2).passed is False


def test_what_barman_knows_to_be_wrong_is_red_and_said(judge: Judge) -> None:
    check = deepcopy(BARMAN["check"])
    check["main"]["continuous_archiving"]["status"] = "FAILED"
    for told, why in (
        ({"check": check}, "continuous_archiving"),
        ({"backup": BARMAN["failed"]}, "FAILED"),
        (
            {"backup": {"main": {**BARMAN["backup"]["main"], "status": "WAITING_FOR_WALS"}}},
            "WAITING_FOR_WALS",
        ),
        ({"backup": shown("wal_information", last_available=None)}, "no WAL"),
        ({"backup": shown("wal_information", last_available="000000010000000000000006")}, "no WAL"),
    ):
        found = of_barman(judge, **told)
        assert found.passed is False
        assert why in str(found.detail)


def test_what_tells_nothing_of_the_server_is_an_error(judge: Judge) -> None:
    for told in (
        {"check": BARMAN["unknown"]},
        {"check": {"main": {}}},
        {"check": {"main": {"postgresql": {"status": "MAYBE"}}}},
        {"check": {"other": BARMAN["check"]["main"]}},
        {"check": [1]},
        {"backup": BARMAN["unknown"]},
        {"backup": {"main": []}},
        {"backup": {"main": {"status": "DONE"}}},
        {"backup": shown("base_backup_information", end_time_timestamp="soon")},
    ):
        with pytest.raises(Malformed):
            of_barman(judge, **told)


def test_without_its_source_the_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    with pytest.raises(Unconfigured) as waits:
        backups.factory()
    assert waits.value.sentence == registry.waiting("G6.1")


@pytest.mark.parametrize("item", ['path = "info"', 'stanza = ""', 'rpo = "soon"', 'command = "pgbackrest"'])
def test_a_wrong_item_is_refused_with_the_file(configure: Configure, item: str) -> None:
    configure(SOURCE.format(url="http://127.0.0.1:1", kind="pgbackrest") + STANZA + item + "\n")
    with pytest.raises(Invalid):
        sources()


def test_the_check_reads_what_an_item_reads(configure: Configure) -> None:
    for kind, item, behave, ok in (
        ("pgbackrest", STANZA, info(PGBACKREST["whole"]), True),
        ("pgbackrest", STANZA, info(PGBACKREST["no backup"]), True),
        ("pgbackrest", STANZA, info([]), True),
        ("pgbackrest", STANZA, info({"status": "ok"}), False),
        ("pgbackrest", STANZA, answering(b"<html>", "404 Not Found"), False),
        ("pgbackrest", "", answering(b""), True),
        ("barman", SERVER, info(BARMAN["check"]), True),
        ("barman", SERVER, info([]), False),
    ):
        with serving(behave) as rogue:
            configure(SOURCE.format(url=rogue.url, kind=kind) + item)
            assert ask(sources().by_name["backups"]).ok is ok, (kind, item)
