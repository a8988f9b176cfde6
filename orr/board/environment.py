"""The Jinja2 environment of all our pages."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined

from orr.board import filters, marks, moments, words
from orr.reviews.models import number_of


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page by its name in `urls.py`."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


KNOWN = {
    "url": url,
    "static": static,
    "shape": words.shape,
    "GATES": words.GATES,
    "STEPS": words.STEPS,
    "ENDINGS": words.ENDINGS,
    "SMALL": words.SMALL,
    "STEP_OF_STATE": words.STEP_OF_STATE,
    "meter": marks.meter,
    "spark": marks.spark,
    "lane": marks.lane,
    "language": translation.get_language,
}


def environment(**options: Any) -> Environment:
    """Autoescaped, strict about names, with translations, the filters and the small drawings."""
    # The backend sets a lenient one; a name that is not there is a mistake of ours, to be seen in the tests.
    options["undefined"] = StrictUndefined
    env = Environment(  # noqa: S701 the backend passes autoescape=True
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True, **options
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(KNOWN, PUBLIC_URL=settings.PUBLIC_URL)
    env.tests["review_code"] = lambda told: number_of(told) is not None
    env.filters.update({**_functions(filters), **_functions(moments)})
    return env


def _functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    own = {
        name: found
        for name, found in vars(module).items()
        if getattr(found, "__module__", "") == module.__name__
    }
    return {name: found for name, found in own.items() if callable(found)}
