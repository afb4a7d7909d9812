"""A conversation with its citations, to keep or pass on: Markdown, or one HTML page.

Whatever an article, a question or the browser brought is text in both: in Markdown every
character with a meaning is escaped, in HTML all goes through `marking.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from qa.web.chat import citation_text as citing
from qa.web.chat.cards import confidence_words, nearest_words
from qa.web.chat.citation_text import literal
from qa.web.chat.exchange import Exchange, Near, Shown, Source, Version
from qa.web.html import attribute, escape

TITLE = "Questions to the articles"
_PROMISE = "Every answer is a quotation; the link beside it leads to the words."

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif;"
    "overflow-wrap:anywhere}"
    "h1,blockquote,q{font-family:Georgia,'Liberation Serif',serif}"
    "h2{font-size:1.1rem;margin:2.2rem 0 .4rem}blockquote{margin:.6rem 0;font-size:1.1rem}"
    "q{quotes:none}mark{padding:.05em .1em}"
    ".quiet,footer{opacity:.78;font-size:.9rem}p{margin:.3rem 0}li{margin:.5rem 0}"
    "section{border-top:1px solid #8886}"
)


def to_markdown(exchanges: Sequence[Exchange], base: str, day: date) -> str:
    """The conversation as CommonMark; `base` is the address that links are relative to."""
    parts = [f"# {TITLE}", f"{citing.day_words(day)}. {_PROMISE}"]
    for number, exchange in enumerate(exchanges, start=1):
        parts.append(f"## {number}\\. {literal(exchange.question)}")
        if exchange.understood != exchange.question:
            parts.append(f"Understood as: {literal(exchange.understood)}")
        if exchange.shown is None:
            parts.append(literal(exchange.message))
        elif exchange.shown.answered:
            parts += _answer_markdown(exchange.shown, base)
        else:
            parts += _refusal_markdown(exchange.shown, base)
    return "\n\n".join(parts) + "\n"


def to_html(exchanges: Sequence[Exchange], base: str, day: date) -> str:
    """The conversation as one page that loads nothing; `base` as for `to_markdown`."""
    sections = "".join(
        f"<section>{_exchange_html(number, exchange, base)}</section>"
        for number, exchange in enumerate(exchanges, start=1)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="referrer" content="no-referrer">'
        f"<title>{TITLE}, {citing.day_words(day)}</title><style>{_STYLE}</style></head>"
        f'<body><main><h1>{TITLE}</h1><p class="quiet">{citing.day_words(day)}. {_PROMISE}</p>'
        f"{sections}</main></body></html>\n"
    )


def _answer_markdown(shown: Shown, base: str) -> list[str]:
    parts = []
    if len(shown.versions) > 1:
        parts.append(f"Sources differ. There are {len(shown.versions)} versions:")
    for version in shown.by_day:
        first, *others = version.sources
        parts += [
            f"**{literal(version.words)}**",
            f"> {literal(_paragraph(version))}",
            f"{_reference_markdown(first, base)}  \n{literal(_confidence(version, shown))}",
        ]
        if others:
            parts.append("Also there:")
            parts.append(
                _list(f"“{literal(o.quote)}” {_reference_markdown(o, base)}" for o in others)
            )
    return parts


def _refusal_markdown(shown: Shown, base: str) -> list[str]:
    parts = [shown.refusal]
    if shown.looked_for:
        parts.append(literal(_looked_for(shown)))
    if shown.missing:
        parts.append(literal(_missing(shown)))
    if shown.nearest:
        parts.append(f"{nearest_words(shown)}:")
        parts.append(
            _list(
                f"{literal(n.words)} {_reference_markdown(n.source, base)}" for n in shown.nearest
            )
        )
    return parts


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _reference_markdown(source: Source, base: str) -> str:
    links = [f"[to the words]({citing.address(base + source.link)})"]
    if source.at_source:
        links.append(f"[at source]({citing.address(source.at_source)})")
    return f"({citing.markdown_reference(source)}; {', '.join(links)})"


def _exchange_html(number: int, exchange: Exchange, base: str) -> str:
    parts = [f"<h2>{number}. {escape(exchange.question)}</h2>"]
    if exchange.understood != exchange.question:
        parts.append(f'<p class="quiet">Understood as: {escape(exchange.understood)}</p>')
    if exchange.shown is None:
        parts.append(f"<p>{escape(exchange.message)}</p>")
    elif exchange.shown.answered:
        parts += _answer_html(exchange.shown, base)
    else:
        parts += _refusal_html(exchange.shown, base)
    return "".join(parts)


def _answer_html(shown: Shown, base: str) -> list[str]:
    parts = []
    if len(shown.versions) > 1:
        parts.append(f"<p><b>Sources differ.</b> There are {len(shown.versions)} versions:</p>")
    for version in shown.by_day:
        first, *others = version.sources
        parts.append(
            f"<blockquote>{'' if version.starts else '… '}{escape(version.before + version.lead)}"
            f"<mark>{escape(version.words)}</mark>{escape(version.rest + version.after)}"
            f"{'' if version.ends else ' …'}</blockquote>{_reference_html(first, base)}"
            f'<p class="quiet">{escape(_confidence(version, shown))}</p>'
        )
        if others:
            items = "".join(
                f"<li><q>{escape(other.quote)}</q>{_reference_html(other, base)}</li>"
                for other in others
            )
            parts.append(f'<p class="quiet">Also there:</p><ul>{items}</ul>')
    return parts


def _refusal_html(shown: Shown, base: str) -> list[str]:
    parts = [f"<p><b>{shown.refusal}</b></p>"]
    if shown.looked_for:
        parts.append(f"<p>{escape(_looked_for(shown))}</p>")
    if shown.missing:
        parts.append(f"<p>{escape(_missing(shown))}</p>")
    if shown.nearest:
        items = "".join(_near_html(near, base) for near in shown.nearest)
        parts.append(f'<p class="quiet">{nearest_words(shown)}:</p><ul>{items}</ul>')
    return parts


def _near_html(near: Near, base: str) -> str:
    return f"<li><q>{escape(near.words)}</q>{_reference_html(near.source, base)}</li>"


def _reference_html(source: Source, base: str) -> str:
    links = [("to the words", base + source.link)]
    if source.at_source:
        links.append(("at source", source.at_source))
    anchors = ", ".join(
        f'<a href="{attribute(link)}" rel="noopener noreferrer">{name}</a>' for name, link in links
    )
    return f"<p>{escape(citing.reference(source))} ({anchors})</p>"


def _paragraph(version: Version) -> str:
    """The sentence with what was shown of its paragraph."""
    start, end = "" if version.starts else "… ", "" if version.ends else " …"
    return f"{start}{version.before}{version.sentence}{version.after}{end}"


def _missing(shown: Shown) -> str:
    return f"Mentioned in no article: {', '.join(shown.missing)}."


def _looked_for(shown: Shown) -> str:
    return f"Looked for: {', '.join(shown.looked_for)}."


def _confidence(version: Version, shown: Shown) -> str:
    percent = round(100 * version.confidence)
    note = "" if shown.calibrated else " (a rough estimate)"
    return f"{confidence_words(version.confidence)}, {percent} %{note}"
