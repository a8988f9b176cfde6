"""Route × role × verb → status for the pages: one line per address; a verb that is not there answers 405.

Who asks: nobody signed in, one person per role held everywhere, a person without any role, a member of the
review's team and one of another team (both with the role SRE there), and somebody who was deactivated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("release_manager", "sre", "security", "product", "data", "auditor", "admin")
APPROVERS = ("sre", "security", "product", "data")
ACTING = ("release_manager", *APPROVERS)
WHO = ("anonymous", *ROLES, "nobody", "member", "stranger", "inactive")
Statuses = Mapping[str, int]


def everyone(status: int) -> Statuses:
    """The same for whoever asks."""
    return dict.fromkeys(WHO, status)


def inside(status: int, **others: int) -> Statuses:
    """For every signed-in person; whoever isn't is led to the door."""
    return {**everyone(status), "anonymous": 302, "inactive": 302, **others}


def of_review(status: int, **others: int) -> Statuses:
    """For whoever sees the review; for a person of another team and one without a role it is not there."""
    return inside(status, **{"nobody": 404, "stranger": 404, **others})


def only(done: int, *who: str, refused: int = 403, seen: bool = True, **others: int) -> Statuses:
    """Done by these; refused to the others who see what it is about."""
    known = of_review(refused) if seen else inside(refused)
    return {**known, **dict.fromkeys(who, done), **others}


def acting(done: int, **others: int) -> Statuses:
    """Done by release managers and approvers, in the team or everywhere."""
    return only(done, *ACTING, "member", **others)


def administrator(done: int, **others: int) -> Statuses:
    """Done by administrators alone, in matters that are of no review."""
    return only(done, "admin", seen=False, **others)


@dataclass(frozen=True)
class Row:
    """An address, what each verb answers to whom, and what a POST sends; `{names}` come from the scene."""

    path: str
    GET: Statuses = field(default_factory=lambda: everyone(405))
    POST: Statuses = field(default_factory=lambda: everyone(405))
    sent: Mapping[str, Any] = field(default_factory=dict)


