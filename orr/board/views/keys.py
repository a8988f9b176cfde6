"""The list of keyboard shortcuts."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orr.board.page import render


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The keys, for everyone."""
    keys = [
        ("/", _("Search reviews and digests")),
        ("n", _("My next step on this page")),
        ("r", _("Ask every source again")),
        ("[ ]", _("In the calendar: the month before, the month after")),
        ("Tab", _("To the next link, button or field")),
        ("Space", _("On Exit: hold for a second and a half")),
        ("Esc", _("Close the menu")),
    ]
    return render(request, "board/keys.html", {"keys": keys})
