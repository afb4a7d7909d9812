"""An answer, a refusal, a difficulty, as the HTML of one card.

Words from articles stand in `.words` elements (set in the serif face); everything else on
a card is the program's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.web.chat import citation_text as citing
from qa.web.chat.exchange import (
    PASSAGE_CHARACTERS,
    Exchange,
    Near,
    Shown,
    Source,
    Version,
    Vote,
    clipped,
)
from qa.web.chat.exchange import to_json as exchange_json
from qa.web.html import attribute, escape

QUESTION_CHARACTERS = 500
"""How much of a question stands above its card."""

_CONFIDENCE = ((0.85, "Very likely right"), (0.65, "Likely right"), (0.4, "Possibly right"))
_BEST_GUESS = (
    "<p>To see the best guess, ask again with “Always answer”, in “How sure” below the question "
    "box.</p>"
)


def answer_card(shown: Shown) -> str:
    """The card for an answer: the quote in its sentence, or a refusal."""
    if not shown.answered:
        return refusal_card(shown)
    body = _quoted(shown.versions[0], shown.calibrated)
    if len(shown.versions) > 1:
        versions = "".join(
            f"<li>{_quoted(version, shown.calibrated)}</li>" for version in shown.by_day
        )
        body = (
            '<p class="differ">Sources differ</p>'
            f'<ol class="versions" aria-label="{len(shown.versions)} versions">{versions}</ol>'
        )
    return f'<section class="card answered" aria-label="Answer">{body}</section>'


def refusal_card(shown: Shown) -> str:
    """The card for a question the articles do not answer, with the nearest passages."""
    missing = ""
    if shown.looked_for:
        missing = f"<p>Looked for: {escape(', '.join(shown.looked_for))}.</p>"
    if shown.missing:
        names = ", ".join(f"<b>{escape(name)}</b>" for name in shown.missing)
        missing += f"<p>Nothing in these articles mentions {names}.</p>"
    nearest = ""
    if shown.nearest:
        items = "".join(f"<li>{_near(near)}</li>" for near in shown.nearest)
        nearest = f'<h4 class="near-title">{nearest_words(shown)}</h4><ol class="near">{items}</ol>'
    return (
        '<section class="card refused" aria-label="No answer">'
        f'<p class="verdict">{shown.refusal}</p>'
        f"{_BEST_GUESS if shown.unsure else ''}{missing}{nearest}</section>"
    )


def nearest_words(shown: Shown) -> str:
    """What the nearest passages of a refusal are called."""
    return "Nearest passages" if shown.unsure else "Nearest passages, which do not answer it"


def message_card(message: str, *, kind: str = "note") -> str:
    """A card that says something about the question or the program; `kind` note or error."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<section class="card {attribute(kind)}"{role}><p>{escape(message)}</p></section>'


def pending_card(message: str) -> str:
    """The card shown while an answer is being found."""
    return (
        '<section class="card pending" aria-busy="true">'
        f'<p><span class="dots" aria-hidden="true"></span>{escape(message)}</p></section>'
    )


def turn(exchange: Exchange) -> str:
    """One question with the card below it, and the data it was made from."""
    if exchange.shown:
        card = answer_card(exchange.shown) + ballot(exchange)
    else:
        card = message_card(exchange.message, kind="error" if exchange.failed else "note")
    note = ""
    if exchange.understood != exchange.question:
        understood = exchange.understood
        note = (
            f'<p class="understood">Understood as: <span>{escape(understood)}</span> '
            f'<button type="button" class="edit" data-question="{attribute(understood)}">Edit'
            "</button></p>"
        )
    data = f' data-exchange="{attribute(exchange_json(exchange))}"'
    return _turn(exchange.question, note + card, data)


def pending_turn(question: str, message: str) -> str:
    """A question whose answer is being found."""
    return _turn(question, pending_card(message), "")


def _turn(question: str, below: str, data: str) -> str:
    return (
        f'<article class="turn"{data}><h3 class="asked"><span class="unseen">You asked: </span>'
        f"{escape(clipped(question, QUESTION_CHARACTERS))}</h3>{below}</article>"
    )


def ballot(exchange: Exchange) -> str:
    """Thumbs up and down for an answer or a refusal, and what came of them."""
    vote = exchange.vote
    right, wrong = (
        ("The answer is right", "Something is wrong with the answer")
        if exchange.shown and exchange.shown.answered
        else ("Rightly not answered", "The articles do answer this")
    )
    buttons = "".join(
        f'<button type="button" class="thumb" data-verdict="{verdict}" aria-label="{label}" '
        f'title="{label}" aria-pressed="{"true" if vote and vote.verdict == verdict else "false"}">'
        f"{_thumb(verdict)}</button>"
        for verdict, label in (("right", right), ("wrong", wrong))
    )
    return f'<div class="ballot">{buttons}{_kept(vote) if vote else ""}</div>'


