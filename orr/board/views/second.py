"""The second factor of a sign-in: a one-time code, a recovery code, or a passkey."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from orr.accounts import factors, passkeys, signin
from orr.accounts.models import User
from orr.accounts.signin import SecondFactor
from orr.board.page import render
from orr.board.refusals import shown
from orr.lib.errors import NotAllowed, OrrError, TooMany


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The code's field and the passkey's button; without a first proof, back to the door."""
    stage = signin.waiting(request)
    if request.user.is_authenticated or stage is None:
        return redirect("board:portfolio" if request.user.is_authenticated else "board:signin")
    if request.method != "POST":
        return _page(request, stage.login.user)
    try:
        return signin.with_second_factor(request, stage, _proven(request, stage))
    except (NotAllowed, TooMany) as refused:
        return _page(request, stage.login.user, refused)


def _proven(request: HttpRequest, stage: SecondFactor) -> Authenticator:
    if "credential" in request.POST:
        return passkeys.prove(stage.login.user, request.POST["credential"])
    return factors.prove(stage.login.user, request.POST.get("code", ""))


def _page(request: HttpRequest, user: User, refused: OrrError | None = None) -> HttpResponse:
    context = {"factors": factors.of(user), "error": shown(refused) if refused else None}
    return render(request, "board/second.html", context, status=refused.status if refused else 200)


@never_cache
@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """The challenge for a passkey of who is signing in."""
    stage = signin.waiting(request)
    if stage is None:
        return redirect("board:signin")
    return JsonResponse(passkeys.options_to_prove(stage.login.user))
