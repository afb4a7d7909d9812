"""Export a conversation with its citations as Markdown or as one HTML page.

Text from articles, questions and the browser is escaped in both formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from qa import wording
from qa.translation import N_, _, ngettext
from qa.web import templates
from qa.web.chat import citation_text
from qa.web.chat.citation_text import literal
from qa.web.chat.history import AnswerView, CitationView, Exchange

TITLE = N_("Questions to the articles")
_PROMISE = N_("Every answer is a quotation; the link next to it opens the cited words.")


def to_markdown(exchanges: Sequence[Exchange], base_url: str, day: date) -> str:
    """Return the conversation as CommonMark; links to articles start with `base_url`."""
    parts = [f"# {_(TITLE)}", f"{wording.day(day)}. {_(_PROMISE)}"]
    for number, exchange in enumerate(exchanges, start=1):
        parts.append(f"## {number}\\. {literal(exchange.question)}")
        if exchange.understood != exchange.question:
            parts.append(f"{_('Understood as:')} {literal(exchange.understood)}")
        if exchange.answer is not None and exchange.answer.scope:
            parts.append(literal(exchange.answer.scope))
        if exchange.answer is None or exchange.answer.remark:
            said = exchange.answer.remark if exchange.answer else exchange.message
            parts.append(literal(_(said)))
        elif exchange.answer.quotes:
            parts.append(literal(exchange.answer.statement))
            for quote in exchange.answer.quotes:
                parts += [f"> **{literal(quote.quote)}**", _reference(quote, base_url)]
        elif exchange.answer.answered:
            parts += _answer(exchange.answer, base_url)
        else:
            parts += _refusal(exchange.answer, base_url)
    return "\n\n".join(parts) + "\n"


def to_html(exchanges: Sequence[Exchange], base_url: str, day: date) -> str:
    """Return the conversation as a page that loads nothing; arguments as for `to_markdown`."""
    return templates.render(
        "chat/export.html",
        exchanges=exchanges,
        base_url=base_url,
        day=day,
        title=_(TITLE),
        promise=_(_PROMISE),
        wording=wording,
        version_count=version_count,
        citation_text=citation_text,
    )


def version_count(answer: AnswerView) -> str:
    """Return the sentence that says how many versions an answer has."""
    return ngettext(
        "There is {count} version:", "There are {count} versions:", len(answer.versions)
    ).format(count=len(answer.versions))


def _answer(answer: AnswerView, base_url: str) -> list[str]:
    parts = []
    if len(answer.versions) > 1:
        parts.append(f"{_(wording.SOURCES_DIFFER)}. {version_count(answer)}")
    for version in answer.versions:
        first, *others = version.sources
        start, end = "" if version.starts else "… ", "" if version.ends else " …"
        confidence = wording.confidence(version.confidence, is_calibrated=answer.calibrated)
        parts += [
            *([literal(version.header)] if version.header else []),
            f"**{literal(version.words)}**",
            f"> {literal(f'{start}{version.before}{version.sentence}{version.after}{end}')}",
            f"{_reference(first, base_url)}  \n{literal(confidence)}",
            *([literal(version.later)] if version.later else []),
        ]
        if others:
            parts.append(_("Other sources:"))
            parts.append(
                _bullets(
                    f"“{literal(source.quote)}” {_reference(source, base_url)}" for source in others
                )
            )
    return parts


def _refusal(answer: AnswerView, base_url: str) -> list[str]:
    parts = [wording.refusal(is_unsure=answer.unsure)]
    if answer.looked_for:
        parts.append(literal(wording.looked_for(answer.looked_for)))
    if answer.missing:
        parts.append(literal(wording.missing(answer.missing)))
    if answer.nearest:
        parts.append(f"{_(wording.NEAREST)}:")
        parts.append(
            _bullets(
                f"{literal(passage.words)} {_reference(passage.source, base_url)}"
                for passage in answer.nearest
            )
        )
    return parts


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _reference(source: CitationView, base_url: str) -> str:
    links = [f"[{_('to the words')}]({citation_text.autolink(base_url + source.link)})"]
    if source.at_source:
        links.append(f"[{_('at source')}]({citation_text.autolink(source.at_source)})")
    return f"({citation_text.markdown_reference(source)}; {', '.join(links)})"
