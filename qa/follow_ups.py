"""Answer a question in its conversation.

A question that does not stand alone is asked of the article that was cited last. Other articles
answer it only if they have the words of its topic: "How many people died?" about an accident is
never answered from a war.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from index.filters import Filter
from index.types import Article
from qa.answer import Answer, with_title
from qa.kinds.scope import narrow
from qa.kinds.topics import names_this_article
from qa.language.words import certain_names, content_stems, stems, words
from qa.matching.mentions import mentions
from qa.query_rewriting import Rewrite, Turn, rewrite_question
from qa.query_rewriting.conversation import proper_names
from qa.retrieval.retriever import Retriever

INTERCEPT = -6.094
COEFFICIENTS = (1.212, 0.42, -2.793)
"""Log odds that a question stands alone; fitted by bench/followups/standalone.py on asked/train."""


class Ask(Protocol):
    """Answers a stand-alone question; the arguments are those of `Chatbot.ask`."""

    def __call__(self, question: str, context: Sequence[str], filter: Filter) -> Answer: ...


def answer_follow_up(
    question: str, history: Sequence[Turn], filter: Filter, retriever: Retriever, ask: Ask
) -> Answer:
    """Return the answer to a question asked after some turns, oldest first."""
    rewrite = rewrite_question(question, history)
    cited = _cited_last(history, filter, retriever)
    if cited is None or narrow(question, filter, retriever.library.snapshot()):
        return _ask_all(question, rewrite, filter, ask)
    if names_this_article(question):
        # It is the one that was cited, not the subject of the conversation.
        rewrite = Rewrite(question, False)
    elif (not rewrite.changed and _names_topic(question, history)) or stands_alone(
        question, rewrite, cited, filter, retriever
    ):
        return ask(question, (), filter)
    # The article supplies the topic that a guess would add.
    asked = question if rewrite.guessed else rewrite.question
    within = replace(filter, articles=[cited.id])
    answer = _as_understood(ask(asked, (), within), question)
    topic = set(content_stems(" ".join((*rewrite.added, *rewrite.context))))
    if topic and not answer.answered and answer.remark is None:
        elsewhere = ask(rewrite.question, rewrite.context, filter)
        shown = [one for version in elsewhere.versions for one in version.citations]
        articles = {one.article.id: one.article for one in shown or elsewhere.citations}
        if articles and all(topic <= _stems(article) for article in articles.values()):
            return _as_understood(elsewhere, question)
    if answer.scope is None:
        return answer
    return replace(answer, scope=replace(answer.scope, cited_last=cited.metadata.title))


def stands_alone(
    question: str, rewrite: Rewrite, cited: Article, filter: Filter, retriever: Retriever
) -> bool:
    """Return whether a question is about something else than the article that was cited last.

    It is if that article lacks a name or words of it that others have, unless the question refers
    back.
    """
    if not rewrite.changed and _has_another_name(question, cited, retriever):
        return True
    found = standalone_features(question, rewrite, cited, filter, retriever)
    # An article that has all the words is never left.
    weighted = (weight * value for weight, value in zip(COEFFICIENTS, found, strict=True))
    return found[0] > 0 and INTERCEPT + sum(weighted) > 0


def _has_another_name(question: str, cited: Article, retriever: Retriever) -> bool:
    """Whether a question has a name or number that only other articles have."""
    snapshot, text = retriever.library.snapshot(), with_title(cited, cited.text)
    return any(
        all(map(snapshot.has_word, words(name)))
        for name in certain_names(question)
        if not mentions(text, name)
    )


def standalone_features(
    question: str, rewrite: Rewrite, cited: Article, filter: Filter, retriever: Retriever
) -> tuple[float, float, float]:
    """Return what `stands_alone` is decided by.

    The number of the question's content words that the article lacks; by how much the best BM25
    score of all articles exceeds the best of that one; and 1 if the question refers back, else 0.
    """
    missing = set(content_stems(question)) - _stems(cited)
    snapshot = retriever.library.snapshot()
    within = replace(filter, articles=[cited.id])
    best, best_within = (
        max(snapshot.bm25(question, 1, one)[1], default=0.0) for one in (filter, within)
    )
    refers_back = rewrite.changed and not rewrite.guessed
    return float(len(missing)), float(best - best_within), float(refers_back)


def _ask_all(question: str, rewrite: Rewrite, filter: Filter, ask: Ask) -> Answer:
    """Return the answer from all articles that the filter leaves."""
    answer = ask(rewrite.question, rewrite.context, filter)
    if rewrite.guessed and not answer.answered:
        alone = ask(question, (), filter)
        if alone.answered:
            return alone
    return _as_understood(answer, question)


def _as_understood(answer: Answer, question: str) -> Answer:
    """Return the answer to a completed question as that to the question as typed."""
    if answer.question == question:
        return answer
    return replace(answer, question=question, understood=answer.question)


def _names_topic(question: str, history: Sequence[Turn]) -> bool:
    """Whether a question has a name that was asked about before, so that it cannot lose it."""
    asked = {name.head for turn in history for name in proper_names(turn.standalone)}
    return any(name.head in asked for name in proper_names(question))


def _cited_last(history: Sequence[Turn], filter: Filter, retriever: Retriever) -> Article | None:
    """Return the article that was cited last, None if none was or it is not to be asked."""
    snapshot = retriever.library.snapshot()
    last = next((turn.article for turn in reversed(history) if turn.article is not None), None)
    if last is None or last not in snapshot:
        return None
    article = snapshot.article(last)
    return article if filter.matches(article.id, article.metadata) else None


def _stems(article: Article) -> set[str]:
    return stems(with_title(article, article.text))
