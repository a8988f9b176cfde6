"""Nobody signs who had a hand in the change, and the refusal says why in one sentence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orr.accounts import people as accounts
from orr.accounts.models import AuthorMapping, RoleGrant, Team, User
from orr.decisions import eligibility, endings
from orr.decisions.models import Proposal
from orr.lib import clock
from orr.lib.errors import NotAllowed
from orr.lib.met import Met, Unmet
from orr.reviews import actions as reviews
from tests.factories.change_sets import change_set
from tests.factories.decisions import green, propose, record, sign
from tests.factories.deputies import name
from tests.factories.people import give, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


def why_not(proposal: Proposal, who: User) -> str:
    found = eligibility.may_sign(proposal.review, proposal, who)
    assert isinstance(found, Unmet)
    with pytest.raises(NotAllowed) as refusal:
        sign(proposal, who)
    assert str(refusal.value) == str(found.reason)
    assert not proposal.request.approvals.exists()
    return str(found.reason)


def test_who_holds_the_role_and_had_no_part_may(proposed: Make, people: People) -> None:
    proposal = proposed()
    assert isinstance(eligibility.may_sign(proposal.review, proposal, people["sre"]), Met)


def test_the_requester_may_not_even_in_the_role(proposed: Make, people: People) -> None:
    give(people["manager"], "sre")
    assert "requested this review" in why_not(proposed(), people["manager"])


def test_the_proposer_may_not(ready: Make, people: People) -> None:
    give(people["boss"], "sre")
    assert "made this proposal" in why_not(propose(ready(), people["boss"]), people["boss"])


def test_an_editor_may_not(opened: Make, people: People) -> None:
    give(people["sre"], "release_manager")
    review = opened()
    reviews.edit_change_set(
        code=review.code,
        change_set=change_set(title="Edited"),
        expected_digest=review.change_set.digest,
        actor=people["sre"],
    )
    review = reviews.find(review.code)
    green(review)
    assert "edited this change set" in why_not(propose(review, people["manager"]), people["sre"])


def test_who_edited_only_the_exit_plan_may_not(opened: Make, people: People) -> None:
    give(people["sre"], "release_manager")
    review = opened()
    body = change_set()
    key = next(item["rollback_key"] for item in body["items"] if item.get("rollback_key"))
    key["desired"] = "another"
    reviews.edit_change_set(
        code=review.code, change_set=body, expected_digest=review.change_set.digest, actor=people["sre"]
    )
    review = reviews.find(review.code)
    green(review)
    assert "edited this change set" in why_not(propose(review, people["manager"]), people["sre"])


def test_who_named_the_guards_may_not(ready: Make, people: People) -> None:
    give(people["boss"], "security")
    guards = [{"kind": "flag", "target": "plant/f", "value": "91s"}]
    proposal = propose(ready(), people["boss"], guards=guards)
    assert "made this proposal" in why_not(proposal, people["boss"])


def test_an_author_may_not(proposed: Make, people: People) -> None:
    AuthorMapping.objects.create(author_id="gh:1", user=people["sre"], mapped_by=people["boss"])
    proposal = proposed(authors=[{"id": "gh:1", "name": "Dev"}])
    assert "author of this change" in why_not(proposal, people["sre"])
    assert sign(proposal, people["sre2"]).role == "sre"


def test_an_author_who_is_nobody_blocks_everyone_until_matched(proposed: Make, people: People) -> None:
    proposal = proposed(authors=[{"id": "gh:2", "name": "Ghost"}])
    assert "until the author Ghost (gh:2) is matched" in why_not(proposal, people["sre"])
    assert eligibility.who_can(proposal.review, 0, proposal) == []
    accounts.map_author(author_id="gh:2", user=people["product"], actor=person("admin", "admin"))
    assert sign(proposal, people["sre"]).role == "sre"


def test_who_attested_in_the_gate_area_of_the_slot_may_not(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G3.1", attested_by=people["security"].pk, attested_role="security", statement="Enforced.")
    proposal = propose(review, people["manager"])
    assert "attested G3.1" in why_not(proposal, people["security"])
    assert eligibility.who_can(review, 1, proposal) == [people["security2"]]


def test_who_attested_elsewhere_may(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G4.1", attested_by=people["security"].pk, attested_role="data", statement="Valid.")
    assert sign(propose(review, people["manager"]), people["security"]).role == "security"


def test_a_bar_in_one_area_leaves_the_other_slot(ready: Make, people: People) -> None:
    both = person("both", "sre", "security")
    review = ready()
    record(review, "G3.1", attested_by=both.pk, attested_role="security", statement="Enforced.")
    assert sign(propose(review, people["manager"]), both).role == "sre"


def test_who_does_not_hold_the_role_may_not(proposed: Make, people: People) -> None:
    assert "takes the role SRE or Security" in why_not(proposed(), people["product"])


def test_a_young_grant_does_not_count_and_says_from_when(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    assert "counts for signing from" in why_not(proposed(), young)


def test_a_grant_counts_from_its_moment(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    RoleGrant.objects.filter(user=young).update(counts_from=clock.now() - timedelta(microseconds=1))
    assert sign(proposed(), young).role == "sre"


def test_a_revoked_role_does_not_count(proposed: Make, people: People) -> None:
    RoleGrant.objects.filter(user=people["sre"]).update(revoked_at=clock.now())
    give(people["sre"], "auditor")
    assert "takes the role" in why_not(proposed(), people["sre"])


def test_a_deactivated_person_may_not(proposed: Make, people: People) -> None:
    User.objects.filter(pk=people["sre"].pk).update(is_active=False)
    people["sre"].refresh_from_db()
    proposal = proposed()
    assert isinstance(eligibility.may_sign(proposal.review, proposal, people["sre"]), Unmet)
    with pytest.raises(NotAllowed, match="no longer active"):
        sign(proposal, people["sre"])


def test_who_signed_is_told_so(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    found = eligibility.may_sign(proposal.review, proposal, people["sre"])
    assert isinstance(found, Unmet)
    assert "has signed" in str(found.reason)


def test_a_filled_slot_is_closed_to_the_next(proposed: Make, people: People) -> None:
    proposal = proposed()
    sign(proposal, people["sre"])
    with pytest.raises(NotAllowed, match="is filled"):
        sign(proposal, people["sre2"])


def test_the_page_can_name_who_could(ready: Make, people: People) -> None:
    review = ready()
    assert eligibility.who_can(review, 0) == [people["sre"], people["sre2"]]
    assert eligibility.who_can(review, 1) == [people["security"], people["security2"]]


def test_a_role_with_nobody_shows_before_anything_is_proposed(opened: Make) -> None:
    assert eligibility.who_can(opened(slots=("sre", "data")), 1) == []


def test_two_roles_take_the_slot_that_only_they_can_fill(proposed: Make, people: People) -> None:
    both = person("both", "sre", "security")
    for who in ("security", "security2"):
        RoleGrant.objects.filter(user=people[who]).update(revoked_at=clock.now())
    proposal = proposed()
    assert sign(proposal, both).role == "security"
    assert sign(proposal, people["sre"]).role == "sre"


def test_a_named_role_is_kept(proposed: Make) -> None:
    both = person("both", "sre", "security")
    assert sign(proposed(), both, role="security").role == "security"


def test_a_role_one_does_not_hold_cannot_be_named(proposed: Make, people: People) -> None:
    with pytest.raises(NotAllowed, match="cannot sign in the role Security"):
        sign(proposed(), people["sre"], role="security")


def said(found: object) -> str:
    assert isinstance(found, Unmet)
    return str(found.reason)


def test_what_has_ended_or_is_too_late_is_not_signed_and_says_so(
    proposed: Make, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed()
    late = eligibility.may_sign(proposal.review, proposal, people["sre"], proposal.approve_by)
    assert "time to sign is over" in said(late)
    just = proposal.approve_by - timedelta(microseconds=1)
    assert eligibility.may_sign(proposal.review, proposal, people["sre"], just)
    endings.reject(code=proposal.review.code, actor=people["sre"], reason="No.")
    proposal.refresh_from_db()
    assert "rejected" in said(eligibility.may_sign(proposal.review, proposal, people["sre"]))


def test_a_bar_comes_before_a_role_that_counts_later(proposed: Make, people: People) -> None:
    give(people["manager"], "sre", counts=False)
    assert "requested this review" in why_not(proposed(), people["manager"])


def test_of_young_grants_the_first_to_count_is_named(proposed: Make) -> None:
    young = person("young", "sre", "security", "product", counts=False)
    RoleGrant.objects.filter(user=young, role="security").update(counts_from=clock.now() + timedelta(hours=1))
    RoleGrant.objects.filter(user=young, role="product").update(
        counts_from=clock.now() + timedelta(minutes=1)
    )
    assert "role Security of Young counts" in why_not(proposed(), young)


def test_a_young_grant_that_was_taken_back_is_not_promised(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    give(young, "product")
    RoleGrant.objects.filter(user=young, role="sre").update(revoked_at=clock.now())
    assert "takes the role" in why_not(proposed(), young)


def test_who_was_recovered_is_told_from_when_their_role_counts_again(proposed: Make, people: People) -> None:
    back = clock.now() + timedelta(hours=3)
    people["sre"].signs_from = back
    people["sre"].save()
    assert f"Sre counts for signing from {back:%Y-%m-%d %H:%M}" in why_not(proposed(), people["sre"])


def test_a_young_grant_in_another_team_is_not_promised_here(proposed: Make) -> None:
    elsewhere, young = Team.objects.create(slug="else", name="Elsewhere"), person("young", counts=False)
    give(young, "sre", team=elsewhere, counts=False)
    give(young, "auditor")
    assert "takes the role" in why_not(proposed(), young)


def test_the_young_grant_of_another_is_not_ones_own(proposed: Make, people: People) -> None:
    person("young", "sre", counts=False)
    assert "takes the role SRE or Security; Product does not hold it" in why_not(
        proposed(), people["product"]
    )


def test_a_deactivated_person_is_promised_nothing(proposed: Make) -> None:
    young = person("young", "sre", counts=False)
    young.is_active = False
    young.save()
    assert "no longer active" in why_not(proposed(), young)


def test_the_gate_that_was_attested_bars_from_the_role_that_answers_for_it(
    ready: Make, people: People
) -> None:
    review = ready()
    for item in ("G3.1", "G8.1", "G4.1"):
        record(review, item, attested_by=people["security"].pk, attested_role="security", statement="Seen.")
    record(review, "G1.1", attested_by=people["sre"].pk, attested_role="sre", statement="Seen.")
    bars = eligibility.bars_of(review, None)
    assert bars.attested[people["security"].pk] == {"G3.1", "G8.1", "G4.1"}
    assert eligibility.attested_in(review, "security", bars, people["security"]) == {"G3.1", "G8.1"}
    assert eligibility.attested_in(review, "sre", bars, people["security"]) == frozenset()
    proposal = propose(review, people["manager"])
    assert "attested G3.1, G8.1 and" in why_not(proposal, people["security"])
    assert "attested G1.1 and" in why_not(proposal, people["sre"])


def test_what_was_attested_for_another_review_bars_from_nothing_here(ready: Make, people: People) -> None:
    other = ready()
    record(other, "G3.1", attested_by=people["security"].pk, attested_role="security", statement="Seen.")
    assert sign(propose(ready(), people["manager"]), people["security"]).role == "security"


def test_every_author_has_to_be_matched_and_each_is_named(proposed: Make, people: People) -> None:
    proposal = proposed(authors=[{"id": "gh:2", "name": "Zoe"}, {"id": "gh:1", "name": "Abe"}])
    assert "author Abe (gh:1), Zoe (gh:2) is" in why_not(proposal, people["sre"])
    AuthorMapping.objects.create(author_id="gh:1", user=people["product"], mapped_by=people["boss"])
    assert "author Zoe (gh:2) is" in why_not(proposal, people["sre"])
    AuthorMapping.objects.create(author_id="gh:2", user=people["sre2"], mapped_by=people["boss"])
    bars = eligibility.bars_of(proposal.review, proposal)
    assert (bars.authors, bars.unmapped) == ({people["product"].pk, people["sre2"].pk}, ())
    assert "author of this change" in why_not(proposal, people["sre2"])
    assert sign(proposal, people["sre"]).role == "sre"


def test_who_said_who_an_author_is_may_not_nor_whoever_was_said_to_be_them_before(
    proposed: Make, people: People
) -> None:
    proposal = proposed(authors=[{"id": "gh:1", "name": "Dev"}])
    give(people["sre2"], "admin")
    accounts.map_author(author_id="gh:1", user=people["security2"], actor=people["sre2"])
    assert "had a hand in saying who an author is" in why_not(proposal, people["sre2"])
    accounts.map_author(author_id="gh:1", user=people["product"], actor=person("admin", "admin"))
    for barred in ("sre2", "security2"):
        assert "had a hand in saying who an author is" in why_not(proposal, people[barred])
    bars = eligibility.bars_of(proposal.review, proposal)
    assert bars.mappers == {people["sre2"].pk, people["security2"].pk, User.objects.get(username="admin").pk}
    assert bars.authors == {people["product"].pk}
    assert sign(proposal, people["sre"]).role == "sre"


def test_who_said_who_the_author_of_another_change_is_may(proposed: Make, people: People) -> None:
    AuthorMapping.objects.create(author_id="gh:9", user=people["product"], mapped_by=people["sre"])
    assert sign(proposed(), people["sre"]).role == "sre"


def test_the_bars_of_a_review_without_a_proposal_know_no_proposer(ready: Make, people: People) -> None:
    review = ready()
    bars = eligibility.bars_of(review, None)
    assert (bars.requester, bars.proposer) == (people["manager"].pk, None)
    assert (bars.editors, bars.authors, bars.mappers, bars.unmapped) == (frozenset(),) * 3 + ((),)
    assert eligibility.bars_of(review, propose(review, people["boss"])).proposer == people["boss"].pk


def test_evidence_that_nobody_attested_bars_nobody(ready: Make) -> None:
    assert eligibility.bars_of(ready(), None).attested == {}


def test_whose_principals_all_sit_is_told_which(proposed: Make, people: People) -> None:
    for role in ("sre", "security"):
        name(people[role], people["product"], role)
    proposal = proposed()
    for role in ("sre", "security"):
        sign(proposal, people[role])
    refused = said(eligibility.may_sign(proposal.review, proposal, people["product"]))
    assert refused in {
        f"{both} has a seat already, and nobody fills another in that name."
        for both in ("Sre, Security", "Security, Sre")
    }


def test_who_holds_a_role_of_a_filled_slot_is_not_told_to_wait_for_another(
    proposed: Make, people: People
) -> None:
    give(people["sre2"], "security", counts=False)
    proposal = proposed()
    sign(proposal, people["sre"])
    found = said(eligibility.may_sign(proposal.review, proposal, people["sre2"]))
    assert found == "Every slot that Sre2 could fill is filled."


def test_a_young_grant_is_not_promised_where_nobody_signs_any_more_or_yet(
    proposed: Make, people: People
) -> None:
    young = person("young", "sre", counts=False)
    waiting = proposed(authors=[{"id": "gh:2", "name": "Ghost"}])
    assert "until the author Ghost" in said(eligibility.may_sign(waiting.review, waiting, young))
    proposal = proposed()
    late = eligibility.may_sign(proposal.review, proposal, young, proposal.approve_by)
    assert "time to sign is over" in said(late)
    endings.reject(code=proposal.review.code, actor=people["sre"], reason="No.")
    proposal.refresh_from_db()
    assert "rejected" in said(eligibility.may_sign(proposal.review, proposal, young))


def test_whose_principal_sits_is_not_among_those_who_could(proposed: Make, people: People) -> None:
    both, deputy = person("both", "sre", "security"), person("deputy", "data")
    name(both, deputy, "security")
    proposal = proposed()
    assert deputy in eligibility.who_can(proposal.review, 1, proposal)
    sign(proposal, both, role="sre")
    assert deputy not in eligibility.who_can(proposal.review, 1, proposal)
