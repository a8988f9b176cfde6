"""Language and theme: a reader's own choices, kept in cookies; links, so that they work without scripts."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from orr.board.access import safe_next
from orr.board.language import THEME_COOKIE, THEMES, keep


@require_safe
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language, and go back."""
    answer = HttpResponseRedirect(safe_next(request))
    wanted = request.GET.get("to", "")
    return (
        keep(answer, settings.LANGUAGE_COOKIE_NAME, wanted) if wanted in dict(settings.LANGUAGES) else answer
    )


@require_safe
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme, and go back."""
    answer = HttpResponseRedirect(safe_next(request))
    wanted = request.GET.get("to", "")
    return keep(answer, THEME_COOKIE, wanted) if wanted in THEMES else answer
