"""The profiles that a change set is reviewed by, and their union: of a review, or a what-if."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.board import change_form
from orr.changes import intake
from orr.changes.reasons import why
from orr.lib.errors import FieldError, Invalid, OrrError
from orr.lib.sentence import Sentence, say
from orr.policies import actions as policies
from orr.policies.wording import BINDS_TO, MEASURED_ON, STEP_UP, span
from orr.profiles import merge, provenance
from orr.profiles.provenance import Item, Value
from orr.profiles.schema import BreakGlass, Profile, Rule, Wrong
from orr.reports import replays, wording
from orr.reviews import actions as reviews
from orr.reviews.checklist import ITEMS
from orr.reviews.models import Review

Shown = dict[str, Any]
# What a step is, as versions; the first number counts.
STEPS = {"patch": ("1.0.0", "1.0.1"), "minor": ("1.0.0", "1.1.0"), "major": ("1.0.0", "2.0.0")}
TEXTS = ("environment", "service_ids", "planned_start", "planned_end", "profile", "review")


def asked(given: QueryDict) -> Shown:
    """What the address asks for, as the form shows it again."""
    return {
        **{name: given.get(name, "")[:200].replace("\x00", "") for name in TEXTS},
        "kinds": [kind for kind in change_form.KINDS if kind in given.getlist("kind")],
        "step": given.get("step", "") if given.get("step", "") in STEPS else "patch",
    }


def of(form: Shown, person: User) -> Shown | None:
    """The union that the address asks for; None where it asks for none. Raises NotFound, Invalid."""
    if form["review"]:
        return _of_review(reviews.find(form["review"], person))
    if form["kinds"] or form["profile"]:
        return _what_if(form)
    return None


def _of_review(review: Review) -> Shown:
    """By the versions that the review pinned; where one is not kept, by what it pinned as a whole."""
    digests = [one["digest"] for one in review.profiles]
    kept = replays.versions(digests)
    parts = [kept[digest] for digest in digests if digest in kept]
    names = [one["name"] for one in review.profiles]
    whole = parts if len(parts) == len(digests) else [review.rules]
    told = _told(whole, review.rules, review.body, names, review.change_set.kinds)
    return {**told, "review": {"code": review.code, "title": review.title}, "kept": whole is parts}


def _what_if(form: Shown) -> Shown:
    """By the versions that a review would pin if it were opened now; nothing is written."""
    body = _body(form)
    intake.parse(body)
    if form["profile"] and form["profile"] not in policies.names():
        unknown = say("There is no profile “%(name)s”.", name=form["profile"])
        raise Invalid([FieldError("/profile", unknown)], unknown)
    names = reviews.asked_for(body, form["profile"] or None)
    parts = [policies.expected(name) for name in names]
    kinds = frozenset(form["kinds"])
    try:
        return _told(parts, merge.union(parts), body, names, kinds)
    except Wrong as error:
        apart = say("These profiles cannot be put together: %(why)s", why=error.sentence)
        return {"profiles": _profiles(parts, body, names), "review": None, "apart": str(apart)}


def _body(form: Shown) -> dict[str, Any]:
    """A change set of one item of each kind, all of which make the step."""
    before, after = STEPS[form["step"]]
    items = [
        {"kind": kind, "name": kind, "from": {"version": before}, "to": {"version": after}}
        for kind in form["kinds"] or ["config"]
    ]
    times = {name: form[name] for name in ("planned_start", "planned_end") if form[name]}
    services = [one.strip() for one in form["service_ids"].split(",") if one.strip()]
    return {
        "title": "What if", "summary": "What if", "environment": form["environment"] or "–",
        "service_ids": services, "items": items, **times,
    }  # fmt: skip


def refusal(error: OrrError) -> Sentence:
    """The sentence of a refused address: the first wrong place, in its own words."""
    return error.errors[0].sentence if isinstance(error, Invalid) and error.errors else error.sentence


def _told(
    parts: Sequence[Profile], union: Profile, body: Mapping[str, Any], names: Sequence[str],
    kinds: frozenset[str],
) -> Shown:  # fmt: skip
    several = len(parts) > 1
    items = [_item(item, kinds, several) for item in provenance.items(parts, union)]
    return {
        "profiles": _profiles(parts, body, names),
        "review": None,
        "apart": "",
        "several": several,
        "items": items,
        "applying": sum(item["applies"] for item in items),
        "seats": [
            {"title": role_title(seat.role), "by": _by(seat.by, several)}
            for seat in provenance.seats(parts, union)
        ],
        "policy": [_value(value, several) for value in provenance.policy(parts, union)],
        "stages": [
            {"percent": value.field, **_value(value, several)} for value in provenance.stages(parts, union)
        ],
    }


def _profiles(parts: Sequence[Profile], body: Mapping[str, Any], names: Sequence[str]) -> list[Shown]:
    by_name = {part.name: part for part in parts}
    return [
        {
            "name": name,
            "title": by_name[name].title.model_dump() if name in by_name else name,
            "version": by_name[name].version if name in by_name else None,
            "why": str(why(name, body, names)),
        }
        for name in names
    ]


def _item(item: Item, kinds: frozenset[str], several: bool) -> Shown:
    values = {value.field: value for value in item.values}
    return {
        "code": item.code,
        "title": str(ITEMS[item.code].title),
        "applies": item.rule.applies_to(kinds),
        "adopted": item.rule.adopted,
        "kinds": item.rule.kinds,
        "threshold": wording.threshold_display(item.rule),
        "threshold_by": _by(values["threshold"].by, several and values["threshold"].decided),
        "freshness": str(span(item.rule.freshness)),
        "freshness_by": _by(values["freshness"].by, several and values["freshness"].decided),
        "adopted_by": _by(item.adopted_by, several),
        "decided": [_decided(value, item.rule) for value in item.decided],
        "reason": _(item.rule.reason) if item.rule.reason else "",
    }


def _by(names: tuple[str, ...], told: bool) -> str:
    """The profiles that ask for it; nothing where all do, or there is but one."""
    return (", ".join(names) or _("all of them together")) if told else ""


def _decided(value: Value, rule: Rule) -> Shown:
    others = [
        {"name": name, "value": _of_rule(value.field, theirs, rule)} for name, theirs in value.others
    ]  # fmt: skip
    told = _of_rule(value.field, value.value, rule)
    return {"field": str(FIELDS[value.field]), "value": told, "by": _by(value.by, True), "others": others}


def _value(value: Value, several: bool) -> Shown:
    return {
        "field": str(FIELDS.get(value.field, value.field)),
        "value": _of_policy(value.field, value.value),
        "by": _by(value.by, several and value.decided),
        "others": [{"name": n, "value": _of_policy(value.field, theirs)} for n, theirs in value.others],
    }


def _of_rule(field: str, value: Any, rule: Rule) -> str:
    if field == "threshold":
        return wording.threshold_display(rule.model_copy(update={"threshold": value}))
    if field in ("freshness", "window", "max_age"):
        return str(span(value)) if value else "–"
    if field == "attest":
        return role_title(value) if value else _("no")
    if field in ("push", "leaves_freezes"):
        return _("yes") if value else _("no")
    if field == "freezes":
        return ", ".join(one.name for one in value) or _("none")
    if field == "kinds":
        return ", ".join(value) or _("every kind")
    return str({"binds_to": BINDS_TO, "measured_on": MEASURED_ON}.get(field, {}).get(value, value))


def _of_policy(field: str, value: Any) -> str:
    if value is None:
        return _("not possible") if field == "break_glass" else _("no stop")
    if isinstance(value, BreakGlass):
        return _("second look within %(span)s") % {"span": span(value.second_look_within)}
    if field == "veto":
        return ", ".join(role_title(role) for role in value) or _("nobody")
    if field == "step_up":
        return str(STEP_UP[value])
    return wording.number(value) if field in NUMBERS else str(span(value))


NUMBERS = frozenset({"allow_below", "deny_above", "min_samples"})
FIELDS: dict[str, Sentence] = {
    "threshold": say("Threshold"), "freshness": say("Fresh for"), "window": say("Measured over"),
    "min_samples": say("Samples at least"), "attest": say("By hand"), "push": say("Pushed by a pipeline"),
    "binds_to": say("Bound to"), "measured_on": say("Measured on"), "kinds": say("For"),
    "max_age": say("What is shown at most so old"), "freezes": say("May go under the freezes"),
    "leaves_freezes": say("Leaves the freezes to the others"),
    "timelock": say("Timelock"), "approve_within": say("Time to sign"),
    "valid_for": say("Decision valid for"), "veto": say("Veto"), "step_up": say("A signature takes"),
    "break_glass": say("Break-glass"), "observation": say("Observation"),
    "allow_below": say("Plain Go below risk"), "deny_above": say("Only No-Go above risk"),
    "seconds": say("Recovery after an Exit"),
}  # fmt: skip
