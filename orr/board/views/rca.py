"""The root-cause analysis: its clock, its words, marking its actions, closing it or sending it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.accounts.models import User
from orr.board import page, rca_form, rca_shown, reading, refusals
from orr.board.access import me, signed_in
from orr.decisions import analyses, second_person
from orr.lib.errors import Malformed, NotFound, OrrError
from orr.lib.sentence import say
from orr.reports.carry_over import carry_over
from orr.reviews.acts import find

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The page; a refusal keeps all that was typed, and shows what somebody saved meanwhile."""
    if request.method != "POST":
        return page.render(request, "board/rca.html", _context(request, code))
    try:
        _act(request, code)
    except (NotFound, Malformed):
        raise
    except OrrError as error:
        context = {**_context(request, code), **_kept(request, error)}
        return page.render(request, "board/rca.html", context, status=error.status)
    return redirect("board:rca", code=code)


def _act(request: HttpRequest, code: str) -> None:
    act, seen = request.POST.get("act", ""), _number(request.POST.get("seen", ""))
    if act in ("save", "record"):
        content = rca_form.content(rca_form.typed(request.POST))
        analyses.save(code=code, content=content, seen=seen, actor=me(request), record=act == "record")
    elif act in ("done", "undone"):
        place = _number(request.POST.get("place", ""))
        analyses.mark(code=code, place=place, done=act == "done", seen=seen, actor=me(request))
    elif act in ("close", "send_back"):
        note, digest = request.POST.get("note", ""), request.POST.get("expected_digest", "")
        if act == "close":
            second_person.close(code=code, note=note, expected_digest=digest, actor=me(request))
        else:
            second_person.send_back(code=code, reason=note, expected_digest=digest, actor=me(request))
    else:
        raise Malformed(say("There is no such step of an analysis."))
    messages.success(request, _said(act), extra_tags="pass")


def _said(act: str) -> str:
    return {
        "save": _("Saved. It is not recorded yet."),
        "record": _("Recorded. A second person closes it."),
        "done": _("Marked as done."),
        "undone": _("Marked as not done yet."),
        "send_back": _("Sent back. Its deadline stays, and the reason stands on this page."),
        "close": _("Closed. The actions stay on the board until they are done."),
    }[act]


def _number(text: str) -> int:
    """A number from a form; what is none is one that nothing has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _context(request: HttpRequest, code: str) -> Context:
    f, v = reading.both(code, request.user)
    if f["rca"] is None:
        raise NotFound(say("%(code)s owes no root-cause analysis.", code=code))
    may_write = v["may"]["write_rca"]["ok"]
    return {
        "f": f,
        "v": v,
        "nav": "reviews",
        "boxes": rca_shown.boxes(f, v),
        "said": rca_shown.words(f),
        "writing": may_write and (f["rca"]["state"] == "open" or "write" in request.GET),
        "fields": rca_form.fields(f["rca"]),
        "people": User.objects.filter(is_active=True).exclude(username="system").order_by("name"),
        "item_of": {item["code"]: item for gate in f["gates"] for item in gate["items"]},
        "mine": str(request.user.pk),
        "keeps": carry_over(find(code)) if v["may"]["re_review"]["ok"] else None,
        "note": "",
        "theirs": False,
    }


def _kept(request: HttpRequest, error: OrrError) -> Context:
    """What was typed, and the refusal. The form goes on from the newest version, which stands beside it."""
    act = request.POST.get("act", "")
    if act not in ("save", "record"):
        return {
            "note": request.POST.get("note", ""),
            "error": refusals.shown(error, _("Nothing was written.")),
        }
    shown = refusals.shown(error, _("Nothing was written."), _("What you typed is still here."))
    return {
        "writing": True,
        "fields": rca_form.typed(request.POST),
        "error": shown,
        "theirs": error.status == 409,
    }
