"""Every text has its words in every language: nothing missing, nothing guessed, no place lost."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from orr import catalogues

PLACE = re.compile(r"%\((\w+)\)[sdf]")


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return catalogues.collect()


@pytest.fixture(scope="module", params=catalogues.LANGUAGES)
def translated(request: pytest.FixtureRequest) -> Catalog:
    language: str = request.param
    with catalogues.path(language).open("rb") as source:
        return read_po(source, locale=language, domain=catalogues.DOMAIN)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def wanted(texts: Catalog) -> list[Message]:
    return [message for message in texts if message.id]


def test_the_sources_hold_texts(texts: Catalog) -> None:
    assert len(wanted(texts)) > 100


def test_every_text_is_translated(texts: Catalog, translated: Catalog) -> None:
    missing = []
    for message in wanted(texts):
        found = translated.get(forms(message.id)[0], message.context)
        if found is None or not all(forms(found.string)):
            missing.append(forms(message.id)[0])
    assert missing == []


def test_no_translation_is_a_guess(translated: Catalog) -> None:
    assert [forms(message.id)[0] for message in translated if message.id and message.fuzzy] == []


def test_no_translation_has_lost_its_source(texts: Catalog, translated: Catalog) -> None:
    known = {(forms(message.id)[0], message.context) for message in wanted(texts)}
    left = [forms(m.id)[0] for m in translated if m.id and (forms(m.id)[0], m.context) not in known]
    assert left == []


def test_places_are_the_same_in_every_language(translated: Catalog) -> None:
    for message in translated:
        if message.id and all(forms(message.string)):
            expected = set(PLACE.findall(" ".join(forms(message.id))))
            for form in forms(message.string):
                assert set(PLACE.findall(form)) <= expected, form
            assert set(PLACE.findall(" ".join(forms(message.string)))) == expected, message.id


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    text = catalogues.path("ko", tmp_path)
    text.parent.mkdir(parents=True)
    text.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Go"\nmsgstr "진행"\n'
    )
    assert catalogues.compile_catalogues(tmp_path) == [text.with_suffix(".mo")]
    assert catalogues.compile_catalogues(tmp_path) == []
    text.with_suffix(".mo").unlink()
    assert catalogues.compile_catalogues(tmp_path) == [text.with_suffix(".mo")]
