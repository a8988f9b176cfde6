"""Judges a model field by field: what no judge knows cannot be compared, and counts as weaker (pure)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from orr.lib.sentence import Sentence, say

Judge = Callable[[Any, Any], Iterator[Sentence]]


def fields(
    judges: Mapping[str, Judge | None], was: BaseModel, now: BaseModel, where: Sentence
) -> Iterator[Sentence]:
    """Judge every field that differs; None stands for a field that judges nothing."""
    for name in type(was).model_fields:
        before, after = getattr(was, name), getattr(now, name)
        if before == after:
            continue
        if name not in judges:
            yield say("%(where)s: “%(field)s” is another, and cannot be compared.", where=where, field=name)
        elif (judge := judges[name]) is not None:
            yield from judge(before, after)
