"""Every address: pages, API, log, health."""

from pathlib import Path

from django.urls import include, path

_ROOMS = (("v1/", "orr.api.urls"), ("tlog/", "orr.api.tlog"), ("", "orr.api.health"), ("", "orr.board.urls"))
urlpatterns = [  # SCAFFOLD: rooms still being built
    path(at, include(room)) for at, room in _ROOMS if Path(room.replace(".", "/") + ".py").is_file()
]
handler400 = "orr.board.refusals.bad_request"
handler403 = "orr.board.refusals.forbidden"
handler404 = "orr.board.refusals.not_found"
handler500 = "orr.board.refusals.server_error"
