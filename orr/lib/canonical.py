"""Canonical bytes and digests: what is signed and logged is always these."""

import hashlib
from typing import Any

import rfc8785

PREFIX = "sha256:"


def canonical_bytes(value: Any) -> bytes:
    """JSON Canonicalization Scheme bytes of a JSON value (RFC 8785).

    Raises ValueError for what JSON cannot carry (NaN, integers beyond 2**53, other types).
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def sha256_hex(data: bytes) -> str:
    """SHA-256 of the bytes, 64 lowercase hexadecimal digits (FIPS 180-4)."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """``sha256:`` and the SHA-256 of the value's canonical bytes."""
    return PREFIX + sha256_hex(canonical_bytes(value))
