"""Files in and out: small ones in, foreign bytes out as attachments that no browser runs."""

from typing import Any

from django.http import HttpResponse

from evidence.actions import Attachment
from evidence.file_kinds import QUARANTINED
from orr.lib.errors import TooLarge
from orr.lib.sentence import say

LARGEST = 5 * 1024 * 1024
ENDINGS = {
    "application/json": "json",
    "application/xml": "xml",
    "text/plain": "txt",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    QUARANTINED: "quarantined",
}


def attachment(data: bytes, name: str, media_type: str) -> HttpResponse:
    """The bytes as a download: never shown, never sniffed, in a sandbox of their own."""
    ending = ENDINGS.get(media_type.split(";")[0].strip(), "bin")
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def small_file(sent: Any) -> Attachment | None:
    """The uploaded file, or None where there is none. Raises TooLarge above 5 MB, before reading it."""
    if sent is None:
        return None
    if sent.size > LARGEST:
        raise TooLarge(say("A file has at most %(n)s bytes.", n=LARGEST))
    return Attachment(str(sent.name).replace("\x00", "")[:200], sent.read())
