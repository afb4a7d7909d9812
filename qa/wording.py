"""The wording that the command line, the chat, exports and reports share.

Plain text without markup: the caller escapes it for HTML, Markdown or the terminal. Functions
return the current language, and constants are translated where they are shown (`qa.translation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qa.answer import Citation, HasMetadata, Scope
from qa.translation import N_, _, ngettext

NOT_ANSWERED = N_("The articles do not answer this.")
UNSURE = N_("Not sure enough: no quote from the articles is certain enough to answer this.")
NEAREST = N_("Closest passages")
GUESS = N_("A guess, too uncertain to be an answer")
ASK = N_("Ask a question about the articles; the answer is quoted from them.")
GREETING = N_("Hello. Ask a question about the articles; the answer is quoted from them.")
THANKS = N_("You are welcome. Ask whenever you have another question about the articles.")
ABOUT_PINCITE = N_(
    "Pincite answers questions about the articles by quoting them, and says where every quote "
    "stands. It knows nothing else and writes nothing of its own."
)
ONLY_QUOTES = N_(
    "Pincite only quotes the articles: it does not translate, rewrite or summarise in words of its "
    "own. Ask a question about them, or for the main points of one article."
)
UNKNOWN_WORDS = N_(
    "Most words of this question are in none of the articles. If it is in another language than "
    "theirs, ask it in theirs."
)
WHICH_ARTICLE = N_("Which article? Name its subject, or choose it with the filter.")
NO_DATES = N_("No date of any article is known.")
SOURCES_DIFFER = N_("Sources differ")

_LOOKED_FOR = 5
"""How many phrases of a question are listed."""

_LEVELS = (
    (0.85, N_("Very likely right, {percent}%")),
    (0.65, N_("Likely right, {percent}%")),
    (0.4, N_("Possibly right, {percent}%")),
    (0.0, N_("Uncertain, {percent}%")),
)
_MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June")),
    *(N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)


def refusal(*, is_unsure: bool) -> str:
    """Return the sentence for a refusal; `is_unsure` is `Answer.is_unsure`."""
    return _(UNSURE if is_unsure else NOT_ANSWERED)


def looked_for(phrases: Sequence[str]) -> str:
    """Return the sentence that lists what was searched for (`Answer.key_phrases`): five at most."""
    return _("Looked for: {phrases}.").format(phrases=", ".join(phrases[:_LOOKED_FOR]))


def missing(names: Sequence[str]) -> str:
    """Return the sentence that lists one or more names no article has (`Answer.missing`)."""
    return _("No article mentions {names}.").format(names=alternatives(names))


def alternatives(names: Sequence[str]) -> str:
    """Return names in quotation marks, joined as alternatives: “A”, “B” or “C”."""
    *others, last = [f"“{name}”" for name in names]
    return _("{names} or {last}").format(names=", ".join(others), last=last) if others else last


def conjunction(names: Sequence[str]) -> str:
    """Return one or more names as a list: "A, B and C"."""
    *others, last = names
    return _("{names} and {last}").format(names=", ".join(others), last=last) if others else last


def scope(asked: Scope) -> str:
    """Return the sentence that says which articles were asked, where they are not all."""
    chosen = asked.filter
    conditions = [
        _("published by “{name}”").format(name=chosen.publisher) if chosen.publisher else "",
        _("by “{name}”").format(name=chosen.author) if chosen.author else "",
        _("from {day} on").format(day=day(chosen.after)) if chosen.after else "",
        _("until {day}").format(day=day(chosen.before)) if chosen.before else "",
        _("called “{title}”").format(title=chosen.title) if chosen.title else "",
        _("at “{path}”").format(path=chosen.path) if chosen.path else "",
        _("of {year}").format(year=chosen.year) if chosen.year is not None else "",
        *(
            _("with the {field} {values}").format(field=field, values=alternatives(values))
            for field, values in chosen.fields.items()
        ),
        _("without those left out") if chosen.exclude else "",
        _("“{title}”, the one cited last").format(title=asked.cited_last)
        if asked.cited_last
        else "",
        _("chosen one by one") if chosen.articles is not None and not asked.cited_last else "",
    ]
    named = ", ".join(filter(None, conditions))
    if not named:
        return _("Nothing was asked: “{phrase}” fits no article.").format(phrase=asked.phrase)
    known = ngettext(
        "Asked {count:,} of {total:,} article: {conditions}.",
        "Asked {count:,} of {total:,} articles: {conditions}.",
        asked.total,
    ).format(count=asked.articles, total=asked.total, conditions=named)
    return known + undated(asked.undated)


def undated(number: int) -> str:
    """Return, after a space, the sentence on articles left out for want of a date, if any."""
    left_out = _("Left out, with no known date: {articles}.").format(articles=articles(number))
    return f" {left_out}" if number else ""


def no_article_by(name: str) -> str:
    """Return the sentence that says that a source of that name is among no article's."""
    return _("None of the articles is known to be by “{name}”, and none mentions it.").format(
        name=name
    )


def authors(article: HasMetadata) -> str:
    """Return the sentence that names an article's authors, as far as they are known."""
    title, names = article.metadata.title, article.metadata.authors
    if not names:
        known = (
            _("No author of “{title}” is known.")
            if title
            else _("No author of the article is known.")
        )
        return known.format(title=title)
    known = _("“{title}” is by {names}.") if title else _("The article is by {names}.")
    return known.format(title=title, names=conjunction(names))


def published(article: HasMetadata) -> str:
    """Return the sentence that says when an article was published, as far as it is known."""
    title, known_date = article.metadata.title, _date(article)
    if not known_date:
        known = (
            _("No date of “{title}” is known.") if title else _("No date of the article is known.")
        )
    else:
        known = _("“{title}” is dated {date}.") if title else _("The article is dated {date}.")
    return known.format(title=title, date=known_date)


def article_count(number: int) -> str:
    """Return the sentence that says how many articles there are."""
    return ngettext("There is {count:,} article.", "There are {count:,} articles.", number).format(
        count=number
    )


def mentions(number: int, total: int, term: str, *, is_complete: bool) -> str:
    """Return the sentence that says how many articles of all mention a term, as a quoted word.

    `is_complete` is whether all of them were looked through.
    """
    if is_complete:
        sentence = ngettext(
            "{count:,} of {articles} mentions “{term}”.",
            "{count:,} of {articles} mention “{term}”.",
            number,
        )
    else:
        sentence = ngettext(
            "At least {count:,} of {articles} mentions “{term}”.",
            "At least {count:,} of {articles} mention “{term}”.",
            number,
        )
    return sentence.format(count=number, articles=articles(total), term=term)


def overview(article: HasMetadata) -> str:
    """Return the sentence above the sentences that sum an article up."""
    title = article.metadata.title
    if not title:
        return _("The article in its own words: its first sentence and the most central ones.")
    return _("“{title}” in its own words: its first sentence and the most central ones.").format(
        title=title
    )


def sources(number: int, subject: str) -> str:
    """Return the sentence above the best sentences of some articles about a subject."""
    return ngettext(
        "What one article has on “{subject}”: the closest sentence of each, newest first.",
        "What {count} articles have on “{subject}”: the closest sentence of each, newest first.",
        number,
    ).format(count=number, subject=subject)


def no_mention(total: int, term: str) -> str:
    """Return the sentence that says that none of the articles that were asked mentions a term."""
    return ngettext(
        "The one article that was asked does not mention “{term}”.",
        "None of the {count:,} articles that were asked mentions “{term}”.",
        total,
    ).format(count=total, term=term)


def newest_of(number: int) -> str:
    """Return the sentence, with a space before it, that says that only the newest are listed."""
    return " " + _("The {count} newest are listed.").format(count=number)


def later(citation: Citation) -> str:
    """Return the note on a version that says what a later, dated article says instead."""
    return _("Later article, {date}: “{quote}”").format(
        date=_date(citation.article), quote=citation.quote
    )


def day(value: date) -> str:
    """Return a day in words, independent of the locale: "7 August 2011"."""
    month = _(_MONTHS[value.month - 1])
    return _("{day} {month} {year}").format(day=value.day, month=month, year=value.year)


def _date(article: HasMetadata) -> str:
    """Return the day or the year of an article, "" where neither is known."""
    metadata = article.metadata
    return day(metadata.published) if metadata.published else str(metadata.year or "")


def confidence(probability: float, *, is_calibrated: bool) -> str:
    """Return a probability, 0..1, in words and percent: "Likely right, 72%"."""
    words = next(words for least, words in _LEVELS if probability >= least)
    note = "" if is_calibrated else " " + _("(a rough estimate)")
    return _(words).format(percent=round(100 * probability)) + note


def recalibrated(votes: int) -> str:
    """Return the note for a confidence that votes changed (`Answer.recalibration`)."""
    return _("The percentage takes {count:,} votes on earlier answers into account.").format(
        count=votes
    )


def articles(number: int) -> str:
    """Return a number of articles: "1 article", "2 articles"."""
    return ngettext("{count:,} article", "{count:,} articles", number).format(count=number)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in English: "1 question", "2 questions"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
