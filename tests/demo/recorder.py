"""A site that answers from a dictionary of checklists and remembers what was posted."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from orr.demo.site import Site


@dataclass
class Recorder:
    """`reviews` are checklist bodies by id; `posted` the paths and bodies in the order they came."""

    reviews: dict[str, dict[str, Any]] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def site(self) -> Site:
        return Site("http://site", "token", httpx.Client(transport=httpx.MockTransport(self._answer)))

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for where, body in self.posted if where == path]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.posted.append((request.url.path, json.loads(request.content)))
            return httpx.Response(200, json={})
        if request.url.path == "/v1/orr":
            wanted = request.url.params.get("state")
            rows = [review for review in self.reviews.values() if wanted in (None, review["state"])]
            return httpx.Response(200, json={"reviews": rows, "next": None})
        return httpx.Response(200, json=self.reviews[request.url.params["id"]])
