"""One check: what it says now, all it ever said, what was asked and what was answered; attest, ask again."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence import actions as evidence
from evidence import registry
from orr.board import access, histories, live, page, reading, refusals, trends
from orr.board.access import me, signed_in
from orr.board.files import attachment, small_file
from orr.lib.errors import OrrError
from orr.reviews.actions import taking_evidence
from orr.reviews.checklist import ITEMS

Context = dict[str, Any]


@require_safe
@signed_in
def show(request: HttpRequest, code: str, item: str) -> HttpResponse:
    """The item's page."""
    stamp = access.stamp(request)
    return live.answer(request, "board/item.html", stamp, lambda: _built(request, code, item))


def _built(request: HttpRequest, code: str, item: str) -> Context:
    if item not in ITEMS:
        raise Http404
    f, v = reading.both(code, request.user)
    gate = f["gates"][int(item[1]) - 1]
    one = next(known for known in gate["items"] if known["code"] == item)
    attest = v["may"]["attest"].get(item) or {
        "ok": False,
        "reason": _("The profile takes no statement for this check."),
    }
    return {
        "f": f,
        "v": v,
        "gate": gate,
        "item": one,
        "attest": attest,
        "nav": "reviews",
        "statement": "",
        "configured": histories.configured(item),
        "measured": registry.measurable(item, f["change_set"]),
        "trend": trends.of_item(f, one, me(request)),
        "history": histories.of_item(f, one, me(request)),
        "every": reading.pace(f),
        "boundary": reading.boundary(f),
    }


@require_POST
@signed_in
def attest(request: HttpRequest, code: str, item: str) -> HttpResponse:
    """A statement by hand, in the role the profile asks for, with a file if there is one."""
    statement = request.POST.get("statement", "")[:4000]
    built = _built(request, code, item)
    try:
        file, role = small_file(request.FILES.get("file")), built["item"]["attest_role"] or ""
        with transaction.atomic():
            taking_evidence(code, me(request))
            evidence.attest(
                subject=code, item=item, statement=statement, actor=me(request), role=role, file=file
            )
    except OrrError as error:
        kept = {"statement": statement, "error": refusals.shown(error, _("The statement was not kept."))}
        return page.render(request, "board/item.html", {**built, **kept}, status=error.status)
    messages.success(request, _("Attested. It stands in the history and in the log."), extra_tags="pass")
    return redirect("board:item", code=code, item=item)


@require_safe
@signed_in
def raw(request: HttpRequest, code: str, item: str, sha256: str) -> HttpResponse:
    """The source's answer, byte for byte; as a file, for it is the source's content and not ours."""
    data, media_type = histories.raw(code, item, sha256)
    return attachment(data, f"{code}-{item}-{sha256[:12]}", media_type)
