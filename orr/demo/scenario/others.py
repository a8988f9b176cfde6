"""Eight more reviews, each taken to another state by the people of the demo."""

from dataclasses import dataclass
from typing import Any

from orr.demo.scenario.parts import Shelf, change_set, planned, value

ALL_BY_HAND = frozenset({"G6.4", "G7.4"})


@dataclass(frozen=True)
class Other:
    """How far a review goes: what is attested, its guards, who signs, whether it is rolled out and closed."""

    key: str
    profile: str
    change_set: dict[str, Any]
    by_hand: frozenset[str] = ALL_BY_HAND
    guards: tuple[dict[str, str], ...] = ()
    reason: str = ""
    signers: tuple[str, ...] = ()
    no_go: str = ""
    rolls_out: bool = False
    closes: bool = False


def others(shelf: Shelf) -> list[Other]:
    """The eight, those that take longest first."""
    return [
        _closed(),
        _rolling_out(shelf),
        _effective(shelf),
        _timelock(),
        _proposed(),
        _no_go(shelf),
        _red(shelf),
        _checking(),
    ]


def _guard(target: str, wanted: str, kind: str = "canary") -> dict[str, str]:
    return {"kind": kind, "driver": "webhook", "target": target, "value": wanted}


def _closed() -> Other:
    return Other(
        "closed",
        "release",
        change_set(
            "Notices in batches of 20",
            "Smaller batches, so that a notice waits less.",
            ["notify"],
            [value("flag", "notify.batch_size", "50", "20")],
            purpose="Notices reach people sooner at night, when few come in.",
        ),
        guards=(_guard("plant/weight/notify", "5"),),
        reason="Reversible in a second; the canary shows whether the mail gateway copes.",
        signers=("sre", "security"),
        rolls_out=True,
        closes=True,
    )


def _rolling_out(shelf: Shelf) -> Other:
    return Other(
        "rolling_out",
        "slow-release",
        change_set(
            "Ingest gateway 8.2",
            "The regular release of the gateway: new parser, same contract.",
            ["gateway"],
            [shelf.artefact("image", "ingest-gateway", "8.1.7", "8.2.0")],
            purpose="The parser of 8.1 drops fields that tenants ask for.",
        ),
        guards=(_guard("plant/weight/gateway", "5"),),
        reason="A quarter of the traffic for half a day before all of it.",
        signers=("sre", "security"),
        rolls_out=True,
    )


def _effective(shelf: Shelf) -> Other:
    return Other(
        "effective",
        "release",
        change_set(
            "Console image 5.3.0",
            "The console with the new incident view.",
            ["console"],
            [shelf.artefact("image", "console", "5.2.4", "5.3.0")],
            purpose="Analysts see related incidents beside each other.",
        ),
        guards=(_guard("plant/weight/console", "5"),),
        reason="Only the console changes; sessions survive it.",
        signers=("sre", "security"),
    )


def _timelock() -> Other:
    return Other(
        "timelock",
        "night-release",
        change_set(
            "Console sessions of 20 minutes",
            "Idle sessions of the console end after 20 minutes instead of 30.",
            ["console"],
            [value("config", "console.session", "30m", "20m")],
            purpose="What the last audit asked for.",
            **planned(420),
        ),
        guards=(_guard("plant/config/console.session", "20m", "cache"),),
        reason="Announced to all analysts; takes effect tonight.",
        signers=("security", "sre"),
    )


def _proposed() -> Other:
    return Other(
        "proposed",
        "release",
        change_set(
            "Tenant launch: Hanbit Finance",
            "Hanbit Finance goes live with its own rules and its own region policy.",
            ["tenants"],
            [value("tenant", "hanbit", "absent", "live")],
            purpose="Launch of a tenant that tested for six weeks.",
        ),
        guards=(_guard("plant/weight/tenants", "5"),),
        reason="The pilot ran clean for six weeks.",
        signers=("sre",),
    )


def _no_go(shelf: Shelf) -> Other:
    return Other(
        "no_go",
        "release",
        change_set(
            "Notify router 2.10",
            "The router with per-tenant queues.",
            ["notify"],
            [shelf.artefact("image", "notify-router", "2.9.0", "2.10.0")],
            purpose="One slow tenant must not delay the others.",
        ),
        no_go="Upstream withdrew 2.10.0 this morning: it loses messages when a queue is renamed.",
    )


def _red(shelf: Shelf) -> Other:
    return Other(
        "red",
        "release",
        change_set(
            "Detection rules 2026.12 candidate",
            "The December rules with the model that was trained for them.",
            ["ingest"],
            [
                shelf.artefact("rule", "sigma-pack", "2026.10", "2026.12-rc1"),
                shelf.artefact("model", "triage-model", "v3.9.1", "v5.0.0-rc1"),
            ],
            purpose="Rules for exfiltration over mail.",
            **planned(1440),
        ),
    )


def _checking() -> Other:
    return Other(
        "checking",
        "release",
        change_set(
            "BYOK key rotation, November",
            "The monthly rotation of the tenants' own keys.",
            ["keys"],
            [value("key", "byok-tenant", "2026-10", "2026-11")],
            purpose="Contracts ask for a rotation each month.",
            **planned(2880),
        ),
        by_hand=frozenset({"G7.4"}),
    )
