"""What an item ever said: every attempt with value, verdict, author and place in the log; its raw bytes."""

from collections.abc import Mapping
from typing import Any

from evidence import actions as evidence
from evidence.file_kinds import QUARANTINED
from evidence.models import Blob, Evidence
from orr.accounts.models import User
from orr.board.filters import number
from orr.lib.errors import NotFound, OrrError
from orr.lib.sentence import say
from orr.reports import out_of_sight
from orr.reviews.acts import find
from orr.sources.load import sources

Line = dict[str, Any]


def of_item(f: Mapping[str, Any], item: Mapping[str, Any], reader: User) -> list[Line]:
    """Every attempt of the item in this review, the newest first, as this person is told it."""
    found = evidence.history(f["id"], item["code"])
    people = {who for one in found for who in (one.attested_by, one.pushed_by) if who}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
    places = {
        digest: entry["index"] for entry in f["log"]["entries"] for digest in entry["artefacts"].values()
    }
    carried = {one.carried_from for one in found if one.carried_from}
    told = out_of_sight.names(carried, find(f["id"]), reader) if carried else {}
    kinds = dict(
        Blob.objects.filter(pk__in={one.raw_id for one in found if one.attested_by}).values_list(
            "pk", "media_type"
        )
    )
    return [
        {
            **_line(one, item, names, places),
            "carried_from": told.get(one.carried_from, ""),
            "file": one.query if one.attested_by and one.raw_id else "",
            "quarantined": kinds.get(one.raw_id or "") == QUARANTINED,
        }
        for one in found
    ]


def configured(item: str) -> bool:
    """Whether the sources file says what the item asks; a file that cannot be read says nothing."""
    try:
        return sources().item(item) is not None
    except OrrError:
        return False


def _line(
    one: Evidence, item: Mapping[str, Any], names: Mapping[Any, str], places: Mapping[str, Any]
) -> Line:
    digest = one.raw_sha256 or ""
    return {
        "at": one.measured_at,
        "verdict": one.judged,
        "display": _display(one, item),
        "reason": str(one.reason) if one.reason else "",
        "statement": one.statement,
        "by": _by(one, names),
        "sha256": digest,
        "log_index": places.get(digest),
    }


def _by(one: Evidence, names: Mapping[Any, str]) -> str:
    """Whose word it is; for a result that was sent, where it was made and who sent it; else the source."""
    if one.attested_by:
        return names.get(one.attested_by, "")
    measured = one.source or one.collector
    return f"{measured} · {names.get(one.pushed_by, '')}" if one.pushed_by else measured


def _display(one: Evidence, item: Mapping[str, Any]) -> str:
    if one.text or one.value is None:
        return one.text or "–"
    return f"{number(one.value)} {one.unit or item['unit']}".strip()


def raw(code: str, item: str, sha256: str) -> tuple[bytes, str]:
    """The raw answer of that hash, if it belongs to this item of this review. Raises NotFound."""
    found = Evidence.objects.filter(subject=code, item=item, raw_id=sha256).select_related("raw").first()
    if found is None or found.raw is None:
        raise NotFound(say("There is no such answer here."))
    return bytes(found.raw.data), found.raw.media_type
