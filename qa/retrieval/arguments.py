"""Validate the arguments of a search: the question, `k` and the filter."""

from __future__ import annotations

from index.embedding.model_files import encodable
from index.errors import SettingError, UnknownArticleError
from index.filters import Filter
from index.storage.snapshot import Snapshot
from index.validation import check_whole
from qa.errors import QuestionError

MAX_QUESTION_CHARACTERS = 4_000
"""The length of the longest question, checked before it is tokenised."""


def check_question(question: str) -> str:
    """Return a question with every run of white space replaced by one space.

    Raises QuestionError when it is not a string, is empty or has more than
    `MAX_QUESTION_CHARACTERS`.
    """
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; give a string")
    if len(question) > 25 * MAX_QUESTION_CHARACTERS or (
        len(folded := " ".join(question.split())) > MAX_QUESTION_CHARACTERS
    ):
        raise QuestionError(
            f"the question has {len(question):,} characters; the limit is "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it in a sentence or two."
        )
    if not any(character.isalnum() for character in folded):
        raise QuestionError("the question is empty; ask in words, such as: Who trains the agents?")
    # A shell argument that is not UTF-8 has lone surrogates, which no tokenizer accepts.
    return encodable(folded)


def check_k(k: int) -> int:
    """Return `k`. Raises SettingError when it is not a whole number of at least 1."""
    return check_whole("k", k, 1)


def check_filter(filter: Filter | None) -> Filter:
    """Return a filter, an empty one for None. Raises SettingError for anything else."""
    if filter is None:
        return Filter()
    if not isinstance(filter, Filter):
        raise SettingError(
            f"filter is {filter!r}; give a Filter, such as Filter(publisher='Harbour News')"
        )
    return filter


def check_articles(filter: Filter, snapshot: Snapshot) -> None:
    """Raise UnknownArticleError when no article has any of a filter's ids."""
    ids = filter.article_ids
    if ids and not any(article_id in snapshot for article_id in ids):
        raise UnknownArticleError(
            f"no article has the id {min(ids)!r}; pincite articles lists them, with "
            "the same --index or --articles"
        )
