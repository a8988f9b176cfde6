"""Which profiles a change set is reviewed by, and where each value of their union comes from."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import change_form, page, union_shown
from orr.board.access import me, signed_in
from orr.lib.errors import NotFound, OrrError
from orr.policies import actions as policies


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Of a review by its code, or of what the form describes; the address holds all of it."""
    form, told, refused, status = union_shown.asked(request.GET), None, "", 200
    try:
        told = union_shown.of(form, me(request))
    except NotFound:
        raise
    except OrrError as error:
        refused, status = str(union_shown.refusal(error)), error.status
    known = {"form": form, "u": told, "refused": refused, "names": policies.names()}
    context = {"nav": "settings", "now": page.now(), "all_kinds": change_form.KINDS, **known}
    return page.render(request, "board/union.html", context, status=status)
