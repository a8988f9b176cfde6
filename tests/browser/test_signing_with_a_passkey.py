"""Signing in a browser with an authenticator of its own: by passkey, as a deputy, again after a void."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from approvals.models import Approval
from orr.accounts.models import User
from orr.decisions.models import Proposal
from orr.guards import contracts
from orr.lib.met import Met
from tests.factories import reviews
from tests.factories.decisions import green, propose, red
from tests.factories.deputies import name
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser

PLAIN = [{"kind": "image", "name": "search-api", "to": {"version": "2.19.0"}}]
REGISTER = """async () => {
  const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const made = await navigator.credentials.create({ publicKey: {
    rp: { id: "localhost", name: "plura orr" }, challenge: new Uint8Array(32),
    user: { id: new Uint8Array(16), name: "me", displayName: "me" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { userVerification: "required" },
  } });
  return { id: made.id, rawId: text(made.rawId), type: made.type, response: {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject) } };
}"""
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_this_address(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation is known by the address that is served; every guard's driver answers."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())


@pytest.fixture
def proposal(people: dict[str, User]) -> Proposal:
    """A proposal by the release manager on a review whose every item passes."""
    review = reviews.review(people["release_manager"], items=PLAIN)
    green(review)
    return propose(review, people["release_manager"])


def with_passkey(page: Page, who: User) -> None:
    """Give the browser an authenticator, and the person a passkey in it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    credential = page.evaluate(REGISTER)
    Authenticator.objects.create(
        user=who, type=Authenticator.Type.WEBAUTHN, data={"name": "Key 1", "credential": credential}
    )
    page.reload()


def sign(page: Page, code: str) -> None:
    page.click("[data-passkey]")
    page.wait_for_url(re.compile(rf"/orr/{code}(#.*)?$"))


def test_a_passkey_signs_and_its_assertion_is_kept(
    opened: Callable[..., Page], proposal: Proposal, people: dict[str, User], complaints: list[str]
) -> None:
    code = proposal.review.code
    page = opened(f"/orr/{code}/approve", "security")
    with_passkey(page, people["security"])
    page.fill("#comment", "Looked at it.")
    sign(page, code)
    kept = Approval.objects.get()
    assert (kept.method, kept.weak, kept.comment) == ("passkey", False, "Looked at it.")
    assert kept.assertion["statement"]["digest"] == proposal.digest
    expect(page.locator("#rail .own")).to_contain_text("passkey")
    with page.expect_download() as download:
        page.click("#rail .own a[href$='.json']")
    told = json.loads(download.value.path().read_text("utf-8"))
    assert (told["id"], told["assertion"]) == (str(kept.pk), kept.assertion)
    assert complaints == []


def test_the_requester_reads_why_not_and_who_could(
    opened: Callable[..., Page], proposal: Proposal, people: dict[str, User]
) -> None:
    page = opened(f"/orr/{proposal.review.code}/approve", "release_manager")
    aside = page.locator("section:has-text('You cannot sign this')").last
    expect(aside).to_contain_text("requested this review and cannot sign it.")
    expect(aside).to_contain_text(f"Who can: {people['security'].name}, {people['sre'].name}")
    expect(page.locator("[data-passkey]")).to_have_count(0)


def test_a_deputy_signs_in_both_names(
    opened: Callable[..., Page], proposal: Proposal, people: dict[str, User]
) -> None:
    name(people["security"], people["product"], "security")
    page = opened("/approvals", "product")
    page.click("text=Review and sign >> nth=0")
    with_passkey(page, people["product"])
    expect(page.locator(".oath")).to_contain_text("I, Product, sign for Security in the role Security")
    sign(page, proposal.review.code)
    kept = Approval.objects.get()
    assert (kept.person, kept.on_behalf_of) == (people["product"], people["security"])
    assert kept.assertion["statement"]["for"] == str(people["security"].pk)
    expect(page.locator("#rail .signs")).to_contain_text("Product for Security")


def test_who_signed_a_void_one_sees_what_changed_and_signs_again(
    opened: Callable[..., Page], proposal: Proposal, people: dict[str, User]
) -> None:
    review, code = proposal.review, proposal.review.code
    page = opened(f"/orr/{code}/approve", "security")
    with_passkey(page, people["security"])
    sign(page, code)
    red(review)
    page.goto("/approvals")
    expect(page.locator("main")).to_contain_text("There is no new proposal yet.")
    green(review)
    guard = {"kind": "flag", "target": "plant/flag/search.cache.force_ttl", "value": "60s"}
    review.refresh_from_db()
    again = propose(review, people["release_manager"], guards=[guard])
    page.goto("/approvals")
    page.click("text=See it all, sign again")
    since = page.locator("#since")
    expect(since).to_contain_text("Guard flag plant/flag/search.cache.force_ttl")
    expect(since).to_contain_text("60s")
    sign(page, code)
    assert [one.digest for one in again.request.live_approvals()] == [again.digest]
    assert again.digest != proposal.digest


def test_without_scripts_a_password_signs_and_says_that_it_is_weak(
    opened: Callable[..., Page], proposal: Proposal
) -> None:
    page = opened(f"/orr/{proposal.review.code}/approve", "security", scripts=False)
    expect(page.locator(".oath")).to_contain_text("by my password alone, which is marked as weak")
    page.check("input[value=approve]", force=True)
    page.fill("#password", PASSWORD)
    page.click("form[aria-labelledby=sg] button[type=submit]")
    assert Approval.objects.get().weak
    expect(page.locator("#rail .signs")).to_contain_text("password only")
