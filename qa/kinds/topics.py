"""Find the article that a question names: "the article about the harbour", "this article"."""

from __future__ import annotations

import re

from index.filters import Filter
from index.segmentation.folding import fold_text
from index.types import Article
from qa.language.words import content_stems, stem_coverage, stems
from qa.retrieval.retriever import Retriever

_ARTICLE = r"(?:(?:news|blog) )?(?:article|piece|story|post|page|document)"
ONE_ARTICLE = (
    rf"(?:this(?: {_ARTICLE})?|(?:the|that) article|(?:the |this |that |an? )?{_ARTICLE} (?:"
    r"(?:about|on|that (?:is about|mentions|discusses)|which is about|called|titled|entitled|"
    r"named|headed|from|of) (?P<topic>.+?)|(?P<title>[\"'].+[\"'])))"
)
"""A pattern, for folded text, of the words that name one article; `topic` and `title` say which.

Without them only an "article" counts: "the document" may be one that the articles mention."""

_THIS_ARTICLE = re.compile(rf"\bthis {_ARTICLE}\b")

_SEARCHED = 20
"""How many passages are retrieved for a topic."""

_MAX_SAME = 3
"""How many articles are meant at most, where several are about all of a topic."""


def names_this_article(question: str) -> bool:
    """Whether a question speaks of "this article", which is the one that was cited last."""
    return bool(_THIS_ARTICLE.search(fold_text(question)))


def articles_about(match: re.Match[str], retriever: Retriever, filter: Filter) -> list[Article]:
    """Return the articles that a match of `ONE_ARTICLE` means, most likely first, at most three.

    Those with the most words of the topic in their titles, or else the article of the best
    passage. Empty where no topic is named and the filter leaves more than one article.
    """
    snapshot = retriever.library.snapshot()
    if snapshot.count(filter) == 1:
        only = next(one for one in snapshot.articles() if filter.matches(one.id, one.metadata))
        return [snapshot.article(only.id)]
    topic = match["topic"] or match["title"]
    if not topic or not any(letter.isalnum() for letter in topic):
        return []
    passages = retriever.retrieve(topic, _SEARCHED, filter=filter)
    articles = list({passage.article.id: passage.article for passage in passages}.values())
    wanted = content_stems(topic)
    coverage = {
        article.id: stem_coverage(wanted, stems(article.metadata.title)) for article in articles
    }
    titled = [article for article in articles if coverage[article.id] == 1.0]
    return titled[:_MAX_SAME] or articles[:1]
