"""Escaping preserves all text, and marks cover exactly their spans."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from qa.web import templates
from qa.web.html import escape, escape_attribute, mark_spans
from tests.helpers.web import read, texts


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, Span, list[Span]]:
    text = draw(texts)
    places = st.integers(0, len(text))
    spans = st.tuples(places, places).map(lambda pair: Span(min(pair), max(pair)))
    return text, draw(spans), draw(st.lists(spans, max_size=3))


@given(texts)
def test_escaped_text_reads_back_exactly(text: str) -> None:
    assert read(escape(text)) == text
    assert read(escape_attribute(text)) == text


@given(texts)
def test_escaped_text_contains_no_markup_characters(text: str) -> None:
    own = re.sub(r'<bdi class="control">[\u202a-\u202e\u2066-\u2069]</bdi>', "", escape(text))
    assert not set(own) & set("<>\"'\r${}")
    assert not set(escape_attribute(text)) & set("<>\"'\r${}")


@given(texts_with_spans())
def test_marked_text_reads_back_as_the_span(case: tuple[str, Span, list[Span]]) -> None:
    text, span, marks = case
    assert read(mark_spans(text, span, marks)) == span.of(text)


@given(texts_with_spans())
def test_marks_cover_exactly_their_spans(case: tuple[str, Span, list[Span]]) -> None:
    text, span, marks = case
    covered = [
        character
        for position, character in enumerate(text)
        if span.start <= position < span.end
        and any(mark.start <= position < mark.end for mark in marks)
    ]
    found = re.findall(r"<mark>(.*?)</mark>", mark_spans(text, span, marks), re.DOTALL)
    assert "".join(map(read, found)) == "".join(covered)


def test_a_quote_with_emoji_and_crlf_before_it_is_marked_exactly() -> None:
    text = "Mood: 🙂🙂\r\nThe mayor resigned.\r\n"
    start = text.index("mayor")
    assert mark_spans(text, Span(0, len(text)), [Span(start, start + 5)]) == (
        "Mood: 🙂🙂&#13;\nThe <mark>mayor</mark> resigned.&#13;\n"
    )


def test_reordering_characters_are_isolated() -> None:
    assert escape("a\u202eb") == 'a<bdi class="control">\u202e</bdi>b'
    # Direction marks are harmless and stay as they are.
    assert escape("a\u200fb") == "a\u200fb"


def test_characters_that_html_cannot_carry_are_replaced() -> None:
    assert escape("a\0b\ud800c") == "a\ufffdb\ufffdc"


def test_templates_escape_values_for_text_and_for_attributes() -> None:
    value = '<b title="x">${1}\u202e'
    text = '&lt;b title=&quot;x&quot;&gt;&#36;&#123;1&#125;<bdi class="control">\u202e</bdi>'
    quoted = "&lt;b title=&quot;x&quot;&gt;&#36;&#123;1&#125;\u202e"
    template = templates._environment.from_string('<a title="{{ v | attribute }}">{{ v }}</a>')
    assert template.render(v=value) == f'<a title="{quoted}">{text}</a>'


def test_templates_escape_values_in_tags_as_attributes() -> None:
    folder = Path(templates.__file__).parent / "templates"
    for path in folder.rglob("*.html"):
        source = re.sub(r"{[%#].*?[%#]}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for tag in re.findall(r"<[a-z](?:{{.*?}}|[^<>])*>", source):
            for value in re.findall(r"{{(.*?)}}", tag):
                assert "| attribute" in value, f"{path.name}: {tag}"
