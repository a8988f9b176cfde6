"""The rate limit: a fixed minute per token, counted in the database, so it holds for every process."""

from django.conf import settings
from django.db import connection

from orr.accounts.models import ApiToken
from orr.lib.errors import TooMany
from orr.lib.sentence import say

WINDOW_SECONDS = 60
DEFAULT_PER_WINDOW = 1200
_COUNT = """
INSERT INTO api_ratewindow AS w (token_id, started_at, requests) VALUES (%(token)s, clock_timestamp(), 1)
ON CONFLICT (token_id) DO UPDATE SET
  requests = CASE WHEN w.started_at <= clock_timestamp() - %(window)s * interval '1 second' THEN 1
                  ELSE w.requests + 1 END,
  started_at = CASE WHEN w.started_at <= clock_timestamp() - %(window)s * interval '1 second'
                    THEN clock_timestamp() ELSE w.started_at END
RETURNING requests, ceil(extract(epoch FROM
  started_at + %(window)s * interval '1 second' - clock_timestamp()))::int
"""


class OverRate(TooMany):
    """The token's requests of this minute are used up."""

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(
            say(
                "More than %(most)s requests in a minute; try again in %(wait)s s.",
                most=most,
                wait=retry_after,
            )
        )
        self.retry_after = retry_after


def count(token: ApiToken) -> None:
    """Count one request of the token. Raises OverRate beyond `API_REQUESTS_PER_MINUTE` (1200 unless set)."""
    most = int(getattr(settings, "API_REQUESTS_PER_MINUTE", DEFAULT_PER_WINDOW))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"token": token.pk, "window": WINDOW_SECONDS})
        requests, wait = cursor.fetchone()
    if requests > most:
        raise OverRate(most, max(1, wait))
