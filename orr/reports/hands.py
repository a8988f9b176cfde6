"""Who signed a decision and who moved its rollout, side by side: the same person in both is said plainly."""

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]


def hands(facts: Facts) -> dict[str, Any]:
    """`{"signers": [names], "movers": [{"name", "did"}], "both": [names]}` of a rollout (pure).

    `did` are the titles of what each person said of the rollout. Who signed by a deputy signed, too.
    """
    signed = [slot for slot in (facts["approval"] or {"slots": []})["slots"] if slot["person"]]
    held = {slot["person"]["id"] for slot in signed} | {slot.get("on_behalf_of_id") for slot in signed}
    movers: dict[str, dict[str, Any]] = {}
    for event in (facts["rollout"] or {"events": []})["events"]:
        percent = f" {event['percent']} %" if event["percent"] else ""
        who = movers.setdefault(event["by_id"], {"name": event["by"], "did": []})
        who["did"].append(f"{event['title']}{percent}")
    return {
        "signers": [slot["person"]["name"] for slot in signed],
        "movers": list(movers.values()),
        "both": [who["name"] for key, who in movers.items() if key in held],
    }
