"""The list of reviews, grouped by whose turn it is; search and filters stand in the address."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.board import live, page, portfolio, rows
from orr.board.access import signed_in
from orr.board.live import Stamp
from orr.board.turns import Reader, reader

EVERY = 15_000


@require_safe
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """The list."""
    who = reader(request.user)
    stamp = Stamp(who.newest, (who.held, who.counting, who.authors, who.sight), who.now)
    return live.answer(request, "board/portfolio.html", stamp, lambda: _built(request, who))


def _built(request: HttpRequest, who: Reader) -> dict[str, Any]:
    asked = asked_for(request)
    found = portfolio.listed(asked, request.user, who.sight)
    shown, boundary = rows.rows([*found.open, *found.ended], who)
    mine = [row for row in shown if row["group"] == "mine"]
    groups = [(name, [row for row in shown if row["group"] == name]) for name in rows.GROUPS]
    return {
        "nav": "reviews",
        "me": page.described(request.user, who.roles),
        "now": who.now,
        "asked": asked,
        "groups": [(n, found_rows) for n, found_rows in groups if found_rows],
        "mine": mine,
        "exits": [row for row in shown if row["state"] == "exiting"],
        "offered": portfolio.offered(who.sight),
        "more_open": _more(request, "open", found.more_open),
        "more_ended": _more(request, "ended", found.more_ended),
        "every": EVERY,
        "boundary": boundary,
    }


def asked_for(request: HttpRequest) -> portfolio.Asked:
    """What the address asks for; what makes no sense in it counts as not asked."""
    get = request.GET.get
    group = get("group", "") if get("group") in {"open", "ended"} else ""
    return portfolio.Asked(
        words=get("q", "").replace("\x00", "").strip()[:200],
        environment=get("environment", "").replace("\x00", "")[:60],
        profile=get("profile", "").replace("\x00", "")[:60],
        mine=get("mine") == "1",
        shadow=get("shadow", "") if get("shadow") in {"yes", "no"} else "",
        group=group,
        after=key_of(get("after", "")),
    )


def key_of(text: str) -> tuple[datetime, int] | None:
    """The moment and number after which a page goes on; None for what is none of ours."""
    at, _, number = text.rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
        pk = int(number)
    except ValueError:
        return None
    return (moment, pk) if moment.tzinfo and 0 < pk < 2**53 else None


def _more(request: HttpRequest, group: str, after: tuple[datetime, int] | None) -> str:
    if after is None:
        return ""
    kept = {
        name: request.GET[name]
        for name in ("q", "environment", "profile", "shadow", "mine")
        if request.GET.get(name)
    }
    return "?" + urlencode({**kept, "group": group, "after": f"{after[0].isoformat()}_{after[1]}"})
