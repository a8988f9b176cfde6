"""A sentence survives storage and is worded late."""

from django.db import connection
from django.utils import translation

from orr.lib.sentence import Sentence, SentenceField, say


def test_a_stored_sentence_is_the_same_sentence() -> None:
    sentence = say("%(who)s waits for %(what)s.", who="Kim", what=say("SRE"))
    assert Sentence.from_json(sentence.as_json()) == sentence
    assert str(sentence) == "Kim waits for SRE."


def test_a_percent_sign_without_parameters_stays() -> None:
    assert str(say("100 % sure")) == "100 % sure"


def test_numbers_are_worded_in_the_readers_language() -> None:
    with translation.override("en"):
        assert str(say("%(n)s of 3", n=1.5)) == "1.5 of 3"


def test_foreign_words_that_no_database_holds_are_kept_as_far_as_it_can() -> None:
    kept = SentenceField().get_db_prep_value(say("It says %(why)s.", why="a\x00b\ud800c"), connection)
    assert kept.obj["params"]["why"] == "a\ufffdb?c"
