"""Volume snapshots of Kubernetes (pure): the newest of each volume, each of them ready to use.

https://kubernetes.io/docs/concepts/storage/volume-snapshots/, group snapshot.storage.k8s.io/v1.
"""

from collections.abc import Sequence

from evidence.collectors.kubernetes_list import NotListed, Object, Rehearsed, made, moment, name
from orr.lib.sentence import say

KIND = "VolumeSnapshot"


def newest(found: Sequence[Object]) -> Rehearsed:
    """The newest snapshot of every volume together: as old as the oldest of them. Raises NotListed."""
    try:
        latest: dict[str, Object] = {}
        for one in sorted(found, key=made):
            latest[_volume(one)] = one
        return _together(list(latest.values()))
    except (KeyError, TypeError, AttributeError) as error:
        raise NotListed(say("A snapshot in the answer is of another form than Kubernetes'.")) from error


def _together(latest: Sequence[Object]) -> Rehearsed:
    at = min(made(one) for one in latest)
    broken = [one for one in latest if (one.get("status") or {}).get("error")]
    if broken:
        why = str((broken[0]["status"]["error"] or {}).get("message") or "–")[:200]
        said = say("The snapshot %(name)s failed: %(why)s", name=name(broken[0]), why=why)
        return Rehearsed("failed", at, said, len(latest))
    unready = [one for one in latest if not _ready(one)]
    if unready:
        said = say("The snapshot %(name)s is not ready to use.", name=name(unready[0]))
        return Rehearsed("pending", at, said, len(latest))
    taken = min(moment(one["status"]["creationTime"]) for one in latest)
    words: dict[str, str | int] = {"n": len(latest), "at": f"{taken:%Y-%m-%d %H:%M} UTC"}
    said = say("%(n)s volumes have a snapshot that is ready to use, the oldest of %(at)s.", **words)
    return Rehearsed("passed", taken, said, len(latest))


def _ready(one: Object) -> bool:
    ready = (one.get("status") or {}).get("readyToUse", False)
    if not isinstance(ready, bool):
        raise TypeError("readyToUse is true or false")
    return ready


def _volume(one: Object) -> str:
    """What it is a snapshot of: a claim, or content that was there before."""
    source = one["spec"]["source"]
    return str(source.get("persistentVolumeClaimName") or source["volumeSnapshotContentName"])
