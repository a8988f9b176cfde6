"""G6.2 and G6.3 from Kubernetes: the newest restore decides; a snapshot alone was never brought back.

The answers are made by the documentation of Velero and of Kubernetes; no cluster was asked.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from evidence import registry
from evidence.collectors import kubernetes
from evidence.contract import Denied, Lacking, Malformed, Query, Reading, Unavailable, Unconfigured, Window
from orr.lib.errors import Invalid
from orr.sources.ask import ask
from orr.sources.load import sources
from tests.evidence.conftest import facts_of, rule
from tests.lib.rogue import answering, serving

# Which addresses a secret was trusted for stands in the database.
pytestmark = pytest.mark.django_db
RECORDED = json.loads((Path(__file__).parent / "recorded" / "kubernetes.json").read_text())
DONE = datetime(2026, 3, 1, 2, 4, 10, tzinfo=UTC)
TAKEN = datetime(2026, 3, 1, 2, 0, 4, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = """[sources.cluster]
kind = "kubernetes"
url = "{url}"
internal = true
timeout = 2
secret_file = "{token}"
"""
ITEM = '[items."{code}"]\nsource = "cluster"\nresource = "{resource}"\nnamespace = "velero"\n{more}'
LABELS = 'labels = {rehearsal = "search"}\n'
Configure = Callable[[str], None]
Judge = Callable[..., Reading]


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("a-token")
    return path


@pytest.fixture
def judge(configure: Configure, token: Path) -> Judge:
    """`judge(told, …)`: the reading a day after the recorded restore."""

    def collect(
        told: Any, *, code: str = "G6.2", resource: str = "restores", status: str = "200 OK",
        at: datetime = DONE + DAY, more: str = LABELS, **how: Any,
    ) -> Reading:  # fmt: skip
        with serving(answering(json.dumps(told).encode(), status)) as rogue:
            item = ITEM.format(code=code, resource=resource, more=more)
            configure(SOURCE.format(url=rogue.url, token=token) + item)
            query = Query(code, rule(code, **how), facts_of())
            found = kubernetes.factory(code)().collect(query, Window.before(at, 1))
        assert b"Authorization: Bearer a-token" in rogue.requests[0]
        return found

    return collect


def restores(*changes: dict[str, Any]) -> Any:
    """The recorded list with one restore for each of these; a change of `metadata` or `status` is merged."""
    told = deepcopy(RECORDED["restores"])
    one = told["items"][0]
    told["items"] = [
        {**one, "metadata": {**one["metadata"], **c.get("metadata", {})},
         "status": c["whole"] if "whole" in c else {**one["status"], **c.get("status", {})}}
        for c in changes
    ]  # fmt: skip
    return told


def test_a_restore_that_completed_is_a_rehearsal_and_holds_as_long_as_the_profile_says(judge: Judge) -> None:
    for code in ("G6.2", "G6.3"):
        found = judge(RECORDED["restores"], code=code)
        assert (found.passed, found.wants_rehearsal, found.samples) == (True, False, 1)
        assert found.holds_until == DONE + 30 * DAY
        assert str(found.detail) == "The restore search-0301: Completed, 0 errors, 0 warnings."
    asked = urlsplit(found.query.removeprefix("GET "))
    assert asked.path == "/apis/velero.io/v1/namespaces/velero/restores"
    assert parse_qs(asked.query) == {"labelSelector": ["rehearsal=search"], "limit": ["500"]}


@pytest.mark.parametrize(
    "status",
    [{"phase": phase} for phase in ("PartiallyFailed", "Failed", "FailedValidation")]
    + [{"errors": 3}, {"phase": "PartiallyFailed", "errors": 0}],
)
def test_a_restore_that_did_not_come_back_whole_is_red_and_said(judge: Judge, status: Any) -> None:
    found = judge(restores({"status": status}))
    assert (found.passed, found.holds_until) == (False, None)
    assert str(status.get("phase", "3 errors")) in str(found.detail)


@pytest.mark.parametrize(
    "whole",
    [{"phase": phase} for phase in sorted(kubernetes.restores.RUNNING)] + [{}, None],
)
def test_a_restore_that_is_not_finished_is_pending(judge: Judge, whole: Any) -> None:
    with pytest.raises(Lacking, match="not finished"):
        judge(restores({"whole": whole}))


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"progress": None}, "of no item"), ({"progress": {"totalItems": 41}}, "of no item"),
        ({"progress": {"itemsRestored": 0, "totalItems": 0}}, "of no item"),
        ({"warnings": 41}, "41 warnings. What it warns of may not have been restored"),
    ],
)  # fmt: skip
def test_a_restore_that_may_have_brought_nothing_back_is_pending_and_says_why(
    judge: Judge, status: Any, why: str
) -> None:
    with pytest.raises(Lacking, match=why):
        judge(restores({"status": status}))


def test_the_newest_restore_decides_wherever_it_stands(judge: Judge) -> None:
    older = {"metadata": {"creationTimestamp": "2026-02-01T02:00:00Z"}, "status": {"phase": "Failed"}}
    newer = {"metadata": {"creationTimestamp": "2026-03-01T09:00:00+00:00"}, "status": {"phase": "Failed"}}
    for both in (restores(older, {}), restores({}, older)):
        assert judge(both).passed is True
    for both in (restores(newer, {}), restores({}, newer)):
        assert judge(both).passed is False


def test_one_that_is_older_than_asked_for_is_pending_and_says_so(judge: Judge) -> None:
    assert judge(RECORDED["restores"], at=DONE + 30 * DAY).passed is True
    with pytest.raises(Lacking, match="older than 30"):
        judge(RECORDED["restores"], at=DONE + 30 * DAY + timedelta(seconds=1))
    with pytest.raises(Lacking, match="older than 7"):
        judge(RECORDED["restores"], at=DONE + 8 * DAY, more=LABELS + 'max_age = "7d"\n')
    assert judge(restores({"status": {"phase": "Failed"}}), at=DONE + 90 * DAY).passed is False


def test_a_time_that_has_not_come_is_refused(judge: Judge) -> None:
    with pytest.raises(Malformed, match="not come yet"):
        judge(RECORDED["restores"], at=DONE - timedelta(minutes=2))


@pytest.mark.parametrize(
    "told",
    [
        {**RECORDED["restores"], "items": []},
        {**RECORDED["restores"], "items": None},
        {**RECORDED["restores"], "kind": "BackupList"},
        {**RECORDED["restores"], "apiVersion": "v1"},
        {**RECORDED["restores"], "metadata": {"continue": "more"}},
        {**RECORDED["restores"], "metadata": None},
        restores({"metadata": {"labels": {"rehearsal": "other"}}}),
        restores({"metadata": {"labels": None}}),
        restores({"metadata": {"creationTimestamp": None}}),
        restores({"metadata": {"creationTimestamp": "2026-03-01T02:00:00"}}),
        restores({"status": {"completionTimestamp": None}}),
        restores({"status": {"phase": "Deleting"}}),
        restores({"status": {"errors": "0"}}),
        restores({"status": {"errors": -1}}),
        restores({"status": {"warnings": "1"}}),
        restores({"status": {"progress": "all"}}),
        restores({"status": {"progress": {"itemsRestored": "41"}}}),
        restores({"whole": "Completed"}),
        RECORDED["volumesnapshots"],
    ],
)
def test_what_tells_nothing_of_these_restores_is_an_error(judge: Judge, told: Any) -> None:
    with pytest.raises(Malformed):
        judge(told)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("401 Unauthorized", Denied), ("403 Forbidden", Denied), ("404 Not Found", Unavailable)],
)
def test_a_server_that_does_not_list_them_is_an_error(judge: Judge, status: str, kind: Any) -> None:
    with pytest.raises(kind):
        judge({"kind": "Status", "code": 404}, status=status)


def snapshots(**status: Any) -> Any:
    """The recorded snapshots, the second of them with these changes of its status."""
    told = deepcopy(RECORDED["volumesnapshots"])
    told["items"][1]["status"] |= status
    return told


def test_snapshots_that_are_ready_count_with_a_rehearsal_only(judge: Judge) -> None:
    found = judge(RECORDED["volumesnapshots"], resource="volumesnapshots")
    assert (found.passed, found.wants_rehearsal, found.samples) == (True, True, 2)
    assert found.holds_until == TAKEN + 30 * DAY
    assert "2 volumes" in str(found.detail)


def test_one_volume_is_not_hidden_by_the_others(judge: Judge) -> None:
    with pytest.raises(Lacking, match="index-1-0301 is not ready"):
        judge(snapshots(readyToUse=False), resource="volumesnapshots")
    found = judge(snapshots(error={"message": "disk is full"}, readyToUse=False), resource="volumesnapshots")
    assert found.passed is False and "disk is full" in str(found.detail)


def test_only_the_newest_snapshot_of_a_volume_counts(judge: Judge) -> None:
    told = snapshots()
    old = deepcopy(told["items"][1])
    old["metadata"] |= {"name": "old", "creationTimestamp": "2026-01-01T00:00:00Z"}
    old["status"] = {"readyToUse": False, "error": {"message": "long ago"}}
    told["items"].append(old)
    assert judge(told, resource="volumesnapshots").passed is True


@pytest.mark.parametrize("status", [{"readyToUse": "true"}, {"creationTime": None}, {"error": "x"}])
def test_a_snapshot_of_another_form_is_an_error(judge: Judge, status: Any) -> None:
    with pytest.raises(Malformed):
        judge(snapshots(**status), resource="volumesnapshots")


def test_without_its_source_each_item_says_what_satisfies_it(configure: Configure) -> None:
    configure("")
    for code in ("G6.2", "G6.3"):
        with pytest.raises(Unconfigured) as waits:
            kubernetes.factory(code)()
        assert waits.value.sentence == registry.waiting(code)


@pytest.mark.parametrize(
    ("code", "resource", "more"),
    [
        ("G6.2", "restores", ""),
        ("G6.2", "restores", "labels = {}\n"),
        ("G6.2", "restores", 'labels = {a = "b,c=d"}\n'),
        ("G6.2", "restores", LABELS + 'namespace = "a/b"\n'),
        ("G6.2", "backups", LABELS),
        ("G6.3", "volumesnapshots", LABELS),
    ],
)
def test_a_wrong_item_is_refused_with_the_file(
    configure: Configure, token: Path, code: str, resource: str, more: str
) -> None:
    source = SOURCE.format(url="http://127.0.0.1:1", token=token)
    configure(source + ITEM.format(code=code, resource=resource, more=more))
    with pytest.raises(Invalid):
        sources()


def test_the_check_lists_what_an_item_lists(configure: Configure, token: Path) -> None:
    item = ITEM.format(code="G6.2", resource="restores", more=LABELS)
    for more, told, status, ok in (
        (item, RECORDED["restores"], "200 OK", True),
        (item, {"kind": "Status"}, "403 Forbidden", False),
        (item, [], "200 OK", False),
        ("", {"gitVersion": "v1.31.0"}, "200 OK", True),
        ("", {"version": "1"}, "200 OK", False),
    ):
        with serving(answering(json.dumps(told).encode(), status)) as rogue:
            configure(SOURCE.format(url=rogue.url, token=token) + more)
            assert ask(sources().by_name["cluster"]).ok is ok
            path = b"/apis/velero.io/v1/namespaces/velero/restores?limit=1" if more else b"/version"
            assert rogue.requests[0].startswith(b"GET " + path + b" ")
