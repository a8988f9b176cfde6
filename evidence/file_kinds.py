"""What a file of a statement is, by its bytes and not by what its sender calls it (pure).

A kind that is not known here, an archive, a program or an active page is quarantined: kept by its hash, and
given back only as bytes under a name that no program opens by itself.
"""

import json
from pathlib import PurePosixPath

QUARANTINED = "application/x-quarantined"
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
JSON, XML, TEXT = "application/json", "application/xml", "text/plain"

_MAGIC = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))
# What a name may promise, and the kinds that keep the promise.
_PROMISED: dict[str, frozenset[str]] = {
    ".pdf": frozenset({PDF}),
    ".png": frozenset({PNG}),
    ".jpg": frozenset({JPEG}),
    ".jpeg": frozenset({JPEG}),
    ".json": frozenset({JSON}),
    ".xml": frozenset({XML}),
    ".txt": frozenset({TEXT, JSON, XML}),
    ".csv": frozenset({TEXT}),
    ".log": frozenset({TEXT, JSON}),
    ".md": frozenset({TEXT}),
}
_ACTIVE = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?php", b"javascript:", b"1999/xhtml", b"2000/svg")
_PLAIN_CONTROLS = frozenset(b"\t\n\r\x0c")


def kind_of(data: bytes) -> str:
    """The media type of the bytes, QUARANTINED for what is not known to be harmless as a download."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return _text(data)


def keeps_its_name(name: str, kind: str) -> bool:
    """Whether the file is what the ending of its name says; an ending that promises nothing is kept."""
    promised = _PROMISED.get(PurePosixPath(name.lower()).suffix)
    return promised is None or kind in promised


def _text(data: bytes) -> str:
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head or any(byte < 0x20 and byte not in _PLAIN_CONTROLS for byte in data):
        return QUARANTINED
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return QUARANTINED
    lower = data.lower()
    if head.startswith(b"#!") or any(sign in lower for sign in _ACTIVE):
        return QUARANTINED
    if head.startswith(b"<?xml"):
        return XML
    return JSON if head[:1] in b"{[" and _is_json(text) else TEXT


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
