"""The verbatim law: what an answer shows are slices of its articles, for every kind."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Span
from qa.answer import Answer, AnswerKind, Candidate, Collection, Quote, cite
from qa.kinds.lists import in_full
from tests.helpers.web import build_article, texts

paragraphs = st.lists(texts.map(lambda text: f"x{text}"), min_size=1, max_size=6)


def spans_in(article: Article) -> st.SearchStrategy[tuple[int, Span]]:
    """Spans inside one paragraph, with its number."""

    def inside(number: int) -> st.SearchStrategy[tuple[int, Span]]:
        bounds = article.paragraphs[number - 1].span
        ends = st.tuples(*[st.integers(bounds.start, bounds.end)] * 2).map(sorted)
        return ends.map(lambda pair: (number, Span(pair[0], pair[1])))

    return st.sampled_from([p.number for p in article.paragraphs]).flatmap(inside)


def check(answer: Answer) -> None:
    for quote in answer.quotes:
        assert quote.quote == quote.article.text[quote.span.start : quote.span.end]
        covered = [p.number for p in quote.article.paragraphs if p.span.overlaps(quote.span)]
        assert set(covered) <= set(quote.paragraphs)
    assert answer.text == "\n".join(quote.quote for quote in answer.quotes)
    if len(answer.quotes) == 1:
        assert answer.text == answer.quotes[0].quote
    data = answer.to_json()
    assert [quote["quote"] for quote in data["quotes"]] == [q.quote for q in answer.quotes]
    assert data["kind"] == answer.kind
    refused = replace(answer, answered=False)
    assert (refused.quotes, refused.text) == ((), None)


@given(st.data(), paragraphs, st.sampled_from(["words", "sentences", "list", "table"]))
def test_the_best_quote_of_every_kind_is_verbatim(
    data: st.DataObject, words: list[str], kind: str
) -> None:
    article = build_article(*words)
    listed = tuple(replace(p, listed=kind in ("list", "table")) for p in article.paragraphs)
    article = replace(article, paragraphs=listed)
    number, span = data.draw(spans_in(article))
    own = article.paragraphs[number - 1].span
    quote = Quote(article, span, own if kind == "words" else span, number, 1.0)
    if kind == "list":
        quote = in_full("What are the steps?", quote)
    if kind == "table":
        quote = replace(quote, header=article.paragraphs[0].span)
    check(Answer("?", True, 0.5, True, Candidate(quote, 0.5, (quote.citation,))))


@given(
    st.data(),
    paragraphs,
    st.sampled_from([AnswerKind.ARTICLES, AnswerKind.OVERVIEW, AnswerKind.SOURCES]),
)
def test_collections_are_verbatim(data: st.DataObject, words: list[str], kind: AnswerKind) -> None:
    article = build_article(*words)
    found = data.draw(st.lists(spans_in(article), min_size=1, max_size=4))
    quotes = tuple(cite(article, span, number) for number, span in found)
    answer = Answer("?", True, 1.0, False, None, collection=Collection(kind, "", quotes))
    assert answer.kind is kind
    check(answer)