def _kept(vote: Vote) -> str:
    """What came of a vote, and how it becomes a test."""
    return (
        f'<p class="kept">{escape(vote.note)}</p><details class="kept"><summary>Kept as a test'
        f"</summary><p>In <code>{escape(vote.file)}</code>. To measure the answers by it: "
        f"<code>{escape(vote.command)}</code></p></details>"
    )


def _thumb(verdict: str) -> str:
    turned = ' transform="rotate(180 12 12)"' if verdict == "wrong" else ""
    return (
        '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="none" '
        f'stroke="currentColor" stroke-width="1.7" stroke-linejoin="round"><path{turned} '
        'd="M3.5 10.5h4v10h-4zM7.5 11.5l4-8c1.7 0 2.7 1.2 2.4 2.9L13.3 9.5h5.4'
        'c1.3 0 2.2 1.2 1.9 2.4l-1.6 6.8c-.2 1.1-1.1 1.8-2.2 1.8H7.5"/></svg>'
    )


def confidence_words(confidence: float) -> str:
    """A probability in words, in four steps."""
    for bound, words in _CONFIDENCE:
        if confidence >= bound:
            return words
    return "Uncertain"


def _quoted(version: Version, calibrated: bool) -> str:
    first, *others = version.sources
    parts = [
        f'<blockquote class="words">{_in_context(version)}</blockquote>',
        _source(first),
        _confidence(version.confidence, calibrated),
        _actions(first),
    ]
    if others:
        items = "".join(
            f'<li><q class="words">{escape(clipped(other.quote, PASSAGE_CHARACTERS))}</q>'
            f"{_source(other)}</li>"
            for other in others
        )
        sources = len({source.article for source in version.sources})
        said = f"{sources} sources" if sources > 1 else f"Said {len(others) + 1} times there"
        parts.append(
            f'<details class="sources"><summary>{said}</summary><ul>{items}</ul></details>'
        )
    return "".join(parts)


def _in_context(version: Version) -> str:
    return "".join(
        (
            "" if version.starts else '<span class="cut">… </span>',
            f'<span class="around">{escape(version.before)}</span>',
            f'<span class="sentence">{escape(version.lead)}<mark>{escape(version.words)}</mark>'
            f"{escape(version.rest)}</span>",
            f'<span class="around">{escape(version.after)}</span>',
            "" if version.ends else '<span class="cut"> …</span>',
        )
    )


def _source(source: Source) -> str:
    """Title as a link to the exact words, then publisher, date and place."""
    metadata = source.metadata
    details = [metadata.publisher or "", citing.date_words(metadata), citing.place_words(source)]
    spans = "".join(f"<span>{escape(detail)}</span>" for detail in details if detail)
    return (
        f'<p class="source"><a class="cite" href="{attribute(source.link)}" target="_blank"'
        f' rel="noopener">{escape(source.title)}</a><span class="details">{spans}</span></p>'
    )


def _confidence(confidence: float, calibrated: bool) -> str:
    percent = round(100 * min(1.0, max(0.0, confidence)))
    note = "" if calibrated else " (a rough estimate)"
    return (
        f'<p class="confidence"><meter min="0" max="100" value="{percent}" aria-hidden="true">'
        f"</meter><span>{confidence_words(confidence)}, {percent} %{note}</span></p>"
    )


def _actions(source: Source) -> str:
    forms = (
        ("Copy", citing.plain(source)),
        ("Markdown", citing.markdown(source)),
        ("BibTeX", citing.bibtex(source)),
    )
    buttons = "".join(
        f'<button type="button" class="copy" data-copy="{attribute(text)}"'
        f' aria-label="Copy the quote with its citation: {name}">{name}</button>'
        for name, text in forms
    )
    at_source = ""
    if source.at_source:
        at_source = (
            f'<a class="at-source" href="{attribute(source.at_source)}" target="_blank"'
            ' rel="noopener noreferrer">Open at source</a>'
        )
    return f'<div class="actions">{buttons}{at_source}</div>'


def _near(near: Near) -> str:
    return f'<p class="words">{escape(near.words)}</p>{_source(near.source)}'


def conversation(turns: Sequence[str], name: str = "") -> str:
    """All turns, oldest first, in a region that screen readers announce.

    `name` tells the page which of its conversations this is.
    """
    return (
        f'<div class="conversation" data-talk="{attribute(name)}" aria-live="polite">'
        f"{''.join(turns)}</div>"
    )
