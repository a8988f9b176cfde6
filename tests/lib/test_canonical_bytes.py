"""Canonical bytes: one value, one digest."""

import pytest

from orr.lib.canonical import canonical_bytes, digest


def test_the_order_of_members_does_not_change_the_digest() -> None:
    assert digest({"b": 1, "a": [True, None]}) == digest({"a": [True, None], "b": 1})


def test_members_are_sorted_by_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: the emoji (surrogates D83D…) sorts before U+FB33.
    assert canonical_bytes({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1: 2}, {"a": object()}, "\ud800"])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_bytes(value)
