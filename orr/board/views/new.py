"""A new review, from a form or a JSON file; and editing the change set of one that is not proposed yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.board import change_form, page, reading, refusals
from orr.board.access import me, signed_in
from orr.board.change_asks import asks
from orr.changes import intake
from orr.changes.schema import ITEMS_MAX, TEXT_MAX, TITLE_MAX
from orr.lib.errors import Invalid, OrrError, TooLarge
from orr.lib.sentence import say
from orr.profiles import load
from orr.reviews import actions
from orr.reviews.acts import find

Context = dict[str, Any]
EMPTY: dict[str, Any] = {}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Open a review. A refusal keeps all that was typed; `?copy=` starts from an earlier review."""
    if request.method != "POST":
        copied = request.GET.get("copy", "")
        body = find(copied, me(request)).body if copied else EMPTY
        return page.render(request, "board/new.html", _context(change_form.fields(body)))
    return _sent(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Replace the change set while nothing is proposed."""
    f = reading.facts(code)
    if request.method != "POST":
        return page.render(
            request, "board/new.html", {**_context(change_form.fields(f["change_set"])), "f": f}
        )
    return _sent(request, f)


def _sent(request: HttpRequest, f: Context | None) -> HttpResponse:
    shown, profile = change_form.typed(request.POST), request.POST.get("profile", "")[:200]
    try:
        if request.POST.get("act") == "read":
            shown = change_form.fields(_uploaded(request))
            return page.render(request, "board/new.html", _checked({**_context(shown, profile), "f": f}))
        body = change_form.body(shown)
        if request.POST.get("act") == "check":
            return page.render(request, "board/new.html", _checked({**_context(shown, profile), "f": f}))
        return _opened(request, body, f)
    except OrrError as error:
        return page.render(
            request, "board/new.html", {**_refused(shown, error, profile), "f": f}, status=error.status
        )


def _uploaded(request: HttpRequest) -> dict[str, Any]:
    sent = request.FILES.get("file")
    if sent is not None and sent.size is not None and sent.size > change_form.LONGEST:
        raise TooLarge(say("The file is larger than 1 MB."))
    text = sent.read().decode("utf-8", "replace") if sent is not None else request.POST.get("json", "")
    return change_form.read_json(text)


def _opened(request: HttpRequest, body: dict[str, Any], f: Context | None) -> HttpResponse:
    if f is not None:
        digest = request.POST.get("expected_digest", "")
        actions.edit_change_set(code=f["id"], change_set=body, expected_digest=digest, actor=me(request))
        messages.success(
            request, _("The change set is replaced; everything it changes is asked again."), extra_tags="run"
        )
        return redirect("board:review", code=f["id"])
    review = actions.open_review(
        change_set=body, profile=request.POST.get("profile") or None, actor=me(request)
    )
    messages.success(request, _("The review is open; its checks are running."), extra_tags="run")
    return redirect("board:review", code=review.code)


def _context(shown: Context, profile: str = "") -> Context:
    limits = {"title": TITLE_MAX, "text": TEXT_MAX, "items": ITEMS_MAX}
    return {
        "nav": "reviews",
        "fields": shown,
        "kinds": change_form.KINDS,
        "limits": limits,
        "wrong": {},
        "f": None,
        "asks": asks(shown, profile),
        "profiles": load.names(),
        "profile": profile,
    }


def _checked(context: Context) -> Context:
    """The same page with what would be refused, before anything is sent in earnest."""
    try:
        intake.parse(change_form.body(context["fields"]))
    except OrrError as error:
        return {**context, **_refused(context["fields"], error, context["profile"]), "f": context["f"]}
    return context


def _refused(shown: Context, error: OrrError, profile: str) -> Context:
    wrong = change_form.by_field(error.errors) if isinstance(error, Invalid) else {}
    title = _("%(n)s to fix.") % {"n": len(wrong)} if wrong else _("Nothing was opened.")
    return {
        **_context(shown, profile),
        "wrong": wrong,
        "error": None if wrong else refusals.shown(error, title),
        "to_fix": title,
    }
