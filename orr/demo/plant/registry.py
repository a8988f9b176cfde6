"""The image registry: manifests and blobs by OCI's distribution API; `stable` is a target's value."""

from orr.demo.plant.catalogue import MANIFEST_TYPE, SHADOW, Artefact, Catalogue, digest_of
from orr.demo.plant.http import Request, Response, json_response
from orr.demo.plant.targets import Targets

STABLE = "stable"


class Registry:
    """`/v2/<name>/manifests/<tag or digest>` and `/v2/<name>/blobs/<digest>`."""

    def __init__(self, catalogue: Catalogue, targets: Targets) -> None:
        self._catalogue, self._targets = catalogue, targets

    def manifest(self, request: Request, name: str, reference: str) -> Response:
        """GET and HEAD."""
        artefact = self._artefact(name, reference)
        if artefact is None:
            return _unknown("MANIFEST_UNKNOWN", "manifest unknown")
        headers = {"Docker-Content-Digest": artefact.digest}
        return Response(200, artefact.manifest, MANIFEST_TYPE, headers)

    def put(self, request: Request, name: str, tag: str) -> Response:
        """Point a tag at bytes that are already there."""
        artefact = self._artefact(name, digest_of(request.body))
        if artefact is None:
            return _unknown("MANIFEST_BLOB_UNKNOWN", "this registry takes known manifests only")
        target = self._target(name, tag)
        if target is None:
            return _unknown("TAG_INVALID", f"only {STABLE} can be moved here")
        if self._targets.current(target) != artefact.digest:
            self._targets.put(target, artefact.digest)
        where = f"/v2/{name}/manifests/{artefact.digest}"
        return Response(201, headers={"Docker-Content-Digest": artefact.digest, "Location": where})

    def blob(self, request: Request, name: str, digest: str) -> Response:
        body = self._catalogue.blobs.get(digest)
        if body is None:
            return _unknown("BLOB_UNKNOWN", "blob unknown")
        return Response(200, body, "application/octet-stream", {"Docker-Content-Digest": digest})

    def tags(self, request: Request, name: str) -> Response:
        versions = [a.version for a in self._catalogue.artefacts if a.name == name]
        if not versions:
            return _unknown("NAME_UNKNOWN", "repository name not known")
        return json_response({"name": name, "tags": sorted([*versions, STABLE])})

    def _artefact(self, name: str, reference: str) -> Artefact | None:
        kind = self._catalogue.kind_of(name)
        if kind is None:
            return None
        target = self._target(name, reference)
        return self._catalogue.find(kind, name, self._targets.current(target) if target else reference)

    def _target(self, name: str, tag: str) -> str | None:
        """The target behind a tag: `stable` is what runs."""
        kind = self._catalogue.kind_of(name)
        suffix = {STABLE: "", f"{STABLE}{SHADOW}": SHADOW}.get(tag)
        return None if kind is None or suffix is None else f"{kind}/{name}{suffix}"


def _unknown(code: str, message: str) -> Response:
    return json_response({"errors": [{"code": code, "message": message}]}, 404)
