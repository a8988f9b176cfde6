"""Signing is a sentence: who, in which role, what, with which guards, where; it names earlier reds."""

from orr.board.oath import oath, proposed
from tests.board.approval_fixture import approval
from tests.board.facts_fixture import facts
from tests.board.moment_fixture import NOW


def text(f: dict[str, object], name: str = "Seoyeon Lee", role: str = "Security") -> str:
    return "".join(part.text for part in oath(f, name, role))


def test_it_names_who_what_and_where() -> None:
    said = text(facts("proposed"))
    for part in (
        "Seoyeon Lee",
        "Security",
        "Doyun Kim",
        "Model v4 + search configuration",
        "3 changes",
        "1 guard",
        "prod-kr",
    ):
        assert part in said


def test_without_guards_it_speaks_of_none() -> None:
    assert "guard" not in text(facts("proposed", approval={**approval(), "guards": []}))


def test_an_earlier_red_is_acknowledged_with_its_value() -> None:
    f = facts("proposed")
    f["gates"][0]["items"][1]["earlier_red"] = {"at": NOW, "display": "842 ms"}
    parts = oath(f, "Seoyeon Lee", "Security")
    assert "I know that G1.2 Search p95 was red" in "".join(part.text for part in parts)
    assert [part.link for part in parts if part.link] == ["/orr/ORR-0142/items/G1.2"]


def test_braces_in_a_title_stay_braces() -> None:
    assert "{name} {nothing}" in text(facts("proposed", title="{name} {nothing}"))


def test_a_deputy_names_both() -> None:
    said = "".join(part.text for part in oath(facts("proposed"), "Seoyeon Lee", "Data", "Sehun Oh"))
    assert "I, Seoyeon Lee, sign for Sehun Oh in the role Data" in said


def test_a_password_alone_is_called_weak() -> None:
    assert "weak" in "".join(part.text for part in oath(facts("proposed"), "S", "Data", weak=True))
    assert "weak" not in text(facts("proposed"))


def test_who_signs_nothing_is_put_no_oath_into_the_mouth() -> None:
    said = "".join(part.text for part in proposed(facts("proposed")))
    assert "You do not sign it." in said
    assert not said.startswith("I, ")
