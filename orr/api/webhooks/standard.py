"""Standard Webhooks signatures: `webhook-id`, `webhook-timestamp`, `webhook-signature` over all three.

Source: github.com/standard-webhooks/standard-webhooks, spec. A signature counts for five minutes.
"""

from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from orr.api.webhooks.sender import Headers
from orr.lib.errors import Unavailable
from orr.lib.sentence import say
from orr.sources.hooks import Hook

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"


def authentic(headers: Headers, raw: bytes, hook: Hook) -> bool:
    """Whether the delivery is signed with the hook's secret, now. Raises Unavailable where that is none."""
    try:
        signer = Webhook(hook.key())
    except (EmptyWebhookSecretError, ValueError) as error:
        raise Unavailable(
            say("The secret of %(name)s signs nothing: it is not base64.", name=hook.name)
        ) from error
    stated = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    try:
        signer.verify(raw, stated, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True
