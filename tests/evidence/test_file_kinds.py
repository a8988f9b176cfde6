"""Law: a file of a statement is what its bytes say; what is not known to be harmless is quarantined."""

import pytest

from evidence.file_kinds import JSON, QUARANTINED, TEXT, XML, keeps_its_name, kind_of


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"Looked at it.\n", TEXT),
        ("\ufeff법적 보존 없음\n".encode(), TEXT),
        (b'{"a": 1}', JSON),
        (b"[1, 2]", JSON),
        (b"[not json", TEXT),
        (b'<?xml version="1.0"?><testsuite/>', XML),
    ],
)
def test_what_is_known(data: bytes, kind: str) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"", b"  \n", b"MZ\x90\x00", b"\x7fELF\x02", b"PK\x03\x04", b"\x1f\x8b\x08", b"GIF89a\x01",
        b"\xcf\xfa\xed\xfe",
        b"#!/bin/sh\nrm", b"<html>", b"  <!DOCTYPE html><p>", b"text <ScRiPt>alert(1)</script>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<?xml version="1.0"?><x:a xmlns:x="http://www.w3.org/1999/xhtml"/>',
        b"plain\x00with a zero", b"\xff\xfeU\x00T\x00", b"caf\xe9", b"\x1b[31mred", b"<?php echo 1;",
    ],
)  # fmt: skip
def test_everything_else_is_quarantined(data: bytes) -> None:
    assert kind_of(data) == QUARANTINED


def test_json_that_is_nested_without_end_is_text() -> None:
    assert kind_of(b"[" * 100_000) == TEXT


@pytest.mark.parametrize(
    ("name", "data", "keeps"),
    [
        ("a.pdf", b"%PDF-1.7", True), ("a.PDF", b"MZ", False), ("a.png", b"%PDF-1.7", False),
        ("a.txt", b"{}", True),
        ("a.json", b"no", False), ("a.txt", b"<html>", False), ("a.bin", b"MZ", True), ("a", b"x", True),
        ("../../a.pdf", b"text", False), ("a.pdf.exe", b"MZ", True),
    ],
)  # fmt: skip
def test_a_name_promises_only_what_the_bytes_keep(name: str, data: bytes, keeps: bool) -> None:
    assert keeps_its_name(name, kind_of(data)) is keeps
