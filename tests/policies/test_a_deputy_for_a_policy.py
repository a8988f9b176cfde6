"""Deputies sign and stop a weaker policy as they do a review, and its log names versions, role and slot."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours
from django.db import IntegrityError, transaction
from django.test import Client

from approvals import actions as approvals
from approvals import deputies, proving
from approvals import record as signatures
from approvals.models import Approval, Delegation, Request, State
from approvals.proving import Given
from orr.accounts.models import RoleGrant, User
from orr.accounts.stepup import Proof
from orr.lib import clock
from orr.lib.canonical import sha256_hex
from orr.lib.errors import NotAllowed
from orr.policies import actions, eligibility, telling
from orr.policies.models import PolicyVersion
from orr.tlog import log
from orr.tlog.models import Entry, Pending
from tests.factories.deputies import name
from tests.factories.people import PASSWORD, give, person, team
from tests.factories.signing_keys import Passkey
from tests.policies.conftest import LAXER, Write, sign, state_of

pytestmark = pytest.mark.django_db
People = dict[str, User]
STOPS = {"reject": actions.reject, "cancel": actions.cancel}


def request_of(row: PolicyVersion) -> Request:
    assert row.request is not None
    return Request.objects.get(pk=row.request.pk)


def sign_for(row: PolicyVersion, who: User, principal: User | None) -> Approval:
    return actions.sign(
        name=row.name, actor=who, expected_digest=request_of(row).subject_digest, proof=Proof("totp"),
        comment="", on_behalf_of=principal.pk if principal else None,
    )  # fmt: skip


def stop(act: str, row: PolicyVersion, who: User) -> PolicyVersion:
    return STOPS[act](name=row.name, actor=who, reason="Not today.")


def may(row: PolicyVersion, who: User) -> bool:
    return bool(eligibility.may_sign(row, request_of(row), who, clock.now()))


def test_a_deputy_fills_the_seat_and_both_are_named(proposed: PolicyVersion, people: People) -> None:
    by = name(people["security"], people["data"], "security")
    assert people["data"] in eligibility.able(proposed, request_of(proposed), clock.now())
    made = sign_for(proposed, people["data"], people["security"])
    assert (made.role, made.person, made.on_behalf_of) == ("security", people["data"], people["security"])
    assert made.delegation == by
    sign(proposed, people["sre"])
    assert isinstance(actions.take_effect(proposed.name), PolicyVersion)


def test_who_has_no_seat_of_their_own_says_for_whom(proposed: PolicyVersion, people: People) -> None:
    name(people["security"], people["data"], "security")
    with pytest.raises(NotAllowed, match="say that you sign for Security"):
        sign_for(proposed, people["data"], None)
    with pytest.raises(NotAllowed, match="do not stand in"):
        sign_for(proposed, people["data"], people["sre"])


def test_only_who_was_named_everywhere_signs_what_binds_every_team(
    proposed: PolicyVersion, people: People
) -> None:
    pay = team("pay")
    kim, lee = person("kim", "security", team=pay), person("lee", "data", team=pay)
    give(people["security"], "security", team=pay)
    name(people["security"], people["data"], "security", team=pay)
    name(people["security2"], lee, "security")
    with pytest.raises(NotAllowed):
        deputies.name(
            actor=kim, deputy=people["data2"], role="security", team=None, starts_at=clock.now(),
            ends_at=clock.now(), reason="Away.",
        )  # fmt: skip
    assert not [who for who in (people["data"], people["data2"], lee, kim) if may(proposed, who)]


def test_the_proposer_signs_for_nobody_and_the_principals_proposal_bars_no_deputy(
    own: str, write: Write, people: People
) -> None:
    give(people["sre"], "release_manager")
    give(people["data"], "release_manager")
    name(people["sre"], people["data2"], "sre")
    name(people["security"], people["sre"], "security")
    write(more=LAXER)
    row = actions.propose_weaker(name=own, reason="Slow.", actor=people["sre"])
    assert not may(row, people["sre"])
    assert sign_for(row, people["data2"], people["sre"]).on_behalf_of == people["sre"]


def test_a_principal_and_their_deputy_have_one_seat(proposed: PolicyVersion, people: People) -> None:
    give(people["sre"], "security")
    name(people["sre"], people["data"], "security")
    sign_for(proposed, people["data"], people["sre"])
    assert not may(proposed, people["sre"])
    with pytest.raises(NotAllowed, match="one seat of both"):
        sign(proposed, people["sre"])


def revoke(by: Delegation) -> None:
    deputies.revoke(delegation_id=by.pk, actor=by.principal)


def lose_the_role(by: Delegation) -> None:
    RoleGrant.objects.filter(user=by.principal).update(revoked_at=clock.now())


def lose_it_everywhere(by: Delegation) -> None:
    RoleGrant.objects.filter(user=by.principal).update(team=team("pay"))


@pytest.mark.parametrize("lose", [revoke, lose_the_role, lose_it_everywhere])
def test_a_principal_who_counts_no_longer_takes_the_signature_along(
    proposed: PolicyVersion, people: People, lose: Callable[[Delegation], None]
) -> None:
    by = name(people["security"], people["data"], "security")
    sign(proposed, people["sre"])
    sign_for(proposed, people["data"], people["security"])
    lose(by)
    assert str(actions.take_effect(proposed.name)) == "The signature of Data counts no longer."
    assert state_of(proposed) == "void"


def test_a_principal_who_counts_no_longer_at_the_moment_of_the_effect_keeps_it_from_happening(
    proposed: PolicyVersion, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    by, end = name(people["security"], people["data"], "security"), approvals.end
    sign(proposed, people["sre"])
    sign_for(proposed, people["data"], people["security"])

    def after_it(**how: Any) -> Request:
        revoke(by)
        return end(**how)

    monkeypatch.setattr(approvals, "end", after_it)
    assert str(actions.take_effect(proposed.name)) == "The signature of Data counts no longer."
    assert state_of(proposed) == "proposed"


def test_a_passkey_signs_in_both_names(proposed: PolicyVersion, people: People) -> None:
    name(people["security"], people["data"], "security")
    key, digest = Passkey(people["data"]), request_of(proposed).subject_digest
    asked = actions.question(
        name=proposed.name, actor=people["data"], expected_digest=digest, session="one",
        on_behalf_of=people["security"].pk,
    )  # fmt: skip
    proof = proving.prove(person=people["data"], session="one", given=Given(answer=key.answer(asked)))
    made = actions.sign(
        name=proposed.name, actor=people["data"], expected_digest=digest, proof=proof, comment="",
        on_behalf_of=people["security"].pk,
    )  # fmt: skip
    assert made.assertion is not None and made.assertion["statement"]["for"] == str(people["security"].pk)


def test_the_database_takes_no_other_hand_for_the_deputys(proposed: PolicyVersion, people: People) -> None:
    by = name(people["security"], people["data"], "security")
    ended = approvals.end(request_id=request_of(proposed).pk, state=State.CANCELLED, delegation=by)
    rows = PolicyVersion.objects.filter(pk=proposed.pk)
    for other in (people["security"], people["sre"]):
        with pytest.raises(IntegrityError, match="is the deputy named"), transaction.atomic():
            rows.update(state="cancelled", ended_at=ended.ended_at, ended_by=other)
    assert rows.update(state="cancelled", ended_at=ended.ended_at, ended_by=people["data"]) == 1


@pytest.mark.parametrize("act", STOPS)
def test_a_deputy_of_the_veto_stops_it_and_both_are_named(
    act: str, proposed: PolicyVersion, people: People
) -> None:
    with pytest.raises(NotAllowed):
        stop(act, proposed, people["data"])
    by = name(people["security"], people["data"], "security")
    ended = stop(act, proposed, people["data"])
    assert ended.ended_by == people["data"]
    assert request_of(ended).ended_delegation == by
    told = json.loads(telling.act_of(f"policy.{ended.state}", ended, people["data"]))
    assert (told["by"], told["on_behalf_of"]) == (str(people["data"].pk), str(people["security"].pk))
    assert log.entries_of(proposed.stream)[-1].artefacts["act"] == sha256_hex(
        telling.act_of(f"policy.{ended.state}", ended, people["data"])
    )


def test_each_act_is_logged_with_versions_role_and_slot(signed: PolicyVersion, people: People) -> None:
    found = {one.kind: one.artefacts for one in log.entries_of(signed.stream)}
    request = request_of(signed)
    second = request.approvals.select_related("request").get(person=people["security"])
    for kind in ("policy.proposed", "policy.signed"):
        assert found[kind]["policy"] == signed.digest.removeprefix("sha256:")
        assert found[kind]["former"] == signed.from_digest.removeprefix("sha256:")
        assert found[kind]["proposal"] == request.subject_digest.removeprefix("sha256:")
    made = telling.act_of("policy.signed", signed, people["security"], second)
    assert found["policy.signed"]["act"] == sha256_hex(made)
    assert found["policy.signed"]["approval"] == sha256_hex(signatures.record(second, request.subject))
    told = json.loads(made)
    assert (told["name"], told["version"], told["role"], told["slot"]) == ("own", 1, "security", second.slot)
    assert (told["from_digest"], told["to_digest"]) == (signed.from_digest, signed.digest)


def test_no_words_and_no_names_stand_in_the_log(signed: PolicyVersion, people: People) -> None:
    row = PolicyVersion.objects.get(pk=signed.pk)
    actions.cancel(name=row.name, actor=people["security"], reason="a-reason-that-was-typed")
    data = b"".join(
        bytes(one.data) for table in (Entry, Pending) for one in table.objects.filter(review=row.stream)
    ).decode()
    assert data.count("policy.") >= 4
    for word in ("a-reason-that-was-typed", row.reason, *(str(who) for who in people.values())):
        assert word not in data, word
    for who in people.values():
        assert str(who.pk) not in data


def test_the_page_lets_a_deputy_sign_and_says_for_whom(proposed: PolicyVersion, people: People) -> None:
    Path(ours.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    name(people["security"], people["data"], "security")
    client, path = opened(people["data"]), f"/settings/profiles/{proposed.name}"
    text = client.get(path).content.decode()
    assert "for Security as Security" in text and "You cancel for Security" in text
    sent = {"act": "sign", "expected_digest": request_of(proposed).subject_digest, "password": PASSWORD}
    assert client.post(path, {**sent, "for": "nobody"}).status_code == 404
    assert client.post(path, {**sent, "for": str(people["security"].pk)}).status_code == 302
    assert 'Data <span class="w4">for Security</span>' in client.get(path).content.decode()


def test_the_page_says_for_whom_a_deputy_of_two_rejects_and_cancels_and_does_so(
    proposed: PolicyVersion, people: People
) -> None:
    Path(ours.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    name(people["sre"], people["data"], "sre")
    by = name(people["security"], people["data"], "security")
    client, path = opened(people["data"]), f"/settings/profiles/{proposed.name}"
    text = client.get(path).content.decode()
    assert "You cancel for Security" in text
    shown = dict(re.findall(r'name="(for|reject_for|cancel_for)" value="([^"]+)"', text))
    assert shown["cancel_for"] == str(people["security"].pk)
    # As a browser sends the form: signing is for the first of the seats, whoever that is.
    sent = {"act": "cancel", "expected_digest": request_of(proposed).subject_digest, "text": "Not today.",
            "for": str(people["sre"].pk), **shown}  # fmt: skip
    assert client.post(path, sent).status_code == 302
    assert (state_of(proposed), request_of(proposed).ended_delegation) == ("cancelled", by)


def opened(who: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who)
    return client
