"""GitHub: a published release, and a deployment that waits for a custom protection rule.

Sources: docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries;
docs.github.com/en/webhooks/webhook-events-and-payloads (release, deployment_protection_rule).
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from orr.api.webhooks import sender
from orr.api.webhooks.sender import Commit, Headers, Name, Payload, Place, Tag
from orr.hooks.heard import Author, Delivery, Nothing, Release, Request, Said, known
from orr.hooks.models import Kind
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.sources.hooks import Hook
from orr.sources.load import sources

SIGNATURE = "X-Hub-Signature-256"
DELIVERY = "X-GitHub-Delivery"
EVENT = "X-GitHub-Event"
_COMMIT = re.compile(r"^[0-9a-f]{40}$")


class _User(Payload):
    id: int
    login: str
    type: str = "User"


class _Repository(Payload):
    full_name: Name


class _Asset(Payload):
    name: str
    digest: str | None = None


class _Release(Payload):
    tag_name: Tag
    name: str | None = None
    body: str | None = None
    html_url: str = ""
    prerelease: bool = False
    target_commitish: str = ""
    author: _User | None = None
    assets: Annotated[list[_Asset], Field(max_length=1000)] = []


class _Published(Payload):
    release: _Release
    repository: _Repository
    sender: _User | None = None


class _Deployment(Payload):
    id: Annotated[int, Field(ge=1, lt=10**20)]
    sha: Commit
    ref: str = ""
    creator: _User | None = None


class _Installation(Payload):
    id: Annotated[int, Field(ge=0)]


class _Requested(Payload):
    action: Literal["requested"]
    environment: Place
    deployment_callback_url: str
    deployment: _Deployment
    repository: _Repository
    installation: _Installation | None = None
    sender: _User | None = None


class Github:
    """The sender GitHub."""

    def authentic(self, headers: Headers, raw: bytes, hook: Hook) -> bool:
        """Whether the HMAC-SHA256 of the body stands in the header; compared in constant time."""
        made = "sha256=" + hmac.new(hook.key().encode(), raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made.encode(), headers.get(SIGNATURE, "").encode())

    def heard(self, headers: Headers, raw: bytes, hook: Hook) -> Delivery:
        """What it says. Raises WrongType, Malformed, Invalid."""
        event, body = headers.get(EVENT, ""), sender.object_of(headers, raw)
        return sender.delivery(headers, DELIVERY, event, raw, self._said(event, body, hook))

    def _said(self, event: str, body: dict[str, Any], hook: Hook) -> Said:
        if event == "ping":
            return Nothing(say("The hook %(name)s is connected.", name=hook.name))
        action = str(body.get("action", ""))[:40]
        if (event, action) == ("release", "published"):
            return _release(sender.read(body, _Published), hook)
        if (event, action) == ("deployment_protection_rule", "requested"):
            return _request(sender.read(body, _Requested), hook)
        named = f"{event[:60]} {action}".strip() or "–"
        return Nothing(say("The event %(event)s asks for nothing here.", event=named))


def _release(read: _Published, hook: Hook) -> Said:
    said, of = read.release, hook.repository(read.repository.full_name)
    if of is None:
        return Nothing(say("%(name)s is not a repository of this hook.", name=read.repository.full_name))
    if not of.takes(said.tag_name) or (said.prerelease and not of.prereleases):
        return Nothing(say("The release %(tag)s is not one that is reviewed.", tag=said.tag_name))
    return Release(
        repository=read.repository.full_name,
        tag=said.tag_name,
        title=said.name or "",
        notes=said.body or "",
        url=said.html_url,
        commit=said.target_commitish if _COMMIT.match(said.target_commitish) else "",
        prerelease=said.prerelease,
        authors=_people((said.author, read.sender)),
        assets={asset.name: asset.digest for asset in said.assets if asset.digest},
    )


def _request(read: _Requested, hook: Hook) -> Said:
    return Request(
        kind=Kind.GITHUB_RULE.value,
        repository=read.repository.full_name,
        environment=read.environment,
        number=_run(read, hook),
        commit=read.deployment.sha,
        ref=read.deployment.ref,
        deployment=str(read.deployment.id),
        installation=str(read.installation.id) if read.installation else "",
        authors=_people((read.deployment.creator, read.sender)),
    )


def _run(read: _Requested, hook: Hook) -> str:
    """The run's number. Its address is only compared with where we answer, and never called itself."""
    answered = sources().get(hook.source or "")
    if answered is None:
        here = say("The hook %(name)s names no source that is answered.", name=hook.name)
        raise Invalid([FieldError("/deployment_callback_url", here)])
    ours = f"{answered.url.rstrip('/')}/repos/{read.repository.full_name}/actions/runs/"
    found = re.fullmatch(
        re.escape(ours) + r"([0-9]{1,20})/deployment_protection_rule",
        read.deployment_callback_url,
        re.IGNORECASE | re.ASCII,
    )
    if found is None:
        elsewhere = say("This is no address below that of the source %(name)s.", name=answered.name)
        raise Invalid([FieldError("/deployment_callback_url", elsewhere)])
    return found.group(1)


def _people(users: Iterable[_User | None]) -> tuple[Author, ...]:
    """Who had a hand in it. A program is nobody who could sign, and hides who told it to."""
    people = (user for user in users if user is not None and user.type == "User")
    return known((Author(f"github:{user.id}", user.login) for user in people), "github")
