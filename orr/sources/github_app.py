"""How a GitHub App shows who it is: a short-lived token signed with its private key.

Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App": RS256, issued a minute ago
against clocks that differ, valid for at most ten minutes.
"""

import time
from collections.abc import Mapping
from typing import Any

import jwt

from orr.lib.errors import Unavailable
from orr.lib.sentence import say

BACK_DATED = 60
VALID_FOR = 540


def is_one(kind: str, options: Mapping[str, Any]) -> bool:
    """Whether the source is a GitHub App: its options name the App's id."""
    return kind == "github" and "app_id" in options


def token(options: Mapping[str, Any], private_key: str) -> str:
    """The App's own token, for ten minutes. Raises Unavailable where the key is none."""
    now = int(time.time())
    claims = {"iat": now - BACK_DATED, "exp": now + VALID_FOR, "iss": str(options["app_id"])}
    try:
        return jwt.encode(claims, private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise Unavailable(say("The secret is no private key of a GitHub App (PEM, RSA).")) from error
