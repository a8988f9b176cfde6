"""All acts on people and teams, the newest first; each is the record whose hash stands in the log."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.accounts import membership
from orr.board import acts_shown, page
from orr.board.access import me, signed_in
from orr.board.views.portfolio import key_of


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The list: everybody's for who holds a role everywhere, else one's own and one's teams'."""
    rows, more = acts_shown.everything(key_of(request.GET.get("after", "")), membership.sight(me(request)))
    context = {
        "nav": "audit",
        "now": page.now(),
        "rows": rows,
        "more": f"{more[0].isoformat()}_{more[1]}" if more else "",
    }
    return page.render(request, "board/acts.html", context)
