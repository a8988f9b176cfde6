"""The fields that several requests share."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo

from orr.accounts import denials
from orr.accounts.models import User
from orr.api.parsing import Input
from orr.lib.errors import NotSignedIn
from orr.lib.sentence import say
from orr.reviews import sight


def _in_sight(code: str, info: ValidationInfo) -> str:
    """The code, if it names a review that the caller sees. Raises NotFound, for another team's too."""
    caller = (info.context or {}).get("caller")
    if not isinstance(caller, User):
        raise NotSignedIn(say("This needs a token: Authorization: Bearer TOKEN."))
    denials.about(code)
    sight.look(code, caller)
    return code


# The one way in which a request names a review: whoever reads a code has been looked up with it.
Code = Annotated[
    str,
    Field(min_length=1, max_length=40, examples=["ORR-0001"], description="The review's id"),
    AfterValidator(_in_sight),
]
ChangeSetDigest = Annotated[
    str, Field(pattern=r"^sha256:[0-9a-f]{64}$", description="The change_set_digest the caller saw")
]
Reason = Annotated[str, Field(max_length=2000)]
# Kept as it was sent: its digest is of these very bytes. The changes package validates it.
ChangeSetBody = dict[str, Any]


class OfReview(Input):
    """Which review."""

    id: Code
