"""What was refused to whom, and why; the filters stand in the address."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import denied, page
from orr.board.access import me, signed_in
from orr.board.views.portfolio import key_of


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The list: everybody's for auditors, administrators and release managers, else one's own."""
    asked, everybody = _asked(request), denied.sees_all(me(request))
    rows, more = denied.listed(asked, me(request), everybody)
    context = {
        "nav": "audit",
        "now": page.now(),
        "asked": asked,
        "everybody": everybody,
        "rows": rows,
        "statuses": denied.STATUSES,
        "more": _more(asked, more),
    }
    return page.render(request, "board/refusals.html", context)


def _asked(request: HttpRequest) -> denied.Asked:
    """What makes no sense in the address counts as not asked."""
    get = request.GET.get
    status = get("status", "")
    return denied.Asked(
        person=get("person", "").replace("\x00", "").strip()[:150],
        review=get("review", "").replace("\x00", "").strip().upper()[:64],
        status=int(status) if status in {str(known) for known in denied.STATUSES} else 0,
        after=key_of(get("after", "")),
    )


def _more(asked: denied.Asked, after: denied.Key | None) -> str:
    if after is None:
        return ""
    kept = {"person": asked.person, "review": asked.review, "status": asked.status or ""}
    said = {name: value for name, value in kept.items() if value}
    return "?" + urlencode({**said, "after": f"{after[0].isoformat()}_{after[1]}"})
