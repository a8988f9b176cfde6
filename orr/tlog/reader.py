"""What the served files hold: entries, tiles and bundles of the signed part of the log."""

from django.db import connection

from orr.lib.errors import NotFound
from orr.lib.sentence import say
from orr.tlog.models import Entry
from orr.tlog.prove import signed
from orr.tlog.tiles import LEVEL_BITS, WIDTH, Tile, available, encode_bundle

LEAVES = "SELECT leaf_hash FROM tlog_entry WHERE idx >= %s AND idx < %s ORDER BY idx"
INNER = "SELECT hash FROM tlog_node WHERE level = %s AND pos >= %s AND pos < %s ORDER BY pos"


def size() -> int:
    """How many entries the newest checkpoint signs."""
    head = signed()
    return head.size if head else 0


def entry(index: int) -> bytes:
    """The exact bytes of a signed entry. Raises NotFound."""
    if index < size():
        data = Entry.objects.filter(idx=index).values_list("data", flat=True).first()
        if data is not None:
            return bytes(data)
    raise NotFound(say("The log has no signed entry %(index)s.", index=index))


def tile(wanted: Tile) -> bytes:
    """The bytes of a tile or entry bundle. Raises NotFound for what the signed log doesn't have."""
    if not available(wanted, size()):
        raise NotFound(say("The log has no tile %(path)s.", path=wanted.path()))
    start = wanted.number * WIDTH
    end = start + wanted.width
    if wanted.level is None:
        entries = Entry.objects.filter(idx__gte=start, idx__lt=end).order_by("idx")
        return encode_bundle(bytes(data) for data in entries.values_list("data", flat=True))
    with connection.cursor() as cursor:
        if wanted.level == 0:
            cursor.execute(LEAVES, [start, end])
        else:
            cursor.execute(INNER, [wanted.level * LEVEL_BITS, start, end])
        return b"".join(bytes(value) for (value,) in cursor.fetchall())
