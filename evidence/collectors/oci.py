"""G2.3 from an OCI registry: the new digest is there, and the tag still reads the old one."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.contract import Collector, Denied, Malformed, Query, Reading, Unavailable, Window
from orr.lib.egress import Answer, EgressRefused
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.sources.load import split_target
from orr.sources.source import Source

# Kinds whose target has to be a registry; others are looked at only where theirs is one.
IMAGES = frozenset({"image", "artifact"})
ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


@dataclass
class Registries:
    """Questions to registries within one deadline; keeps what was asked and answered."""

    ends: float
    told: list[dict[str, Any]] = field(default_factory=list)

    def digest(self, source: Source, name: str, reference: str) -> str | None:
        """The digest that a tag or digest reads, None where there is none (404).

        HEAD, and where the answer states no digest GET and hash (OCI distribution v1.1, 4.4.2).
        Raises Unavailable, Denied, Malformed.
        """
        path = f"/v2/{name}/manifests/{reference}"
        answer = self._ask(source, "HEAD", path)
        if answer.status == 404:
            return self._tell(source, path, None)
        stated = answer.headers.get("docker-content-digest")
        if stated is None:
            answer = self._ask(source, "GET", path)
            stated = "sha256:" + hashlib.sha256(answer.body).hexdigest()
        if not _is_digest(stated):
            raise Malformed(
                say("%(name)s states no digest: %(stated)s", name=source.name, stated=stated[:80])
            )
        return self._tell(source, path, stated)

    def _tell(self, source: Source, path: str, digest: str | None) -> str | None:
        self.told.append({"source": source.name, "path": path, "digest": digest})
        return digest

    def _ask(self, source: Source, method: str, path: str) -> Answer:
        left = max(0.001, self.ends - time.monotonic())
        try:
            answer = source.fetch(method, path, headers={"Accept": ACCEPT}, timeout=left)
        except EgressRefused as error:
            raise Denied(error.sentence, query=path) from error
        except OrrError as error:
            raise Unavailable(error.sentence, query=path) from error
        words: dict[str, str | int] = {"name": source.name, "status": answer.status}
        if answer.status in (401, 403):
            raise Denied(say("%(name)s lets us not in (HTTP %(status)s).", **words), query=path)
        if answer.status not in (200, 404):
            raise Unavailable(say("%(name)s answered HTTP %(status)s.", **words), query=path)
        return answer


@dataclass(frozen=True)
class PinnedDigests:
    """Every item that stands in a registry: `to` exists there, its tag reads `from`."""

    timeout: float = 10.0
    name: str = "registry"

    def source_of(self, change_set: Mapping[str, Any]) -> Source | None:
        """The one registry that is asked about the change set; None where there are several or none."""
        found = [source for item in change_set["items"] if (source := _registry(item)) is not None]
        return found[0] if len({source.name for source in found}) == 1 else None

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many items hold; raises Malformed where no item stands in a registry."""
        registries = Registries(time.monotonic() + self.timeout)
        wrong: list[Sentence] = []
        found: list[str] = []
        for item in query.facts.change_set["items"]:
            place = _place(item)
            if place is not None:
                found.append(place[0].name)
                why = _check(registries, item, *place)
                wrong += [why] if why is not None else []
        if not found:
            raise Malformed(say("No item of this change set stands in a registry."))
        return Reading(
            value=float(len(found) - len(wrong)),
            passed=not wrong,
            text=f"{len(found) - len(wrong)} / {len(found)}",
            samples=len(found),
            raw=json.dumps(registries.told).encode(),
            query="\n".join(f"HEAD {one['path']}" for one in registries.told),
            source=", ".join(sorted(set(found))),
            url="",
            measured_at=window.end,
            detail=wrong[0] if wrong else None,
        )


def factory() -> Collector:
    """The collector; which registries are asked, the targets of the change set say."""
    return PinnedDigests()


def _registry(item: Mapping[str, Any]) -> Source | None:
    source = split_target(item.get("target") or "")[0]
    return source if source is not None and source.kind == "oci" else None


def _place(item: Mapping[str, Any]) -> tuple[Source, str, str] | None:
    """Registry, repository and tag of an item; None for what stands elsewhere. Raises Unavailable."""
    source, rest = split_target(item.get("target") or "")
    if source is None or source.kind != "oci":
        if item["kind"] in IMAGES:
            raise Unavailable(
                say("%(item)s has a target that no configured registry holds: %(target)s",
                    item=item["name"], target=item.get("target") or "–")
            )  # fmt: skip
        return None
    name, _, tag = rest.rpartition(":")
    if not name or not tag or not all(c.isalnum() or c in "._-/" for c in name + tag):
        raise Malformed(say("%(item)s has no target of the form registry/name:tag.", item=item["name"]))
    return source, name, tag


def _check(
    registries: Registries, item: Mapping[str, Any], source: Source, name: str, tag: str
) -> Sentence | None:
    """Why the item does not hold, None if it does."""
    words: dict[str, str] = {"item": item["name"], "tag": f"{name}:{tag}"}
    wanted = item["to"].get("digest")
    if not wanted:
        return say("%(item)s names no digest to go to, so that nothing is pinned.", **words)
    if registries.digest(source, name, wanted) != wanted:
        return say("%(item)s: the registry does not hold %(digest)s.", digest=wanted, **words)
    before = (item.get("from") or {}).get("digest")
    reads = registries.digest(source, name, tag)
    if reads != before:
        return say(
            "%(tag)s reads %(reads)s, not %(before)s.", reads=reads or "–", before=before or "–", **words
        )
    return None


def _is_digest(text: str) -> bool:
    return text.startswith("sha256:") and len(text) == 71 and all(c in "0123456789abcdef" for c in text[7:])
