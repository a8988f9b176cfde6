"""What may stand in an address: a review's code, an item's code, a hash; anything else is 404."""

from django.urls.converters import StringConverter


class ReviewCode(StringConverter):
    """`ORR-0142`."""

    regex = r"ORR-[0-9]{4,15}"


class ItemCode(StringConverter):
    """`G1.1` to `G8.2`."""

    regex = r"G[1-8]\.[1-9]"


class Sha256(StringConverter):
    """64 lowercase hexadecimal digits."""

    regex = r"[0-9a-f]{64}"
