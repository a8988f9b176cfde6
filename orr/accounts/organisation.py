"""The organisation's sign-in (OpenID Connect): it lets in only whom a person connected with it before.

A subject is an id of one issuer; names and mail addresses decide nothing, and nobody becomes an account here.
"""

import secrets
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException, Session

from orr.accounts import reauthentication, signin
from orr.accounts.connections import connect, connection, disconnect, provider_id
from orr.accounts.models import User
from orr.accounts.oidc_calls import checked_session
from orr.lib.errors import NotAllowed, NotFound, OrrError, Unavailable
from orr.lib.sentence import say

__all__ = [
    "CONNECT", "SIGN_IN", "UNUSABLE", "Adapter", "Client", "connect", "connection", "disconnect", "offered",
    "provider_id", "way_out",
]  # fmt: skip

SIGN_IN, CONNECT = "login", "connect"
LONGEST_SUBJECT = 191
# What a provider's answer of another shape ends in.
UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, OAuth2Error)


def offered() -> bool:
    """Whether this installation has such a sign-in."""
    return bool(settings.OIDC_SERVER_URL and settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET)


def way_out(request: HttpRequest, process: str, *, to: str) -> str:
    """The provider's address to go to; what must come back waits in the session.

    Raises NotFound where there is no provider, Unavailable when it does not answer as one.
    """
    if not offered():
        raise NotFound(say("This installation has no sign-in of an organisation."))
    provider = get_adapter().get_provider(request, provider_id())
    nonce = secrets.token_urlsafe(24)
    try:
        answer = provider.redirect(
            request, process, next_url=to, data={"nonce": nonce, "person": str(request.user.pk or "")},
            auth_params={"nonce": nonce},
        )  # fmt: skip
        return str(answer.url)
    except (RequestException, *UNUSABLE) as error:
        raise _away(error) from error


class Client(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Our side of the protocol: the claims are those of a signed id token of the configured issuer."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself, if it is the configured one."""
        found: dict[str, Any] = super().openid_config
        if found["issuer"].rstrip("/") != settings.OIDC_SERVER_URL.rstrip("/"):
            raise OAuth2Error("another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not str(found[name]).startswith(("https://", settings.OIDC_SERVER_URL)):
                raise OAuth2Error(f"{name} would be asked in the clear")
        return found

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the provider sends people back to: our address, whatever a request says it was sent to."""
        return settings.PUBLIC_URL + reverse(settings.OIDC_CALLBACK)

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Who came, by the subject of a token whose signature, issuer, audience and time are right."""
        claims = jwtkit.verify_and_decode(
            credential=kwargs["response"]["id_token"],
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise OAuth2Error("no subject")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who comes back from the provider, and what becomes of them."""

    def get_requests_session(self) -> Session:
        """The way out for every call to the provider: checked, pinned, capped."""
        return checked_session()

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one provider of the settings; none is read from the database."""
        app = SocialApp(
            provider="openid_connect",
            provider_id=provider_id(),
            name=_name(),
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={
                "server_url": settings.OIDC_SERVER_URL,
                "oauth_pkce_enabled": True,
                "scope": ["openid"],
            },
        )
        return [app] if offered() else []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """The provider, spoken to by our side of the protocol."""
        found = super().get_provider(request, provider, client_id=client_id)
        found.oauth2_adapter_class = Client
        return found

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: people are invited."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Connect, sign in, or raise NotAllowed; of allauth's own ways from here none is taken."""
        sent = sociallogin.state.get("data") or {}
        if sociallogin.account.extra_data["id_token"].get("nonce") != sent.get("nonce"):
            raise NotAllowed(say("This answer belongs to another sign-in. Start again."))
        to = sociallogin.state.get("next") or "/"
        if sociallogin.state.get("process") == CONNECT:
            raise ImmediateHttpResponse(_connected(request, sociallogin.account, sent.get("person", ""), to))
        account = SocialAccount.objects.filter(
            provider=sociallogin.account.provider, uid=sociallogin.account.uid
        ).first()
        if account is None:
            raise NotAllowed(
                say("%(name)s knows you, but nobody here is connected with that account.", name=_name()),
                reasons=[say("Sign in by password, then connect it under My account.")],
            )
        raise ImmediateHttpResponse(signin.by_organisation(request, account.user, to=to))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> NoReturn:
        """Raise what a person can read."""
        if exception is not None:
            raise _away(exception) from exception
        raise NotAllowed(
            say("The sign-in at %(name)s was broken off, or is too old. Start again.", name=_name())
        )


def _connected(request: HttpRequest, account: SocialAccount, person: str, to: str) -> HttpResponse:
    """The subject belongs to the person who asked for it, in this session, freshly proven."""
    user = request.user
    if not isinstance(user, User) or str(user.pk) != person or not reauthentication.is_fresh(request):
        raise NotAllowed(say("Connecting an account needs you signed in and freshly confirmed. Start again."))
    connect(user, account.uid)
    answer = HttpResponse(status=302)
    answer["Location"] = to
    return answer


def _name() -> str:
    return str(settings.OIDC_NAME)


def _away(error: Exception) -> OrrError:
    why = error.args[0] if error.args and isinstance(error.args[0], OrrError) else None
    reasons = [why.sentence] if why else []
    return Unavailable(say("%(name)s did not answer as a sign-in should.", name=_name()), reasons=reasons)
