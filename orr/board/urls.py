"""The addresses of the pages; their names are what templates and other packages use."""

from django.urls import path, register_converter

from orr.board.codes import ItemCode, ReviewCode, Sha256
from orr.board.views import (
    approvals,
    approve,
    audit,
    decide,
    decision,
    delegations,
    door,
    exits,
    item,
    keys,
    new,
    people,
    portfolio,
    report,
    review,
    rollout,
    signatures,
    switches,
    tokens,
)

register_converter(ReviewCode, "review")
register_converter(ItemCode, "item")
register_converter(Sha256, "sha256")

app_name = "board"
urlpatterns = [
    path("", portfolio.show, name="portfolio"),
    path("new", new.show, name="new"),
    path("orr/<review:code>", review.show, name="review"),
    path("orr/<review:code>/edit", new.edit, name="edit"),
    path("orr/<review:code>/collect", review.collect, name="collect"),
    path("orr/<review:code>/items/<item:item>", item.show, name="item"),
    path("orr/<review:code>/items/<item:item>/attest", item.attest, name="attest"),
    path("orr/<review:code>/items/<item:item>/raw/<sha256:sha256>", item.raw, name="raw"),
    path("orr/<review:code>/approve", approve.show, name="approve"),
    path("orr/<review:code>/approve/challenge", approve.challenge, name="challenge"),
    path("orr/<review:code>/signatures/<uuid:signature>.json", signatures.record, name="signature"),
    path(
        "orr/<review:code>/signatures/<uuid:signature>.tlog-proof",
        signatures.proof,
        name="signature_proof",
    ),
    path("orr/<review:code>/unsign", approve.unsign, name="unsign"),
    path("orr/<review:code>/cancel", approve.cancel, name="cancel"),
    path("orr/<review:code>/decide", decide.show, name="decide"),
    path("orr/<review:code>/decision", decision.show, name="decision"),
    path("orr/<review:code>/rollout", rollout.show, name="rollout"),
    path("orr/<review:code>/exit", exits.show, name="exit"),
    path("orr/<review:code>/audit", audit.show, name="audit"),
    path("orr/<review:code>/report.pdf", report.pdf, name="report"),
    path("approvals", approvals.show, name="approvals"),
    path("audit", audit.log, name="log"),
    path("settings", people.show, name="people"),
    path("settings/invite", people.invite, name="invite"),
    path("settings/authors", people.authors, name="authors"),
    path("people/<str:username>", people.one, name="person"),
    path("settings/delegations", delegations.show, name="delegations"),
    path("settings/delegations/<uuid:delegation>/revoke", delegations.revoke, name="delegation_revoke"),
    path("settings/tokens", tokens.show, name="tokens"),
    path("settings/tokens/<uuid:token>/end", tokens.end, name="token_end"),
    path("signin", door.signin, name="signin"),
    path("signout", door.signout, name="signout"),
    path("welcome/<str:raw>", door.welcome, name="welcome"),
    path("lang", switches.language, name="language"),
    path("theme", switches.theme, name="theme"),
    path("keys", keys.show, name="keys"),
]
