"""A new review, from a form or a JSON file; and editing the change set of one that is not proposed yet."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orr.accounts.models import User
from orr.board import change_form, page, reading, refusals
from orr.board.access import me, signed_in
from orr.board.change_asks import asks
from orr.changes import difference, intake
from orr.changes.schema import ITEMS_MAX, TEXT_MAX, TITLE_MAX
from orr.lib.errors import Invalid, OrrError, TooLarge
from orr.lib.sentence import say
from orr.policies import actions as policies
from orr.reviews import actions
from orr.reviews.acts import find

Context = dict[str, Any]
EMPTY: dict[str, Any] = {}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Open a review. A refusal keeps all that was typed.

    `?copy=` starts from an earlier review, and so does `?re_review_of=`, which opens its re-review.
    """
    if request.method != "POST":
        former = request.GET.get("re_review_of", "")
        copied = former or request.GET.get("copy", "")
        body = find(copied, me(request)).body if copied else EMPTY
        context = {**_context(change_form.fields(body)), "former": _former(former, body, me(request))}
        return page.render(request, "board/new.html", context)
    return _sent(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Replace the change set while nothing is proposed."""
    f = reading.facts(code, request.user)
    if request.method != "POST":
        return page.render(
            request, "board/new.html", {**_context(change_form.fields(f["change_set"])), "f": f}
        )
    return _sent(request, f)


def _sent(request: HttpRequest, f: Context | None) -> HttpResponse:
    shown, profile = change_form.typed(request.POST), request.POST.get("profile", "")[:200]
    former = request.POST.get("re_review_of", "")
    try:
        if request.POST.get("act") == "read":
            shown = change_form.fields(_uploaded(request))
            asked = _asked(shown, profile, former, f, me(request))
            return page.render(request, "board/new.html", _checked(asked))
        body = change_form.body(shown)
        if request.POST.get("act") == "check":
            asked = _asked(shown, profile, former, f, me(request))
            return page.render(request, "board/new.html", _checked(asked))
        return _opened(request, body, f)
    except OrrError as error:
        refused = {**_refused(shown, error, profile), "f": f, "former": _named(former)}
        return page.render(request, "board/new.html", refused, status=error.status)


def _asked(shown: Context, profile: str, former: str, f: Context | None, who: User) -> Context:
    return {**_context(shown, profile), "f": f, "former": _former(former, change_form.body(shown), who)}


def _named(former: str) -> Context | None:
    """The former review while the fields make no change set: it is kept, and nothing is compared."""
    return (
        {"id": former, "items": [], "fields": [], "environment": None, "compared": False} if former else None
    )


def _former(code: str, body: dict[str, Any], who: User) -> Context | None:
    """The review that is reviewed again, and what changed since. Raises NotFound."""
    if not code:
        return None
    former = find(code, who)
    body = change_form.unless_touched(former.body, body)
    found = difference.between(former.body, body) if body.get("items") else difference.Difference((), ())
    return {
        "id": former.code,
        "items": [asdict(one) for one in found.items],
        "fields": [asdict(one) for one in found.fields],
        "environment": None,
        "compared": True,
    }


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
    former = request.POST.get("re_review_of") or None
    review = actions.open_review(
        change_set=change_form.unless_touched(find(former, me(request)).body, body) if former else body,
        profile=request.POST.get("profile") or None,
        actor=me(request),
        re_review_of=former,
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
        "former": None,
        "asks": asks(shown, profile),
        "profiles": policies.names(),
        "profile": profile,
    }


def _checked(context: Context) -> Context:
    """The same page with what would be refused, before anything is sent in earnest."""
    try:
        intake.parse(change_form.body(context["fields"]))
    except OrrError as error:
        return {
            **context,
            **_refused(context["fields"], error, context["profile"]),
            **{name: context[name] for name in ("f", "former")},
        }
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
