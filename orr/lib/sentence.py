"""A sentence for people: kept as its message and parameters, worded in the reader's language when shown.

Page, API, command, report and database all carry the same sentence, so a refusal reads the same everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from django.db import models
from django.utils import formats
from django.utils.translation import gettext

Param = Union[str, int, float, None, "Sentence"]


@dataclass(frozen=True)
class Sentence:
    """A message id in English and its parameters; ``str()`` words it in the active language."""

    msgid: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __str__(self) -> str:
        worded = {name: _worded(value) for name, value in self.params.items()}
        return gettext(self.msgid) % worded if worded else gettext(self.msgid)

    def as_json(self) -> dict[str, Any]:
        """``{"msgid", "params"}``, the form in which a sentence is stored."""
        params = {k: v.as_json() if isinstance(v, Sentence) else v for k, v in self.params.items()}
        return {"msgid": self.msgid, "params": params}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Sentence":
        """The sentence that ``as_json`` stored."""
        params = {k: cls.from_json(v) if isinstance(v, Mapping) else v for k, v in stored["params"].items()}
        return cls(stored["msgid"], params)


def say(msgid: str, /, **params: Param) -> Sentence:
    """A sentence from an English message with ``%(name)s`` places; extracted for translation."""
    return Sentence(msgid, params)


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """One sentence of several: the first, and how many more there are."""
    if len(sentences) == 1:
        return sentences[0]
    return say("%(first)s And %(n)s more.", first=sentences[0], n=len(sentences) - 1)


def _worded(value: Param) -> str:
    if isinstance(value, Sentence):
        return str(value)
    if isinstance(value, float):
        return formats.number_format(value, use_l10n=True)
    return "" if value is None else str(value)


def _storable(value: Any) -> Any:
    """The value without what PostgreSQL's jsonb does not hold: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {name: _storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value


class SentenceField(models.JSONField):
    """A Sentence, stored as JSON; foreign words in it may hold anything and are never refused."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sentence | None:
        loaded = super().from_db_value(value, expression, connection)
        return None if loaded is None else Sentence.from_json(loaded)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.as_json() if isinstance(value, Sentence) else value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        stored = _storable(value.as_json()) if isinstance(value, Sentence) else value
        return super().get_db_prep_value(stored, connection, prepared)
