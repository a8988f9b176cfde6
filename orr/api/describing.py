"""Query parameters as the API's description names them."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter

ID: Final = OpenApiParameter("id", str, required=True, description="The review's id, such as ORR-0001")
KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Under the same key the same request has one effect and one answer, for a week",
)
