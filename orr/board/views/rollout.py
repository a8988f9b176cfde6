"""The rollout: start it, say its stages, finish, observe, close; Exit is always in reach."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.board import access, live, page, reading, refusals
from orr.board.access import me, signed_in
from orr.board.stages import following, stages
from orr.lib.errors import Malformed, OrrError
from orr.lib.sentence import say
from orr.rollouts import actions

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The rollout's page; its buttons say what the deployer did."""
    if request.method != "POST":
        stamp = access.stamp(request)
        return live.answer(request, "board/rollout.html", stamp, lambda: _built(request, code))
    try:
        _act(request, code)
    except OrrError as error:
        context = {**_built(request, code), "error": refusals.shown(error, _("Nothing was written."))}
        return page.render(request, "board/rollout.html", context, status=error.status)
    return redirect("board:rollout", code=code)


def _act(request: HttpRequest, code: str) -> None:
    act, percent = request.POST.get("act", ""), request.POST.get("percent", "")
    if act == "start":
        actions.start(code=code, actor=me(request))
    elif act == "stage" and percent.isascii() and percent.isdigit() and len(percent) < 4:
        actions.stage(code=code, actor=me(request), percent=int(percent))
    elif act == "finish":
        actions.finish(code=code, actor=me(request))
    elif act == "close":
        actions.close(code=code, actor=me(request))
    else:
        raise Malformed(say("There is no such step of a rollout."))
    words = {
        "start": _("The rollout has started."),
        "stage": _("The stage is recorded."),
        "finish": _("All of it is out; the observation runs."),
        "close": _("The review is closed."),
    }
    messages.success(request, words[act], extra_tags="pass")


def _built(request: HttpRequest, code: str) -> Context:
    f, v = reading.both(code, request.user)
    found = stages(f["canary"], f["rollout"])
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "stages": found,
        "following": following(found),
        "shape_of_page": "go" if f["decision"] and f["decision"]["decision"] != "no_go" else "",
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }
