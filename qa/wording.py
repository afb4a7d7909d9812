"""The wording that the command line, the chat, exports and reports share.

Plain text without markup: the caller escapes it for HTML, Markdown or the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.segmentation.lexicon import MONTHS
from qa.answer import HasMetadata, Scope

NOT_ANSWERED = "The articles do not answer this."
UNSURE = "Not sure enough: no quote from the articles is certain enough to answer this."
NEAREST = "Closest passages"
GUESS = "A guess, too uncertain to be an answer"
ASK = "Ask a question about the articles; the answer is quoted from them."
GREETING = f"Hello. {ASK}"
THANKS = "You are welcome. Ask whenever you have another question about the articles."
ABOUT_PINCITE = (
    "Pincite answers questions about the articles by quoting them, and says where every quote "
    "stands. It knows nothing else and writes nothing of its own."
)
ONLY_QUOTES = (
    "Pincite only quotes the articles: it does not translate, rewrite or summarise in words of its "
    "own. Ask a question about them, or for the main points of one article."
)
UNKNOWN_WORDS = (
    "Most words of this question are in none of the articles. If it is in another language than "
    "theirs, ask it in theirs."
)
WHICH_ARTICLE = "Which article? Name its subject, or choose it with the filter."
NO_DATES = "No date of any article is known."
SOURCES_DIFFER = "Sources differ"

_LOOKED_FOR = 5
"""How many phrases of a question are listed."""

_LEVELS = ((0.85, "Very likely right"), (0.65, "Likely right"), (0.4, "Possibly right"))


def refusal(*, is_unsure: bool) -> str:
    """Return the sentence for a refusal; `is_unsure` is `Answer.is_unsure`."""
    return UNSURE if is_unsure else NOT_ANSWERED


def looked_for(phrases: Sequence[str]) -> str:
    """Return the sentence that lists what was searched for (`Answer.key_phrases`): five at most."""
    return f"Looked for: {', '.join(phrases[:_LOOKED_FOR])}."


def missing(names: Sequence[str]) -> str:
    """Return the sentence that lists one or more names no article has (`Answer.missing`)."""
    return f"No article mentions {alternatives(names)}."


def alternatives(names: Sequence[str]) -> str:
    """Return names in quotation marks, joined as alternatives: “A”, “B” or “C”."""
    *others, last = [f"“{name}”" for name in names]
    return f"{', '.join(others)}{' or ' if others else ''}{last}"


def scope(asked: Scope) -> str:
    """Return the sentence that says which articles were asked, where they are not all."""
    chosen = asked.filter
    conditions = [
        f"published by “{chosen.publisher}”" if chosen.publisher else "",
        f"by “{chosen.author}”" if chosen.author else "",
        f"from {day(chosen.after)} on" if chosen.after else "",
        f"until {day(chosen.before)}" if chosen.before else "",
        f"called “{chosen.title}”" if chosen.title else "",
        f"at “{chosen.path}”" if chosen.path else "",
        f"of {chosen.year}" if chosen.year is not None else "",
        *(f"with the {name} {alternatives(values)}" for name, values in chosen.fields.items()),
        "without those left out" if chosen.exclude else "",
        f"“{asked.cited_last}”, the one cited last" if asked.cited_last else "",
        "chosen one by one" if chosen.articles is not None and not asked.cited_last else "",
    ]
    named = ", ".join(filter(None, conditions))
    if not named:
        return f"Nothing was asked: “{asked.phrase}” fits no article."
    return f"Asked {asked.articles:,} of {counted(asked.total, 'article')}: {named}."


def no_article_by(name: str) -> str:
    """Return the sentence that says that a source of that name is among no article's."""
    return f"None of the articles is known to be by “{name}”, and none mentions it."


def authors(article: HasMetadata) -> str:
    """Return the sentence that names an article's authors, as far as they are known."""
    title, names = _title(article), article.metadata.authors
    if not names:
        return f"No author of {title} is known."
    *others, last = names
    return f"{_capital(title)} is by {', '.join(others)}{' and ' if others else ''}{last}."


def published(article: HasMetadata) -> str:
    """Return the sentence that says when an article was published, as far as it is known."""
    title, metadata = _title(article), article.metadata
    known = day(metadata.published) if metadata.published else metadata.year
    return f"{_capital(title)} is dated {known}." if known else f"No date of {title} is known."


def article_count(number: int) -> str:
    """Return the sentence that says how many articles there are."""
    return f"There {'is' if number == 1 else 'are'} {counted(number, 'article')}."


def mentions(number: int, total: int, term: str, *, is_complete: bool) -> str:
    """Return the sentence that says how many articles of all mention a term, as a quoted word.

    `is_complete` is whether all of them were looked through.
    """
    at_least = "" if is_complete else "At least "
    verb = "mentions" if number == 1 else "mention"
    return f"{at_least}{number:,} of {counted(total, 'article')} {verb} “{term}”."


def overview(article: HasMetadata) -> str:
    """Return the sentence above the sentences that sum an article up."""
    title = _capital(_title(article))
    return f"{title} in its own words: its first sentence and the most central ones."


def board(number: int, subject: str) -> str:
    """Return the sentence above the best sentences of some articles about a subject."""
    source = "one article has" if number == 1 else f"{number} articles have"
    return f"What {source} on “{subject}”: the closest sentence of each, newest first."


def no_mention(total: int, term: str) -> str:
    """Return the sentence that says that none of the articles that were asked mentions a term."""
    if total == 1:
        return f"The one article that was asked does not mention “{term}”."
    return f"None of the {total:,} articles that were asked mentions “{term}”."


def newest_of(number: int) -> str:
    """Return the sentence, with a space before it, that says that only the newest are listed."""
    return f" The {number} newest are listed."


def day(value: date) -> str:
    """Return a day in English words, independent of the locale: "7 August 2011"."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def _title(article: HasMetadata) -> str:
    return f"“{article.metadata.title}”" if article.metadata.title else "the article"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def confidence_level(probability: float) -> str:
    """Return a probability, 0..1, in words."""
    return next((words for least, words in _LEVELS if probability >= least), "Uncertain")


def confidence(probability: float, *, is_calibrated: bool) -> str:
    """Return a probability, 0..1, in words and percent: "Likely right, 72%"."""
    note = "" if is_calibrated else " (a rough estimate)"
    return f"{confidence_level(probability)}, {round(100 * probability)}%{note}"


def recalibrated(votes: int) -> str:
    """Return the note for a confidence that votes changed (`Answer.recalibration`)."""
    return f"The percentage takes {votes:,} votes on earlier answers into account."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 question", "2 questions"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
