"""An item whose answer is another by now is pending at once, and asked again."""

from evidence import record
from evidence.contract import Facts, Lacking
from evidence.latest import latest
from evidence.requests import request_collection
from orr.lib import clock
from orr.lib.sentence import Sentence
from orr.profiles.schema import Rule


def outdate(*, facts: Facts, rules: list[Rule], item: str, why: Sentence) -> None:
    """Let no reading of the item stand that was taken before now, and ask again after the commit.

    `rules`: all that apply, as for a collection. The caller holds the subject's row, in a transaction.
    """
    rule = next((one for one in rules if one.code == item), None)
    if rule is None:
        return
    known = latest(facts.subject, bound=facts.bound()).get(item)
    collector, source = (known.evidence.collector, known.evidence.source) if known else ("", "")
    # Whatever is known: a collection that began before now may still bring a reading of what was before.
    record.lacking(record.About(facts, rule, collector, None), source, clock.now(), Lacking(why))
    request_collection(facts=facts, rules=rules, actor=None, only=[item])
