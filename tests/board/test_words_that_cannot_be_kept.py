"""Words that the database cannot carry are refused as what they are, never as a fault of ours."""

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/settings/authors", {"person": "\x00", "author_id": "x"}),
        ("/settings/invite", {"username": "a\x00", "name": "b"}),
        ("/settings/tokens", {"name": "a\x00", "days": "3", "scopes": "orr:read"}),
    ],
)
def test_a_nul_in_a_form_is_refused(browser: Callable[..., Client], path: str, sent: dict[str, str]) -> None:
    assert browser("admin").post(path, sent).status_code == 400


def test_a_nul_in_an_address_is_refused(browser: Callable[..., Client]) -> None:
    assert browser("admin").get("/people/%00").status_code == 400