# A proposal is open on the review: `manager` requested and proposed, SRE and Security are to sign.
SIGNING = ("sre", "security", "member")
R = "/orr/{code}"
TABLE: dict[str, Row] = {
    "board:portfolio": Row("/", GET=inside(200)),
    "board:new": Row("/new", GET=inside(200), POST=acting(302, nobody=403, stranger=403), sent={"new": True}),
    "board:review": Row(R, GET=of_review(200)),
    "board:edit": Row(
        f"{R}/edit", GET=of_review(200), POST=only(409, "release_manager"), sent={"edit": True}
    ),
    "board:collect": Row(f"{R}/collect", POST=acting(302)),
    "board:item": Row(f"{R}/items/G1.2", GET=of_review(200)),
    "board:attest": Row(f"{R}/items/G6.4/attest", POST=only(302, "data"), sent={"statement": "Looked."}),
    "board:raw": Row(f"{R}/items/G6.4/raw/{{raw}}", GET=of_review(200)),
    "board:approve": Row(
        f"{R}/approve", GET=of_review(200), POST=only(302, *SIGNING),
        sent={"expected_digest": "{proposal}", "password": "{password}"},
    ),
    "board:unsign": Row(f"{R}/unsign", GET=of_review(200), POST=of_review(409)),
    "board:cancel": Row(
        f"{R}/cancel", GET=of_review(200), POST=only(302, "release_manager", "security"), sent={"reason": "x"}
    ),
    "board:decide": Row(
        f"{R}/decide", GET=of_review(200), POST=acting(302), sent={"decision": "no_go", "reason": "x"}
    ),
    "board:decision": Row(f"{R}/decision", GET=of_review(200)),
    "board:rollout": Row(
        f"{R}/rollout", GET=of_review(200), POST=only(409, "release_manager"), sent={"act": "start"}
    ),
    "board:exit": Row(f"{R}/exit", GET=of_review(200), POST=acting(302), sent={"held": "1", "why": "x"}),
    "board:audit": Row(f"{R}/audit", GET=of_review(200)),
    "board:report": Row(f"{R}/report.pdf", GET=of_review(200)),
    "board:challenge": Row(
        f"{R}/approve/challenge", POST=of_review(403), sent={"expected_digest": "{proposal}"}
    ),
    "board:signature": Row(
        f"{R}/signatures/{{signature}}.json", GET=only(200, "sre", "auditor", "admin", refused=404)
    ),
    # Nothing is in the log yet in this scene, so there is no proof of it for anybody.
    "board:signature_proof": Row(f"{R}/signatures/{{signature}}.tlog-proof", GET=of_review(404)),
    "board:glass": Row(
        f"{R}/break-glass", GET=of_review(200), POST=only(409, "release_manager"),
        sent={"decision": "go", "reason": "x"},
    ),
    "board:second_look": Row(f"{R}/second-look", GET=of_review(404), POST=of_review(404)),
    "board:decision_pdf": Row(f"{R}/decision.pdf", GET=of_review(404)),
    "board:decision_json": Row(f"{R}/decision.json", GET=of_review(404)),
    "board:story": Row(f"{R}/story", GET=of_review(200)),
    "board:proposal": Row(f"{R}/proposals/1", GET=of_review(200)),
    "board:rca": Row(f"{R}/rca", GET=of_review(404), POST=of_review(400)),
    "board:replace": Row(
        f"{R}/replace/{{older}}", GET=of_review(200), POST=only(302, "release_manager"),
    ),
    "board:break_glass": Row("/audit/break-glass", GET=inside(200)),
    "board:profiles": Row("/settings/profiles", GET=inside(200)),
    "board:profile": Row(
        "/settings/profiles/standard", GET=inside(200),
        POST=only(409, "release_manager", "admin", seen=False), sent={"act": "propose", "text": "x"},
    ),
    "board:services": Row(
        "/settings/services", GET=inside(200), POST=administrator(302),
        sent={"act": "ask", "service_id": "search", "reason": "x"},
    ),
    "board:union": Row("/settings/union?review={code}", GET=of_review(200)),
    "board:replay": Row("/settings/profiles/standard/replay", GET=inside(200)),
    "board:policy_challenge": Row("/settings/profiles/standard/challenge", POST=inside(409)),
    # Nothing is configured in this scene, so that there is nothing to ask.
    "board:sources": Row(
        "/settings/sources", GET=inside(200, nobody=403), POST=administrator(302), sent={"act": "ask"},
    ),
    "board:delegations": Row(
        "/settings/delegations", GET=inside(200),
        POST=only(302, "sre", seen=False),
        sent={
            "deputy": "other", "role": "sre", "team": "", "reason": "Away.",
            "starts_at": "2100-01-01T00:00", "ends_at": "2100-01-02T00:00",
        },
    ),
    "board:delegation_revoke": Row(
        "/settings/delegations/{delegation}/revoke",
        POST=only(302, "sre", "data", "admin", seen=False, refused=404),
    ),
    "board:security": Row("/settings/security", GET=inside(200)),
    "board:confirm": Row(
        "/settings/security/confirm", GET=inside(200), POST=inside(403), sent={"password": "no"}
    ),
    "board:confirm_options": Row("/settings/security/confirm/options", GET=inside(200)),
    # Whoever has not proven again who they are does that first.
    "board:password": Row("/settings/security/password", POST=inside(403)),
    "board:passkey_add": Row("/settings/security/passkeys", POST=inside(302)),
    "board:passkey_options": Row("/settings/security/passkeys/options", GET=inside(302)),
    "board:passkey_change": Row("/settings/security/passkeys/1", POST=inside(302)),
    "board:codes": Row("/settings/security/codes", GET=inside(302), POST=inside(302)),
    "board:codes_end": Row("/settings/security/codes/end", POST=inside(302)),
    "board:recovery": Row("/settings/security/recovery", POST=inside(302)),
    "board:organisation_connect": Row("/settings/security/organisation/connect", POST=inside(302)),
    "board:organisation_disconnect": Row("/settings/security/organisation/disconnect", POST=inside(302)),
    "board:sessions_end": Row("/settings/security/sessions/end", POST=inside(302)),
    "board:session_end": Row("/settings/security/sessions/1/end", POST=inside(302)),
    "board:approvals": Row("/approvals", GET=inside(200)),
    "board:calendar": Row("/calendar", GET=inside(200)),
    "board:calendar_new": Row(
        "/calendar/new", GET=inside(200), POST=only(302, "release_manager", "admin", seen=False),
        sent={
            "kind": "freeze", "title": "Month end", "name": "month-end", "reason": "Books.",
            "owner_role": "data",
            "begins_at": "2098-01-01T00:00", "ends_at": "2098-01-02T00:00", "zone": "UTC",
        },
    ),
    # A freeze that Data owns: neither who wrote it nor anybody else lifts it.
    "board:calendar_line": Row(
        "/calendar/{line}", GET=inside(200), POST=only(302, "data", "admin", seen=False),
        sent={"reason": "Over."},
    ),
    "board:log": Row("/audit", GET=inside(200)),
    "board:refusals": Row("/audit/refusals", GET=inside(200)),
    "board:acts": Row("/audit/acts", GET=inside(200)),
    "board:hub": Row("/audit/events", GET=inside(200)),
    "board:hub_again": Row("/audit/events/{event}/again", POST=administrator(302)),
    "board:people": Row("/settings", GET=inside(200)),
    "board:invite": Row(
        "/settings/invite", POST=administrator(200), sent={"username": "kim", "name": "Kim", "roles": ["sre"]}
    ),
    "board:authors": Row(
        "/settings/authors", POST=administrator(302), sent={"author_id": "gh:1", "person": "sre"}
    ),
    "board:consent": Row("/settings/grants/{grant}/consent", POST=administrator(302)),
    "board:teams": Row(
        "/settings/teams", GET=inside(200), POST=administrator(302), sent={"slug": "new", "name": "New"}
    ),
    "board:team": Row(
        "/settings/teams/home", GET=of_review(200), POST=only(302, "admin"),
        sent={"act": "add", "person": "nobody"},
    ),
    "board:person": Row(
        "/people/sre", GET=inside(200), POST=administrator(302), sent={"act": "grant", "role": "data"}
    ),
    "board:tokens": Row(
        "/settings/tokens", GET=inside(200), POST=inside(200), sent={"days": "1", "scopes": ["orr:read"]}
    ),
    "board:token_end": Row("/settings/tokens/{token}/end", POST=inside(302)),
    "board:signin": Row(
        "/signin", GET={**everyone(302), "anonymous": 200, "inactive": 200},
        POST={**everyone(302), "anonymous": 403, "inactive": 403}, sent={"username": "x", "password": "x"},
    ),
    "board:signin_passkey": Row("/signin/passkey", POST=everyone(403)),
    "board:signin_passkey_options": Row("/signin/passkey/options", GET=everyone(200)),
    "board:second": Row("/signin/second", GET=everyone(302), POST=everyone(302)),
    "board:second_options": Row("/signin/second/options", GET=everyone(302)),
    "board:signin_organisation": Row(
        "/signin/organisation", GET={**everyone(302), "anonymous": 404, "inactive": 404}
    ),
    "board:organisation_back": Row("/signin/organisation/back", GET=everyone(404)),
    "board:signout": Row("/signout", POST=everyone(302)),
    "board:welcome": Row("/welcome/nothing", GET=everyone(404), POST=everyone(404)),
    "board:language": Row("/lang", GET=everyone(302)),
    "board:theme": Row("/theme", GET=everyone(302)),
    "board:keys": Row("/keys", GET=everyone(200)),
    # The log is open to anyone and names nobody; nothing is signed yet in this scene.
    "tlog:checkpoint": Row("/tlog/checkpoint", GET=everyone(404)),
    "tlog:tile": Row("/tlog/tile/0/000", GET=everyone(404)),
    "tlog:entry": Row("/tlog/entry/0.json", GET=everyone(404)),
    "tlog:proof": Row("/tlog/entry/0.tlog-proof", GET=everyone(404)),
    "tlog:consistency": Row("/tlog/consistency/1/2", GET=everyone(404)),
    "tlog:vkey": Row("/tlog/vkey", GET=everyone(200)),
    # A hook knows nobody: it takes what is signed with its secret, and none stands in this scene's file.
    "api:hook": Row("/v1/hooks/github", POST=everyone(404)),
    "api:metrics": Row("/metrics", GET=everyone(200)),
    "event_schemas:list": Row("/events/schemas/", GET=everyone(200)),
    "event_schemas:one": Row("/events/schemas/ops.approval.requested.v1.json", GET=everyone(200)),
    "api:healthz": Row("/healthz", GET=everyone(200)),
    "api:readyz": Row("/readyz", GET=everyone(200)),
}  # fmt: skip
