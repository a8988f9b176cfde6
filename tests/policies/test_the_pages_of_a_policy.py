"""Everybody reads every policy: who must sign, how long, why; and whose act it is does it on the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours
from django.test import Client

from orr.accounts.models import User
from orr.policies import actions
from orr.policies.models import PolicyVersion, State
from orr.profiles import load
from tests.factories.people import PASSWORD, person
from tests.policies.conftest import LAXER, Write, past_the_laws, sign, state_of

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def collected_files() -> None:
    """The directory of collected static files is there, as after the first start."""
    Path(ours.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def opened(who: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    return client


def page(who: User, name: str = "own", language: str = "en") -> str:
    answer = opened(who, language).get(f"/settings/profiles/{name}")
    assert answer.status_code == 200, answer.content[-500:]
    return answer.content.decode()


def send(who: User, act: str, name: str = "own", **fields: str) -> Any:
    return opened(who).post(f"/settings/profiles/{name}", {"act": act, **fields})


def test_every_policy_is_read_by_everybody_before_and_after_set_up(db: None) -> None:
    reader = person("reader")
    for _ in ("before", "after"):
        for name in load.names():
            text = page(reader, name)
            assert "Thresholds and why" in text and text.count("<h1") == 1
            for role in load.get(name).policy.slots:
                assert f"<b>{role.upper() if role == 'sre' else role.title()}</b>" in text
        assert opened(reader).get("/settings/profiles").status_code == 200
        actions.in_force("standard")


def test_reading_writes_nothing(own: str, write: Write, people: dict[str, User]) -> None:
    write(timelock=60)
    before = list(PolicyVersion.objects.values())
    assert "The file counts with the next review." in page(people["sre"])
    opened(people["sre"]).get("/settings/profiles")
    assert list(PolicyVersion.objects.values()) == before


def test_every_item_of_the_standard_policy_has_its_reason_in_both_languages(db: None) -> None:
    reader = person("reader")
    korean = page(reader, "standard", "ko")
    for code, rule in load.get("standard").items.items():
        assert rule.reason, code
        assert f'id="{code}"' in korean
        assert rule.reason not in korean, f"{code} has no Korean reason"


def test_a_waiting_file_is_said_sentence_by_sentence(own: str, write: Write, people: dict[str, User]) -> None:
    write(timelock=0, more=LAXER)
    text = page(people["sre"])
    assert "G1.1: evidence stays fresh for 901 s instead of 15 min." in text
    assert "Release managers and administrators propose it." in text
    assert 'value="propose"' not in text and 'value="propose"' in page(people["manager"])
    assert "weaker file waits" in opened(people["sre"]).get("/settings/profiles").content.decode()


def test_a_broken_or_deleted_file_is_said_and_the_version_in_force_shown(
    own: str, write: Write, people: dict[str, User]
) -> None:
    path = write()
    path.write_text("= broken")
    assert "The file cannot be read." in page(people["sre"])
    path.unlink()
    assert "The file is gone." in page(people["sre"])


def test_from_the_proposal_to_its_effect_on_the_page(own: str, write: Write, people: dict[str, User]) -> None:
    write(more=LAXER)
    file = actions.look(own)
    assert file.file is not None
    digest = load.profile_digest(file.file)
    assert send(people["manager"], "propose", text="Slow.", expected_digest=digest).status_code == 302
    row = PolicyVersion.objects.get(state=State.PROPOSED)
    assert row.request is not None
    asked = row.request.subject_digest
    for who in ("sre", "security"):
        wrong = send(people[who], "sign", text="Seen.", password="a guess", expected_digest=asked)
        assert wrong.status_code == 403 and "Seen." in wrong.content.decode()
        right = send(people[who], "sign", text="Seen.", password=PASSWORD, expected_digest=asked)
        assert right.status_code == 302, right.content
    assert "proposed, 2 of 2 signed" in opened(people["sre"]).get("/settings/profiles").content.decode()
    assert isinstance(actions.take_effect(own), PolicyVersion)
    assert "proposed by Manager" in page(people["sre"])


@pytest.mark.parametrize(
    ("who", "act", "status"),
    [("data", "reject", 403), ("sre", "reject", 302), ("manager", "cancel", 302), ("data", "cancel", 403),
     ("data", "propose", 403), ("sre", "withdraw", 409), ("sre", "", 400), ("sre", "rogue", 400)],
)  # fmt: skip
def test_each_act_is_for_whom_it_is(
    proposed: PolicyVersion, people: dict[str, User], who: str, act: str, status: int
) -> None:
    digest = proposed.request.subject_digest  # type: ignore[union-attr]
    answer = send(people[who], act, text="A reason.", expected_digest=digest)
    assert answer.status_code == status, answer.content[-800:]
    assert (state_of(proposed) == State.PROPOSED) == (status != 302)


def test_a_digest_that_is_not_the_proposals_signs_nothing(
    proposed: PolicyVersion, people: dict[str, User]
) -> None:
    answer = send(people["sre"], "sign", password=PASSWORD, expected_digest="")
    assert answer.status_code == 409
    answer = send(people["sre"], "sign", password=PASSWORD, expected_digest="sha256:" + "0" * 64)
    assert answer.status_code == 409 and not proposed.request.live_approvals()  # type: ignore[union-attr]


def test_bad_words_and_names_are_never_a_500(proposed: PolicyVersion, people: dict[str, User]) -> None:
    digest = proposed.request.subject_digest  # type: ignore[union-attr]
    for text in ("", "x" * 2001, "\x00"):
        assert send(people["sre"], "reject", text=text, expected_digest=digest).status_code == 422
    for name in ("nobody", "x" * 300, "Not_a-name"):
        assert opened(people["sre"]).get(f"/settings/profiles/{name}").status_code == 404
        assert send(people["sre"], "sign", name).status_code in (403, 404, 409)


def test_a_file_with_an_impossible_name_is_listed_and_opens_nothing(
    own: str, write: Write, people: dict[str, User]
) -> None:
    write("Not a name")
    answer = opened(people["sre"]).get("/settings/profiles")
    assert answer.status_code == 200 and "Not a name" in answer.content.decode()


def test_seats_show_who_signed_and_who_could(proposed: PolicyVersion, people: dict[str, User]) -> None:
    sign(proposed, people["sre"], "password")
    text = page(people["security"])
    assert "password only" in text and "Security, Security2" in text


def test_one_version_that_cannot_be_read_leaves_the_others_on_the_list(
    own: str, people: dict[str, User]
) -> None:
    past_the_laws(
        "UPDATE policies_policyversion SET body = '{}'::bytea,"
        " digest = 'sha256:' || encode(sha256('{}'::bytea), 'hex') WHERE name = %s",
        own,
    )
    answer = opened(people["sre"]).get("/settings/profiles")
    text = answer.content.decode()
    assert answer.status_code == 200
    rows = {name: row for row in text.split("<tr")[1:] for name in (own, "standard") if f">{name}<" in row}
    assert "cannot be read" in rows[own] and "Install the release again" in rows[own]
    assert "in force" in rows["standard"] and "cannot be read" not in rows["standard"]
    assert text.index(f">{own}<") < text.index(">standard<")
