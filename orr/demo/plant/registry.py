"""The image registry: manifests and blobs by OCI's distribution API; `stable` is a target's value."""

from orr.demo.plant.catalogue import MANIFEST_TYPE, Catalogue, digest_of
from orr.demo.plant.http import Request, Response, json_response
from orr.demo.plant.targets import Refused, Targets

STABLE = "stable"


class Registry:
    """`/v2/<name>/manifests/<tag or digest>` and `/v2/<name>/blobs/<digest>`."""

    def __init__(self, catalogue: Catalogue, targets: Targets) -> None:
        self._catalogue, self._targets = catalogue, targets

    def manifest(self, request: Request, name: str, reference: str) -> Response:
        """GET and HEAD."""
        digest = self._resolve(name, reference)
        artefact = self._catalogue.find("image", name, digest) if digest else None
        if artefact is None:
            return _unknown("MANIFEST_UNKNOWN", "manifest unknown")
        return Response(200, artefact.body, MANIFEST_TYPE, {"Docker-Content-Digest": artefact.digest})

    def put(self, request: Request, name: str, tag: str) -> Response:
        """Point a tag at bytes that are already there."""
        digest = digest_of(request.body)
        if self._catalogue.find("image", name, digest) is None:
            return _unknown("MANIFEST_BLOB_UNKNOWN", "this registry takes known manifests only")
        target = self._target(name, tag)
        if target is None:
            return _unknown("TAG_INVALID", f"only {STABLE} can be moved here")
        try:
            self._targets.current(target)
        except Refused:
            return _unknown("NAME_UNKNOWN", "repository name not known")
        if self._targets.current(target) != digest:
            self._targets.put(target, digest)
        where = f"/v2/{name}/manifests/{digest}"
        return Response(201, headers={"Docker-Content-Digest": digest, "Location": where})

    def blob(self, request: Request, name: str, digest: str) -> Response:
        body = self._catalogue.blobs.get(digest)
        if body is None:
            return _unknown("BLOB_UNKNOWN", "blob unknown")
        return Response(200, body, "application/octet-stream", {"Docker-Content-Digest": digest})

    def tags(self, request: Request, name: str) -> Response:
        versions = [a.version for a in self._catalogue.artefacts if (a.kind, a.name) == ("image", name)]
        if not versions:
            return _unknown("NAME_UNKNOWN", "repository name not known")
        return json_response({"name": name, "tags": sorted([*versions, STABLE])})

    def _target(self, name: str, tag: str) -> str | None:
        return {STABLE: f"image/{name}", f"{STABLE}-shadow": f"image/{name}-shadow"}.get(tag)

    def _resolve(self, name: str, reference: str) -> str | None:
        target = self._target(name, reference)
        if target is not None:
            try:
                return self._targets.current(target)
            except Refused:
                return None
        artefact = self._catalogue.find("image", name, reference)
        return artefact.digest if artefact else None


def _unknown(code: str, message: str) -> Response:
    return json_response({"errors": [{"code": code, "message": message}]}, 404)
