"""Stopping is the safe direction: a deputy rejects and cancels as their principal could; both are named."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals import actions as approvals
from approvals import deputies
from approvals.models import Request, State
from orr.accounts.models import AuthorMapping, RoleGrant, User
from orr.decisions import actions, record, stopping
from orr.decisions.models import Proposal
from orr.lib import clock
from orr.lib.canonical import sha256_hex
from orr.lib.errors import Conflict, NotAllowed
from orr.reports.facts import checklist
from orr.tlog import log
from tests.factories.decisions import propose, sign
from tests.factories.decisions import record as evidence
from tests.factories.deputies import name
from tests.factories.people import person, team

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]
ACTS = {"reject": actions.reject, "cancel": actions.cancel}
ENDED = {"reject": "rejected", "cancel": "cancelled"}


def stop(act: str, proposal: Proposal, who: User, **how: Any) -> Proposal:
    ACTS[act](code=proposal.review.code, actor=who, reason="Not today.", **how)
    return Proposal.objects.select_related("request__ended_delegation").get(pk=proposal.pk)


@pytest.mark.parametrize("act", ACTS)
def test_a_deputy_of_the_veto_stops_it_and_both_are_named(act: str, proposed: Make, people: People) -> None:
    by = name(people["security"], people["product"], "security")
    ended = stop(act, proposed(), people["product"])
    assert (ended.state, ended.ended_by) == (ENDED[act], people["product"])
    assert ended.request.ended_delegation == by
    assert ended.request.stopped_for == people["security"]


def test_the_history_of_proposals_names_both(proposed: Make, people: People) -> None:
    proposal, other = proposed(), proposed()
    name(people["security"], people["product"], "security")
    stop("reject", proposal, people["product"])
    stop("cancel", other, people["security"])
    told = {one: checklist(one.review.code)["proposals"][0] for one in (proposal, other)}
    deputed = (people["product"].name, people["security"].name)
    assert (told[proposal]["ended_by"], told[proposal]["ended_for"]) == deputed
    assert (told[other]["ended_by"], told[other]["ended_for"]) == (people["security"].name, None)


def test_the_log_commits_to_both(proposed: Make, people: People) -> None:
    by = name(people["security"], people["product"], "security")
    ended = stop("reject", proposed(), people["product"])
    told = json.loads(record.ending(ended))
    assert (told["by"], told["on_behalf_of"]) == (str(people["product"].pk), str(people["security"].pk))
    assert (told["delegation"], told["role"], told["state"]) == (str(by.pk), "security", "rejected")
    entry = log.entries_of(ended.review.code)[-1]
    assert (entry.kind, entry.artefacts["ending"]) == ("proposal.rejected", sha256_hex(record.ending(ended)))


def test_a_deputy_of_a_slot_rejects_and_does_not_cancel(proposed: Make, people: People) -> None:
    name(people["sre"], people["product"], "sre")
    proposal = proposed()
    with pytest.raises(NotAllowed, match="Only the requester, the proposer"):
        stop("cancel", proposal, people["product"])
    assert stop("reject", proposal, people["product"]).request.stopped_for == people["sre"]


@pytest.mark.parametrize("act", ACTS)
def test_who_stands_in_for_nobody_here_stops_nothing(act: str, proposed: Make, people: People) -> None:
    elsewhere, start = team("elsewhere"), clock.now() + timedelta(hours=1)
    kim = person("kim", "security", team=elsewhere)
    name(kim, people["product"], "security", team=elsewhere)
    later = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    name(people["security2"], people["product"], "security", **later)
    revoked = name(people["security"], people["product"], "security")
    deputies.revoke(delegation_id=revoked.pk, actor=people["security"])
    with pytest.raises(NotAllowed, match="Only "):
        stop(act, proposed(), people["product"])


@pytest.mark.parametrize("act", ACTS)
def test_a_principal_who_lost_the_role_delegates_nothing(act: str, proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    RoleGrant.objects.filter(user=people["security"]).update(revoked_at=clock.now())
    with pytest.raises(NotAllowed):
        stop(act, proposed(), people["product"])


def test_ones_own_right_comes_before_a_principals(proposed: Make, people: People) -> None:
    name(people["security"], people["sre"], "security")
    ended = stop("reject", proposed(), people["sre"], on_behalf_of=people["security"].pk)
    assert (ended.ended_by, ended.request.ended_delegation) == (people["sre"], None)


def test_of_several_principals_the_named_one_counts(proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    name(people["security2"], people["product"], "security")
    for who in ("security2", "security"):
        ended = stop("reject", proposed(), people["product"], on_behalf_of=people[who].pk)
        assert ended.request.stopped_for == people[who]


@pytest.mark.parametrize("bar", ["an author", "who attested"])
def test_a_bar_on_signing_is_none_on_rejecting(bar: str, ready: Make, people: People) -> None:
    review = ready(authors=[{"id": "gh:1", "name": "Dev"}])
    AuthorMapping.objects.create(author_id="gh:1", user=people["product"], mapped_by=people["boss"])
    if bar == "who attested":
        AuthorMapping.objects.update(user=people["sre2"])
        evidence(review, "G3.1", attested_by=people["product"].pk, attested_role="security", statement="Yes.")
    name(people["security"], people["product"], "security")
    proposal = propose(review, people["manager"])
    with pytest.raises(NotAllowed):
        sign(proposal, people["product"], on_behalf_of=people["security"].pk)
    assert stop("reject", proposal, people["product"]).request.stopped_for == people["security"]


def test_a_principal_cancels_what_their_deputy_signed(proposed: Make, people: People) -> None:
    name(people["sre"], people["product"], "sre")
    proposal = proposed()
    sign(proposal, people["product"], on_behalf_of=people["sre"].pk)
    assert stopping.may_cancel(proposal.review, proposal, people["sre"])
    assert stopping.may_cancel(proposal.review, proposal, people["product"])
    assert not stopping.may_cancel(proposal.review, proposal, people["sre2"])
    assert stop("cancel", proposal, people["sre"]).request.ended_delegation is None


def test_the_database_lets_a_deputy_only_stop_and_only_in_force(proposed: Make, people: People) -> None:
    by = name(people["security"], people["product"], "security")
    request = proposed().request
    ending = {"ended_at": clock.now(), "ended_delegation": by}
    with pytest.raises(IntegrityError, match="a_deputy_stops"), transaction.atomic():
        Request.objects.filter(pk=request.pk).update(state="void", **ending)
    deputies.revoke(delegation_id=by.pk, actor=people["security"])
    with pytest.raises(IntegrityError, match="in force"), transaction.atomic():
        Request.objects.filter(pk=request.pk).update(state="rejected", **ending)


def test_the_database_takes_no_other_hand_for_the_deputys(proposed: Make, people: People) -> None:
    by, proposal = name(people["security"], people["product"], "security"), proposed()
    ended = approvals.end(request_id=proposal.request_id, state=State.REJECTED, delegation=by)
    rows = Proposal.objects.filter(pk=proposal.pk)
    for other in (people["security"], people["sre"], None):
        with pytest.raises(IntegrityError, match="is the deputy named"), transaction.atomic():
            rows.update(state="rejected", ended_at=ended.ended_at, ended_by=other)
    assert rows.update(state="rejected", ended_at=ended.ended_at, ended_by=people["product"]) == 1


def test_a_principal_who_is_none_is_not_taken_for_another(proposed: Make, people: People) -> None:
    name(people["security"], people["product"], "security")
    proposal = proposed()
    with pytest.raises(NotAllowed, match="You do not stand in for that person here"):
        stop("reject", proposal, people["product"], on_behalf_of=people["sre"].pk)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_delegation_that_ends_while_the_stop_is_kept_is_a_refusal_and_no_error(
    proposed: Make, people: People
) -> None:
    by = name(people["security"], people["product"], "security")
    request = proposed().request
    deputies.revoke(delegation_id=by.pk, actor=people["security"])
    with pytest.raises(Conflict, match="You do not stand in for that person any more"):
        approvals.end(request_id=request.pk, state=State.REJECTED, delegation=by)
    request.refresh_from_db()
    assert request.state == "open"
