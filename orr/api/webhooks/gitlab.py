"""GitLab: a release that was created, and a deployment that is blocked until it is approved.

Sources: docs.gitlab.com/user/project/integrations/webhooks (secret token; signing token, which is a
Standard Webhooks signature; delivery headers); docs.gitlab.com/user/project/integrations/webhook_events
(release events; deployment events). GitLab takes a hook out of service that answers 4xx again and again,
so whatever is none of ours is taken and left.
"""

import hmac
import re
from typing import Annotated, Any

from pydantic import Field

from orr.api.webhooks import sender, standard
from orr.api.webhooks.sender import Commit, Headers, Name, Payload, Place, Tag
from orr.hooks.heard import Author, Delivery, Nothing, Release, Request, Said, known
from orr.hooks.models import Kind
from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import say
from orr.sources.hooks import Hook

TOKEN = "X-Gitlab-Token"  # noqa: S105  the header's name
EVENT = "X-Gitlab-Event"
# The same over all tries of one delivery; older versions have only the second.
IDS = ("Idempotency-Key", "X-Gitlab-Event-UUID")
_COMMIT_URL = re.compile(r"/commit/([0-9a-f]{40}(?:[0-9a-f]{24})?)$")


class _Project(Payload):
    id: Annotated[int, Field(ge=1)]
    path_with_namespace: Name


class _Author(Payload):
    name: str = ""
    email: str = ""


class _Commit(Payload):
    id: Commit
    author: _Author | None = None


class _Release(Payload):
    action: str
    tag: Tag
    name: str | None = None
    description: str | None = None
    url: str = ""
    project: _Project
    commit: _Commit | None = None


class _User(Payload):
    id: int
    username: str


class _Deployment(Payload):
    status: str
    deployment_id: Annotated[int, Field(ge=1)]
    environment: Place
    project: _Project
    commit_url: str = ""
    ref: str | None = None
    user: _User | None = None


class Gitlab:
    """The sender GitLab."""

    def authentic(self, headers: Headers, raw: bytes, hook: Hook) -> bool:
        """Whether the secret token is the hook's (in constant time), or the signature fits, as configured."""
        if hook.verify == "signature":
            return standard.authentic(headers, raw, hook)
        return hmac.compare_digest(hook.key().encode(), headers.get(TOKEN, "").encode())

    def heard(self, headers: Headers, raw: bytes, hook: Hook) -> Delivery:
        """What it says. Raises WrongType, Malformed, Invalid."""
        body = sender.object_of(headers, raw)
        event = str(body.get("object_kind", ""))[:40]
        name = next((one for one in IDS if headers.get(one)), IDS[0])
        if hook.verify == "signature":
            # The only id that is signed.
            name = standard.ID
        return sender.delivery(headers, name, event, raw, self._said(event, body, hook))

    def _said(self, event: str, body: dict[str, Any], hook: Hook) -> Said:
        if event == "release" and body.get("action") == "create":
            return _release(sender.read(body, _Release), hook)
        if event == "deployment" and body.get("status") == "blocked":
            return _request(sender.read(body, _Deployment), hook)
        stated = body.get("action") or body.get("status") or ""
        named = f"{event} {str(stated)[:40]}".strip() or "–"
        return Nothing(say("The event %(event)s asks for nothing here.", event=named))


def _release(read: _Release, hook: Hook) -> Said:
    of = hook.repository(read.project.path_with_namespace)
    if of is None:
        return Nothing(
            say("%(name)s is not a repository of this hook.", name=read.project.path_with_namespace)
        )
    if not of.takes(read.tag):
        return Nothing(say("The release %(tag)s is not one that is reviewed.", tag=read.tag))
    return Release(
        repository=read.project.path_with_namespace,
        tag=read.tag,
        title=read.name or "",
        notes=read.description or "",
        url=read.url,
        commit=read.commit.id if read.commit else "",
        authors=known(_by_mail(read.commit), "gitlab"),
    )


def _request(read: _Deployment, hook: Hook) -> Said:
    of = hook.repository(read.project.path_with_namespace)
    if of is None or of.here(read.environment) is None:
        where = f"{read.project.path_with_namespace} {read.environment}"
        return Nothing(say("%(where)s is not reviewed here.", where=where))
    if hook.source is None:
        nobody = say("The hook %(name)s names no source that is answered.", name=hook.name)
        raise Invalid([FieldError("/deployment_id", nobody)])
    found = _COMMIT_URL.search(read.commit_url)
    if found is None:
        raise Invalid([FieldError("/commit_url", say("No commit stands at the end of this address."))])
    people = (Author(f"gitlab:{read.user.id}", read.user.username),) if read.user else ()
    return Request(
        kind=Kind.GITLAB_APPROVAL.value,
        repository=read.project.path_with_namespace,
        project=str(read.project.id),
        environment=read.environment,
        number=str(read.deployment_id),
        commit=found.group(1),
        ref=read.ref or "",
        authors=known(people, "gitlab"),
    )


def _by_mail(commit: _Commit | None) -> tuple[Author, ...]:
    """The author of the commit, who has no id of GitLab in there."""
    if commit is None or commit.author is None or "@" not in commit.author.email:
        return ()
    address = commit.author.email.strip().lower()
    # GitLab shows it to nobody unless the author made it public.
    if not address.isprintable() or len(address) > 190 or address == "[redacted]":
        return ()
    return (Author(f"git:{address}", commit.author.name),)
