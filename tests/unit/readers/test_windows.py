"""Which parts of the articles a reader reads."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Kind, Metadata, Paragraph, Span
from qa.answer import Passage
from qa.readers.windows import (
    LONGEST,
    PER_ARTICLE,
    WHOLE,
    reading_windows,
    section_title,
)


def article_of(name: str, *paragraphs: tuple[str, Kind]) -> Article:
    found, at = [], 0
    for number, (text, kind) in enumerate(paragraphs, start=1):
        found.append(Paragraph(number, Span(at, at + len(text)), kind))
        at += len(text) + 2
    text = "\n\n".join(text for text, _ in paragraphs)
    return Article(name, text, tuple(found), Metadata(title=name.title()))


def passage_of(article: Article, *numbers: int) -> Passage:
    paragraphs = [article.paragraphs[number - 1] for number in numbers]
    span = Span(paragraphs[0].span.start, paragraphs[-1].span.end)
    return Passage(article, span, numbers, 10, 1.0)


RECIPE = article_of(
    "bread",
    ("Bread", Kind.HEADING),
    ("Nothing here matters.", Kind.BODY),
    ("What you need", Kind.HEADING),
    ("You need three things:", Kind.BODY),
    ("flour", Kind.BODY),
    ("water", Kind.BODY),
    ("salt", Kind.BODY),
    ("How to bake it", Kind.HEADING),
    ("Bake it for an hour.", Kind.BODY),
)


def test_a_list_item_is_read_with_its_list_and_its_lead_in() -> None:
    (window,) = reading_windows([passage_of(RECIPE, 6)])
    text = window.span.of(RECIPE.text)
    assert text.startswith("What you need")
    assert text.endswith("salt")
    assert window.paragraphs == (3, 4, 5, 6, 7)
    assert section_title(window) == "Bread"


def test_a_window_is_titled_with_the_heading_above_it() -> None:
    (window,) = reading_windows([passage_of(RECIPE, 8, 9)])
    assert window.span.of(RECIPE.text) == "How to bake it\n\nBake it for an hour."
    body = passage_of(article_of("a", ("Rules", Kind.HEADING), ("x" * 700, Kind.BODY)), 2)
    (long,) = reading_windows([body])
    assert section_title(long) == "A › Rules"


def test_passages_of_one_list_are_read_once() -> None:
    passages = [passage_of(RECIPE, number) for number in (6, 5, 7, 9)]
    windows = reading_windows(passages)
    assert [window.rank for window in windows] == [0, 3]


def test_what_is_not_searched_is_not_read() -> None:
    article = article_of(
        "a", ("One.", Kind.BODY), ("Subscribe!", Kind.BOILERPLATE), ("Two.", Kind.BODY)
    )
    (window,) = reading_windows([passage_of(article, 3)])
    assert window.span.of(article.text) == "Two."


def test_three_windows_of_an_article_come_before_a_fourth() -> None:
    long = [("word " * 130, Kind.BODY)] * 6
    first, second = article_of("first", *long), article_of("second", *long)
    passages = [passage_of(first, n) for n in (1, 2, 3, 4, 5)] + [passage_of(second, 1)]
    windows = reading_windows(passages, 4)
    assert [window.article.id for window in windows] == ["first"] * 3 + ["second"]
    assert len(reading_windows(passages[:5], 4)) == 4


PARAGRAPHS = st.lists(
    st.tuples(
        st.integers(1, 900).map(lambda size: "x" * size),
        st.sampled_from([Kind.BODY, Kind.BODY, Kind.BODY, Kind.HEADING, Kind.COMMENT]),
    ),
    min_size=1,
    max_size=12,
)


@given(st.lists(PARAGRAPHS, min_size=1, max_size=3), st.data())
def test_windows_hold_their_passages_and_do_not_overlap(
    texts: list[list[tuple[str, Kind]]], data: st.DataObject
) -> None:
    articles = [article_of(f"a{at}", *paragraphs) for at, paragraphs in enumerate(texts)]
    every = [
        passage_of(article, p.number)
        for article in articles
        for p in article.paragraphs
        if p.kind.is_searched
    ]
    passages = data.draw(st.permutations(every))
    windows = reading_windows(passages, 5)
    assert len(windows) <= 5
    for at, window in enumerate(windows):
        assert window.passage is passages[window.rank]
        assert len(window.span) <= max(LONGEST, len(window.passage.span)) <= WHOLE
        assert not any(
            other.article.id == window.article.id and other.span.overlaps(window.span)
            for other in windows[:at]
        )
        kinds = [window.article.paragraphs[n - 1].kind for n in window.paragraphs]
        assert all(kind.is_searched for kind in kinds)
    if len(windows) < 5:
        # Nothing that was found is left out.
        for passage in passages:
            assert any(
                w.article.id == passage.article.id and w.span.overlaps(passage.span)
                for w in windows
            )
    counts = Counter(window.article.id for window in windows)
    if max(counts.values(), default=0) > PER_ARTICLE:
        others = {p.article.id for p in passages} - {max(counts, key=lambda name: counts[name])}
        assert all(
            any(w.article.id == p.article.id and w.span.overlaps(p.span) for w in windows)
            for p in passages
            if p.article.id in others and counts[p.article.id] < PER_ARTICLE
        )
