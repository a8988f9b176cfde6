"""Every address: pages, API, log, health; of allauth none but the one that its protocol looks up by name."""

from django.conf import settings
from django.urls import include, path

from orr.board.views import organisation

urlpatterns = [
    path("", include("orr.api.urls")),
    path("tlog/", include("orr.api.tlog")),
    path("", include("orr.board.urls")),
    path(
        "signin/organisation/back",
        organisation.back,
        {"provider_id": settings.OIDC_PROVIDER_ID},
        name="openid_connect_callback",
    ),
]
handler400 = "orr.board.refusals.bad_request"
handler403 = "orr.board.refusals.forbidden"
handler404 = "orr.board.refusals.not_found"
handler500 = "orr.board.refusals.server_error"
