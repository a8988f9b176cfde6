"""Law: who had a hand in a change, or vouched for its evidence, signs nothing that it decides."""

from collections.abc import Callable
from typing import Any

import pytest

from orr.accounts import people as accounts
from orr.accounts.models import AuthorMapping, User
from orr.decisions import eligibility
from orr.decisions.bars import within
from orr.reviews import actions as reviews
from tests.factories.change_sets import change_set
from tests.factories.decisions import effect, green, propose, record, sign, why_not
from tests.factories.people import give, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
People = dict[str, User]


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


def test_who_sent_an_unsigned_result_for_the_gate_of_the_slot_may_not(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G3.3", collector="push number", pushed_by=people["security"].pk)
    proposal = propose(review, people["manager"])
    assert "sent the result of G3.3 and cannot sign" in why_not(proposal, people["security"])
    assert eligibility.who_can(review, 1, proposal) == [people["security2"]]
    assert sign(proposal, people["sre"]).role == "sre"


def test_who_sends_a_result_after_signing_stops_the_effect(proposed: Make, people: People) -> None:
    proposal = proposed()
    for name in ("sre", "security"):
        sign(proposal, people[name])
    record(proposal.review, "G3.3", collector="push junit", pushed_by=people["security"].pk)
    assert effect(proposal) == "The signature of Security counts no longer."


def test_who_sent_what_a_key_signed_may_sign(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G3.3", collector="push in-toto", pushed_by=people["security"].pk)
    assert sign(propose(review, people["manager"]), people["security"]).role == "security"


def test_who_attested_elsewhere_may(ready: Make, people: People) -> None:
    review = ready()
    record(review, "G4.1", attested_by=people["security"].pk, attested_role="data", statement="Valid.")
    assert sign(propose(review, people["manager"]), people["security"]).role == "security"


def test_a_bar_in_one_area_leaves_the_other_slot(ready: Make, people: People) -> None:
    both = person("both", "sre", "security")
    review = ready()
    record(review, "G3.1", attested_by=both.pk, attested_role="security", statement="Enforced.")
    assert sign(propose(review, people["manager"]), both).role == "sre"


def test_the_gate_that_was_attested_bars_from_the_role_that_answers_for_it(
    ready: Make, people: People
) -> None:
    review = ready()
    for item in ("G3.1", "G8.1", "G4.1"):
        record(review, item, attested_by=people["security"].pk, attested_role="security", statement="Seen.")
    record(review, "G1.1", attested_by=people["sre"].pk, attested_role="sre", statement="Seen.")
    bars = eligibility.bars_of(review, None)
    assert bars.attested[people["security"].pk] == {"G3.1", "G8.1", "G4.1"}
    assert within(review, "security", bars.attested[people["security"].pk]) == {"G3.1", "G8.1"}
    assert within(review, "sre", bars.attested[people["security"].pk]) == frozenset()
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
