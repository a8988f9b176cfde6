"""The way back from the organisation's sign-in."""

import logging

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orr.accounts import organisation
from orr.lib.errors import NotFound, Unavailable
from orr.lib.sentence import say

logger = logging.getLogger("orr.board")


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Who comes back is signed in, connected, or told why not."""
    if not organisation.offered():
        raise NotFound(say("This installation has no sign-in of an organisation."))
    client = organisation.Client(request, organisation.provider_id())
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(client)(request)
    except organisation.UNUSABLE as error:
        logger.warning("the organisation's provider answered %s", type(error).__name__)
        raise Unavailable(
            say("%(name)s did not answer as a sign-in should.", name=settings.OIDC_NAME)
        ) from error
    return answer
