"""The sentence a signer signs (pure): who, in which role, what, with which guards, for which environment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orr.board import moments

Facts = Mapping[str, Any]


class Part(NamedTuple):
    """A piece of the sentence: plain, strong, or a link to a check."""

    text: str
    strong: bool = False
    link: str = ""


def oath(
    f: Facts, name: str, role: str, principal: str = "", weak: bool = False, strong: bool = False
) -> list[Part]:
    """The oath of `name` in the role `role`, its changing places set apart; it acknowledges earlier reds.

    `principal`: for whom a deputy signs; `weak`: that a password may prove it; `strong`: that a passkey may.
    """
    who = {"name": Part(name, True), "role": Part(role, True), "principal": Part(principal, True)}
    text = _text(bool(f["approval"]["guards"]), bool(principal))
    said = _filled(text, {**_places(f), **who}) + _acknowledged(f) + _passed_by_name(f)
    if weak and strong:
        said += [Part(" "), Part(_("Where I prove it by my password alone, that is marked as weak."))]
    elif weak:
        said += [Part(" "), Part(_("I prove that it is me by my password alone, which is marked as weak."))]
    return said


def proposed(f: Facts) -> list[Part]:
    """What is proposed, for a reader who signs nothing here: nobody is put an oath into the mouth."""
    if f["approval"]["guards"]:
        text = _(
            "The proposal {who} made at {when}: {title}, {count}, may go {guards} to {environment}. "
            "You do not sign it."
        )
    else:
        text = _(
            "The proposal {who} made at {when}: {title}, {count}, may go to {environment}. "
            "You do not sign it."
        )
    return _filled(text, _places(f))


def _places(f: Facts) -> dict[str, Part]:
    a = f["approval"]
    guards, things = len(a["guards"]), len(f["change_set"]["items"])
    with_guards = ngettext("with %(n)s guard", "with %(n)s guards", guards) % {"n": guards} if guards else ""
    return {
        "who": Part(a["proposed_by"]),
        "when": Part(moments.when(a["proposed_at"], f["now"])),
        "title": Part(f["title"], True),
        "count": Part(ngettext("%(n)s change", "%(n)s changes", things) % {"n": things}),
        "guards": Part(with_guards, True),
        "environment": Part(f["environment"], True),
    }


def _text(guards: bool, deputy: bool) -> str:
    if guards and deputy:
        return _(
            "I, {name}, sign for {principal} in the role {role} that the proposal {who} made at {when}, "
            "{title}, {count}, may go {guards} to {environment}."
        )
    if deputy:
        return _(
            "I, {name}, sign for {principal} in the role {role} that the proposal {who} made at {when}, "
            "{title}, {count}, may go to {environment}."
        )
    if guards:
        return _(
            "I, {name}, sign in the role {role} that the proposal {who} made at {when}, "
            "{title}, {count}, may go {guards} to {environment}."
        )
    return _(
        "I, {name}, sign in the role {role} that the proposal {who} made at {when}, "
        "{title}, {count}, may go to {environment}."
    )


def _acknowledged(f: Facts) -> list[Part]:
    reds = [item for gate in f["gates"] for item in gate["items"] if item["earlier_red"]]
    parts: list[Part] = []
    for item in reds:
        link = reverse("board:item", kwargs={"code": f["id"], "item": item["code"]})
        places = {
            "item": Part(f"{item['code']} {item['title']}", link=link),
            "when": Part(moments.when(item["earlier_red"]["at"], f["now"])),
            "value": Part(str(item["earlier_red"]["display"])),
        }
        parts += [Part(" "), *_filled(_("I know that {item} was red at {when} with {value}."), places)]
    return parts


def _passed_by_name(f: Facts) -> list[Part]:
    """That it is break-glass, and each item that it passes by name with its verdict as it stands."""
    named = f["approval"].get("break_glass")
    if named is None:
        return []
    parts = [Part(" "), Part(_("This is break-glass: it takes effect without the timelock."), True)]
    for item in (item for gate in f["gates"] for item in gate["items"] if item["code"] in named):
        link = reverse("board:item", kwargs={"code": f["id"], "item": item["code"]})
        places = {
            "item": Part(f"{item['code']} {item['title']}", link=link),
            "verdict": Part(item["verdict_title"], True),
        }
        text = _("I know that {item} stands at “{verdict}”, and pass it by name.")
        parts += [Part(" "), *_filled(text, places)]
    return parts


def _filled(text: str, places: Mapping[str, Part]) -> list[Part]:
    """The text with each `{place}` replaced by its part; a place that has no part stays as it is written."""
    parts: list[Part] = []
    rest = text
    while "{" in rest:
        before, _brace, after = rest.partition("{")
        key, closed, rest = after.partition("}")
        parts.append(Part(before))
        parts.append(places[key] if closed and key in places else Part("{" + key + closed))
    return [part for part in [*parts, Part(rest)] if part.text]
