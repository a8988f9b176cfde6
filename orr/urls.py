"""Every address: pages, API, log, schemas, health; of allauth's own pages none."""

from django.urls import include, path

urlpatterns = [
    path("", include("orr.api.urls")),
    path("tlog/", include("orr.api.tlog")),
    path("events/schemas/", include("orr.api.event_schemas")),
    path("", include("orr.board.urls")),
]
handler400 = "orr.board.refusals.bad_request"
handler403 = "orr.board.refusals.forbidden"
handler404 = "orr.board.refusals.not_found"
handler500 = "orr.board.refusals.server_error"
