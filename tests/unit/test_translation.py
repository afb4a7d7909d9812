"""The catalogues are complete, and sentences appear in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from qa import wording
from qa.translation import LANGUAGES, catalog, language
from qa.web.language import preferred
from tests import PROJECT

Ids = str | tuple[str, ...]


def marked() -> set[Ids]:
    """Return the sentences that are marked in the code, with their plurals."""
    keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
    with (PROJECT / "qa/locale/mapping.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(PROJECT / "qa"), methods, options, keywords)
    return {message for _, _, message, _, _ in found}


@pytest.fixture
def spanish() -> Iterator[None]:
    token = language.set("es")
    yield
    language.reset(token)


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {"en"}))
def test_each_sentence_is_in_the_catalogue_with_its_values(code: str) -> None:
    translated = {message.id: message.string for message in catalog(code) if message.id}
    assert marked() == set(translated)
    for source, target in translated.items():
        originals = [source] if isinstance(source, str) else source
        targets = [target] if isinstance(target, str) else target
        values = {name for text in originals for name in re.findall(r"\{(\w+)", text)}
        assert all(targets), source
        for text in targets:
            assert set(re.findall(r"\{(\w+)", text)) <= values, source
        assert {name for text in targets for name in re.findall(r"\{(\w+)", text)} == values, source


@pytest.mark.usefixtures("spanish")
def test_sentences_are_translated_and_names_are_not() -> None:
    assert wording.day(date(2011, 8, 7)) == "7 de agosto de 2011"
    assert wording.article_count(1) == "Hay 1 artículo."
    assert wording.article_count(2) == "Hay 2 artículos."
    assert wording.missing(["April"]) == "Ningún artículo menciona “April”."
    assert wording.confidence(0.9, is_calibrated=True) == "Muy probablemente correcta, 90 %"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,es;q=0.9", "en"),
        ("fr,es;q=0.3,en;q=0.2", "es"),
        ("fr", "en"),
        ("es;q=x, ;q=,", "en"),
        ("*", "en"),
    ],
)
def test_the_browsers_language_is_chosen(header: str, code: str) -> None:
    assert preferred(header) == code
