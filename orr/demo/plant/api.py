"""The plant's own small HTTP API: what its customers, its pipeline and its deployer ask."""

import json
from typing import Any

from orr.demo.plant.catalogue import Artefact, Catalogue
from orr.demo.plant.cost import Meter
from orr.demo.plant.faults import Faults
from orr.demo.plant.http import BadRequest, Request, Response, json_response
from orr.demo.plant.policy import VERSION, Policy
from orr.demo.plant.recovery import Recovery
from orr.demo.plant.replay import replay
from orr.demo.plant.search import Search, Unanswered
from orr.demo.plant.targets import Refused, Targets
from orr.demo.plant.traces import Traces
from orr.demo.plant.triage import Triage


class Api:
    """One method per resource."""

    def __init__(
        self,
        catalogue: Catalogue,
        targets: Targets,
        faults: Faults,
        triage: Triage,
        search: Search,
        policy: Policy,
        recovery: Recovery,
        meter: Meter,
        traces: Traces,
    ) -> None:
        self._catalogue, self._targets, self._faults = catalogue, targets, faults
        self._triage, self._search, self._policy = triage, search, policy
        self._recovery, self._meter, self._traces = recovery, meter, traces

    def find(self, request: Request) -> Response:
        try:
            return json_response({"found": self._search.find(request.query.get("q", ""))})
        except Unanswered:
            return json_response({"error": "search failed"}, 503)

    def state(self, request: Request) -> Response:
        return json_response({"targets": self._targets.listed(), "faults": self._faults.listed()})

    def artefacts(self, request: Request) -> Response:
        return json_response({"artefacts": [_described(a) for a in self._catalogue.artefacts]})

    def artefact(self, request: Request, kind: str, name: str, reference: str) -> Response:
        found = self._catalogue.find(kind, name, reference)
        if found is None:
            return json_response({"error": "no such version"}, 404)
        return Response(200, found.layer, headers={"Digest": found.digest})

    def flag(self, request: Request, name: str) -> Response:
        if name == "search.cache.force_ttl" and "flags_lost" in self._faults:
            return json_response({"error": "no such flag"}, 404)
        try:
            return json_response({"key": name, "value": self._targets.current(f"flag/{name}")})
        except Refused as why:
            return json_response({"error": str(why)}, why.status)

    def recent_events(self, request: Request) -> Response:
        verdicts = list(self._triage.recorded)[-40:]
        return json_response({"events": [verdict.event.ocsf() for verdict in verdicts]})

    def replay(self, request: Request) -> Response:
        return json_response(replay(self._triage, self._catalogue, str(_object(request).get("model"))))

    def policy(self, request: Request) -> Response:
        """In the shape of a policy engine's data API: `{"input": {…}}` → `{"result": bool}`."""
        asked = _object(request).get("input")
        if not isinstance(asked, dict):
            raise BadRequest("input is missing")
        facts = [str(asked.get(name, "")) for name in ("purpose", "region", "destination")]
        return json_response({"result": self._policy.allows(*facts), "provenance": {"version": VERSION}})

    def rehearse(self, request: Request, what: str) -> Response:
        rehearsals = {
            "pitr": self._recovery.point_in_time,
            "snapshot": self._recovery.snapshot,
            "rehydrate": self._recovery.rehydrate,
        }
        return json_response(rehearsals[what]()) if what in rehearsals else json_response({}, 404)

    def cost(self, request: Request) -> Response:
        return json_response(self._meter.reading())

    def trace(self, request: Request, trace: str) -> Response:
        spans = self._traces.get(trace)
        body = json.dumps({"trace": trace, "spans": spans}, indent=1).encode()
        return Response(200 if spans else 404, body)


def _described(artefact: Artefact) -> dict[str, str]:
    return {
        "kind": artefact.kind,
        "name": artefact.name,
        "version": artefact.version,
        "digest": artefact.digest,
    }


def _object(request: Request) -> dict[str, Any]:
    value = request.json()
    if not isinstance(value, dict):
        raise BadRequest("expected an object")
    return value
