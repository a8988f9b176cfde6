"""How each platform is told, and asked what it was told before; only at the address that is configured.

Sources: docs.github.com/en/rest/actions/workflow-runs ("Review custom deployment protection rules for a
workflow run", "Get the review history for a workflow run"); docs.github.com/en/rest/apps ("Create an
installation access token for an app"); docs.gitlab.com/api/deployments ("Approve or reject a deployment").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import override

from orr.hooks.models import Answer, Ask, Kind
from orr.lib import egress
from orr.lib.errors import OrrError, Unavailable
from orr.lib.sentence import say
from orr.sources import github_app
from orr.sources.source import Source

MAX_ANSWER = 1024 * 1024
# A comment is for people there, whose language is not known.
LANGUAGE = "en"
GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# Wrong credentials can be mended in the sources file; what is not there or does not fit cannot.
MENDABLE = frozenset({401, 403, 407, 408, 425, 429})


class Final(OrrError):
    """The platform refuses, and will refuse the same again."""


class Platform(Protocol):
    """What the outbox needs of a platform. Both raise Final, or Unavailable where trying again may help."""

    def tell(self, source: Source, answer: Answer) -> None:
        """Send the answer."""
        ...

    def told(self, source: Source, answer: Answer) -> bool:
        """Whether the platform has this very answer already."""
        ...


def of(ask: Ask) -> Platform:
    """The platform that asked."""
    return _PLATFORMS[Kind(ask.kind)]


def comment(answer: Answer) -> str:
    """What people on the platform read: the decision, and where it stands.

    Of several deployments of one run each has its own, so that none is taken for told by another's.
    """
    one = f"#deployment-{answer.ask.deployment}" if answer.ask.deployment else ""
    with override(LANGUAGE):
        return f"{answer.why} {settings.PUBLIC_URL}/orr/{answer.ask.review.code}{one}"


def state(answer: Answer) -> str:
    """`approved` or `rejected`, as both platforms call it."""
    return "approved" if answer.approved else "rejected"


@dataclass(frozen=True)
class GithubRule:
    """A custom deployment protection rule of GitHub Actions."""

    def tell(self, source: Source, answer: Answer) -> None:
        """`POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule`."""
        body = {
            "environment_name": answer.ask.environment,
            "state": state(answer),
            "comment": comment(answer),
        }
        _call(
            source,
            "POST",
            f"{self._run(answer.ask)}/deployment_protection_rule",
            self._head(source, answer),
            body,
        )

    def told(self, source: Source, answer: Answer) -> bool:
        """Whether the run's history of reviews holds our comment."""
        seen = _call(source, "GET", f"{self._run(answer.ask)}/approvals", self._head(source, answer))
        reviews = [one for one in seen if isinstance(one, dict)] if isinstance(seen, list) else []
        return any(
            one.get("comment") == comment(answer)
            and answer.ask.environment in [place.get("name") for place in one.get("environments") or []]
            for one in reviews
        )

    def _run(self, ask: Ask) -> str:
        return f"/repos/{ask.repository}/actions/runs/{ask.number}"

    def _head(self, source: Source, answer: Answer) -> Mapping[str, str]:
        """As the App's installation where the source is an App; else by the source's own token."""
        installation = answer.ask.installation
        if not (github_app.is_one(source.kind, source.options) and installation):
            return GITHUB
        made = _call(source, "POST", f"/app/installations/{installation}/access_tokens", GITHUB, {})
        token = made.get("token") if isinstance(made, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Unavailable(say("%(name)s gave no token for the installation.", name=source.name))
        return {**GITHUB, "Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class GitlabApproval:
    """The approval of a deployment that GitLab holds back."""

    def tell(self, source: Source, answer: Answer) -> None:
        """`POST /projects/:id/deployments/:deployment_id/approval`."""
        body = {"status": state(answer), "comment": comment(answer)}
        _call(source, "POST", f"{self._deployment(answer.ask)}/approval", {}, body)

    def told(self, source: Source, answer: Answer) -> bool:
        """Whether the deployment's approvals hold our comment."""
        seen = _call(source, "GET", self._deployment(answer.ask), {})
        approvals = seen.get("approvals") if isinstance(seen, dict) else None
        kept = [one for one in approvals or [] if isinstance(one, dict)]
        return any(
            one.get("comment") == comment(answer) and one.get("status") == state(answer) for one in kept
        )

    def _deployment(self, ask: Ask) -> str:
        return f"/projects/{quote(ask.project, safe='')}/deployments/{ask.number}"


def _call(
    source: Source, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
) -> Any:
    """The JSON that came back, None where there was none. Raises Final, Unavailable."""
    content = b"" if body is None else json.dumps(body).encode()
    sent = {**headers, **({"Content-Type": "application/json"} if content else {})}
    answer = source.fetch(method, path, headers=sent, content=content, max_bytes=MAX_ANSWER)
    if not 200 <= answer.status < 300:
        raise _refused(source, answer)
    try:
        return json.loads(answer.body) if answer.body.strip() else None
    except (ValueError, RecursionError):
        return None


def _refused(source: Source, answer: egress.Answer) -> OrrError:
    sentence = say("%(name)s answered with status %(status)s.", name=source.name, status=answer.status)
    again = answer.status in MENDABLE or answer.status >= 500
    return Unavailable(sentence) if again else Final(sentence)


_PLATFORMS: Mapping[Kind, Platform] = {
    Kind.GITHUB_RULE: GithubRule(),
    Kind.GITLAB_APPROVAL: GitlabApproval(),
}
