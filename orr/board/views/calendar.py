"""The calendar: a month, a line of it, writing one and cancelling one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orr.board import calendar_form, calendar_line, page, refusals
from orr.board.access import me, signed_in
from orr.board.calendar_month import Asked, month_name, month_of, shown
from orr.calendar import actions
from orr.calendar.freezes import Kind
from orr.lib.errors import Invalid, OrrError

Context = dict[str, Any]


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The month of the address, narrowed as it says."""
    now, who = page.now(), me(request)
    words = {name: request.GET.get(name, "").strip()[:200] for name in ("kind", "environment", "service")}
    kind = words["kind"] if words["kind"] in list(Kind) else ""
    first = month_of(request.GET.get("month", ""), timezone.localtime(now).date())
    asked = Asked(first, kind, words["environment"], words["service"])
    context = {
        **shown(asked, who, now), "nav": "calendar", "now": now, "asked": asked, "month_name": month_name,
        "zone": timezone.get_current_timezone_name(), "may_write": calendar_line.writes_somewhere(who),
        "feeds": calendar_line.feeds(),
    }  # fmt: skip
    return page.render(request, "board/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """The form of a line, filled in as the address says; a refusal keeps what was typed."""
    typed = calendar_form.fields(request.POST if request.method == "POST" else request.GET)
    context = {"nav": "calendar", "fields": typed, "wrong": {}, **calendar_form.choices()}
    if request.method != "POST":
        return page.render(request, "board/calendar_new.html", context)
    try:
        made = actions.enter(
            line=calendar_form.line(typed), actor=me(request), key=calendar_form.key_of(typed)
        )
    except OrrError as error:
        wrong = calendar_form.pointers(error) if isinstance(error, Invalid) else {}
        told = {"error": refusals.shown(error, _("Nothing was written.")), "wrong": wrong}
        return page.render(request, "board/calendar_new.html", {**context, **told}, status=error.status)
    messages.success(request, _("It stands in the calendar and in the log."), extra_tags="pass")
    return redirect("board:calendar_line", entry=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def line(request: HttpRequest, entry: UUID) -> HttpResponse:
    """One line with its reason and next times; cancelling it, with a reason."""
    found, told, status = actions.find(entry), {}, 200
    if request.method == "POST":
        try:
            actions.cancel(entry_id=entry, reason=request.POST.get("reason", ""), actor=me(request))
        except OrrError as error:
            told, status = {"error": refusals.shown(error, _("Nothing was cancelled."))}, error.status
        else:
            messages.success(request, _("Cancelled; changes in its time are asked again."), extra_tags="pass")
            return redirect("board:calendar_line", entry=entry)
    context: Context = {**calendar_line.shown(found, me(request), page.now()), "nav": "calendar", **told}
    context["reason"] = request.POST.get("reason", "")[:600]
    return page.render(request, "board/calendar_line.html", context, status=status)
