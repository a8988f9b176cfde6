"""The fields that several requests share."""

from typing import Annotated, Any

from pydantic import Field

from orr.api.parsing import Input

Code = Annotated[
    str, Field(min_length=1, max_length=40, examples=["ORR-0001"], description="The review's id")
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
