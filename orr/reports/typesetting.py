"""HTML to PDF/A-3u by WeasyPrint, which is imported only here and only when a report is asked for.

Its fonts, its style sheet and nothing else can be fetched; the same input gives the same bytes.
"""

import logging
import os
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from orr.lib.errors import Unavailable
from orr.lib.sentence import say
from orr.reports import fonts

VARIANT = "pdf/a-3u"
_printing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF: its name, what it is, its bytes."""

    name: str
    description: str
    data: bytes


class ForeignAddress(Exception):
    """The report asked for something that is not its own; nothing was fetched."""


@dataclass(frozen=True)
class _Press:
    weasyprint: Any
    refusal: type[BaseException]
    fetcher: Any
    font_config: Any
    styles: list[Any]


def print_pdf(
    versions: Sequence[Callable[[], str]], style: str, attached: Sequence[Attached], moment: datetime
) -> bytes:
    """The PDF/A-3u of the first version that takes one page, else of the last one.

    `versions` give HTML, roomiest first; the attached files are dated `moment`. One report is printed at a
    time, since the fonts are shared. Raises Unavailable without Pango, ForeignAddress.
    """
    with _printing:
        press = _press(style)
        try:
            return _print(press, versions, [_attachment(press, one, moment) for one in attached])
        except press.refusal as error:
            # WeasyPrint derives it from BaseException, which would end a worker thread.
            raise ForeignAddress(str(error)) from error


def _print(press: _Press, versions: Sequence[Callable[[], str]], files: list[Any]) -> bytes:
    for version in versions:
        document = _lay_out(press, version())
        if len(document.pages) == 1:
            break
    pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True, attachments=files)
    return pdf


def _lay_out(press: _Press, html: str) -> Any:
    source = press.weasyprint.HTML(string=html, url_fetcher=press.fetcher, base_url="report:")
    return source.render(
        font_config=press.font_config, stylesheets=press.styles, pdf_variant=VARIANT, pdf_tags=True
    )


def _attachment(press: _Press, one: Attached, moment: datetime) -> Any:
    return press.weasyprint.Attachment(
        string=one.data, name=one.name, description=one.description, created=moment, modified=moment,
        relationship="Data", url_fetcher=press.fetcher,
    )  # fmt: skip


@cache
def _press(style: str) -> _Press:
    """WeasyPrint with our fonts; made once, since loading them takes most of a first report's time."""
    try:
        weasyprint, refusal, fetcher, font_config = _load()
    except (ImportError, OSError) as error:
        raise Unavailable(
            say(
                "The PDF needs Pango and HarfBuzz, which are not on this machine: install"
                " libpangoft2-1.0-0 and libharfbuzz-subset0. Everything else works without them."
            )
        ) from error
    css = weasyprint.CSS(string=style, font_config=font_config, url_fetcher=fetcher)
    return _Press(weasyprint, refusal, fetcher, font_config, [css])


def _load() -> tuple[Any, type[BaseException], Any, Any]:
    # Read by fontconfig when WeasyPrint starts it: none of the machine's fonts, which is what is warned of.
    os.environ["FONTCONFIG_FILE"] = str(fonts.FONTCONFIG)
    known = fonts.faces()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No fonts configured", UserWarning)
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

        font_config = FontConfiguration()
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

    class OnlyKnownBytes(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in known:
                raise FatalURLFetchingError(f"a report asked for {url}")
            return URLFetcherResponse(url, known[url], {"Content-Type": "font/otf"})

    return weasyprint, FatalURLFetchingError, OnlyKnownBytes(), font_config
