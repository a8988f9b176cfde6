"""What a sources file may say: one entry per outside system, and which of them answers which item."""

import re
from typing import Annotated, Any, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, StringConstraints, model_validator

from orr.sources.address import origin
from orr.sources.hooks import HookIn
from orr.sources.items import BY_KIND, ItemSettings, OtherItem
from orr.sources.words import Frozen, Link, Name, SecretName, SecretPath, TraceLink


class SourceIn(Frozen):
    """One outside system. Exactly one of `secret_env` and `secret_file`, or neither."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    internal: bool = False
    secret_env: SecretName | None = None
    secret_file: SecretPath | None = None
    secret_for: str | None = None
    user: str | None = None
    ca_file: str | None = None
    link: Link | None = None
    trace_link: TraceLink | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret_env and self.secret_file:
            raise ValueError("secret_env and secret_file exclude each other")
        parts = urlsplit(self.url)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise ValueError("no secret belongs into the url: name it by secret_env or secret_file")
        return self

    @model_validator(mode="after")
    def _addresses_lead_somewhere(self) -> Self:
        for address in (self.url, self.secret_for):
            if address is not None:
                origin(address)
        return self


class FileIn(Frozen):
    """The whole file."""

    sources: dict[Name, SourceIn] = {}
    items: dict[str, dict[str, Any]] = {}
    hooks: dict[Name, HookIn] = {}

    @model_validator(mode="after")
    def _hooks_answer_their_own_kind(self) -> Self:
        for name, hook in self.hooks.items():
            if hook.source is None:
                continue
            answered = self.sources.get(hook.source)
            if answered is None or answered.kind != hook.kind:
                raise ValueError(f"hooks.{name}: there is no source {hook.source!r} of kind {hook.kind}")
        return self

    @model_validator(mode="after")
    def _items_name_what_is_there(self) -> Self:
        for code, item in self.items.items():
            if not re.fullmatch(r"G[1-8]\.[1-9]", code):
                raise ValueError(f"{code} is no item code")
            if not isinstance(item.get("source"), str) or item["source"] not in self.sources:
                raise ValueError(f"items.{code}: there is no source {item.get('source')!r}")
            if item.get("resource") == "volumesnapshots" and code != "G6.2":
                raise ValueError(f"items.{code}: snapshots of volumes answer G6.2 only")
        return self

    def item_settings(self) -> dict[str, ItemSettings]:
        """Each item's entry, read as its source's kind asks. Raises pydantic's ValidationError."""
        return {
            code: BY_KIND.get(self.sources[item["source"]].kind, OtherItem).model_validate(item)
            for code, item in self.items.items()
        }
