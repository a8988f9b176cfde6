"""Every address: pages, API, log, health."""

from django.urls import include, path

_ROOMS = (("", "orr.api.urls"), ("tlog/", "orr.api.tlog"), ("", "orr.board.urls"))
urlpatterns = []
for _at, _room in _ROOMS:  # SCAFFOLD: rooms still being built
    try:
        urlpatterns.append(path(_at, include(_room)))
    except ImportError as error:
        print("not there yet:", _room, error)
handler400 = "orr.board.refusals.bad_request"
handler403 = "orr.board.refusals.forbidden"
handler404 = "orr.board.refusals.not_found"
handler500 = "orr.board.refusals.server_error"
