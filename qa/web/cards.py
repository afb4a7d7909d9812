"""An answer, a refusal, a difficulty, as the HTML of one card.

Words from articles stand in `.words` elements (set in the serif face); everything else on
a card is the program's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.text import Article, Span
from qa.answer import Answer, Candidate, Citation, Passage
from qa.web import citing
from qa.web.marking import attribute, escape, marked

CONTEXT_CHARACTERS = 160
"""How much of the paragraph is shown on each side of the answer's sentence."""

LONGEST_SENTENCE = 700
"""A longer sentence is shown around the quote only, a longer quote by its beginning."""

PASSAGE_CHARACTERS = 360
"""How much of a near passage is shown."""

_CONFIDENCE = ((0.85, "Very likely right"), (0.65, "Likely right"), (0.4, "Possibly right"))


def answer_card(answer: Answer) -> str:
    """The card for an answer: the quote in its sentence, or a refusal."""
    if not answer.answered or answer.best is None:
        return refusal_card(answer)
    best = answer.best
    body = [_quoted(best, answer.confidence, answer.calibrated)]
    if answer.alternatives:
        versions = "".join(
            f"<li>{_quoted(candidate, candidate.confidence, answer.calibrated)}</li>"
            for candidate in answer.alternatives
        )
        note = '<p class="differ">Sources differ</p>'
        body = [note, body[0], f'<ul class="versions" aria-label="Other versions">{versions}</ul>']
    return f'<section class="card answered" aria-label="Answer">{"".join(body)}</section>'


def refusal_card(answer: Answer) -> str:
    """The card for a question the articles do not answer, with the nearest passages."""
    missing = ""
    if answer.missing:
        names = ", ".join(f"<b>{escape(name)}</b>" for name in answer.missing)
        missing = f"<p>Nothing in these articles mentions {names}.</p>"
    nearest = ""
    if answer.nearest:
        items = "".join(f"<li>{_near(passage)}</li>" for passage in answer.nearest)
        nearest = (
            '<h4 class="near-title">Nearest passages, which do not answer it</h4>'
            f'<ol class="near">{items}</ol>'
        )
    return (
        '<section class="card refused" aria-label="No answer">'
        '<p class="verdict">The articles do not answer this.</p>'
        f"{missing}{nearest}</section>"
    )


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


def turn(question: str, card: str, understood: str | None = None) -> str:
    """One question with the card below it; `understood` is the question that was searched."""
    note = ""
    if understood is not None and understood != question:
        note = (
            f'<p class="understood">Understood as: <span>{escape(understood)}</span> '
            f'<button type="button" class="edit" data-question="{attribute(understood)}">Edit'
            "</button></p>"
        )
    return (
        '<article class="turn"><h3 class="asked"><span class="unseen">You asked: </span>'
        f"{escape(_clipped(question, 500))}</h3>{note}{card}</article>"
    )


def confidence_words(confidence: float) -> str:
    """A probability in words, in four steps."""
    for bound, words in _CONFIDENCE:
        if confidence >= bound:
            return words
    return "Uncertain"


def _quoted(candidate: Candidate, confidence: float, calibrated: bool) -> str:
    quote = candidate.quote
    first, *others = candidate.citations or (quote.citation,)
    parts = [
        f'<blockquote class="words">{_in_context(quote.article, quote.span, quote.sentence)}'
        "</blockquote>",
        _source(first),
        _confidence(confidence, calibrated),
        _actions(first),
    ]
    if others:
        items = "".join(
            f'<li><q class="words">{escape(_clipped(other.quote, PASSAGE_CHARACTERS))}</q>'
            f"{_source(other)}</li>"
            for other in others
        )
        sources = len({citation.article.id for citation in (first, *others)})
        said = f"{sources} sources" if sources > 1 else f"Said {len(others) + 1} times there"
        parts.append(
            f'<details class="sources"><summary>{said}</summary><ul>{items}</ul></details>'
        )
    return "".join(parts)


def _in_context(article: Article, quote: Span, sentence: Span) -> str:
    """The quote marked in its sentence, with a line of its paragraph on either side."""
    text = article.text
    paragraph = article.paragraph_at(quote.start)
    bounds = paragraph.span if paragraph else sentence
    quote = Span(quote.start, min(quote.end, quote.start + LONGEST_SENTENCE))
    if len(sentence) > LONGEST_SENTENCE:
        sentence = Span(
            max(sentence.start, quote.start - CONTEXT_CHARACTERS),
            min(sentence.end, quote.end + CONTEXT_CHARACTERS),
        )
    sentence = Span(min(sentence.start, quote.start), max(sentence.end, quote.end))
    start = _word_start(text, max(bounds.start, sentence.start - CONTEXT_CHARACTERS), bounds)
    end = _word_end(text, min(bounds.end, sentence.end + CONTEXT_CHARACTERS), bounds)
    start, end = min(start, sentence.start), max(end, sentence.end)
    return "".join(
        (
            '<span class="cut">… </span>' if start > bounds.start else "",
            f'<span class="around">{escape(text[start : sentence.start])}</span>',
            f'<span class="sentence">{marked(text, sentence, [quote])}</span>',
            f'<span class="around">{escape(text[sentence.end : end])}</span>',
            '<span class="cut"> …</span>' if end < bounds.end else "",
        )
    )


def _word_start(text: str, position: int, bounds: Span) -> int:
    if position <= bounds.start:
        return position
    space = text.find(" ", position, min(position + 40, bounds.end))
    return position if space < 0 else space + 1


def _word_end(text: str, position: int, bounds: Span) -> int:
    if position >= bounds.end:
        return position
    space = text.rfind(" ", max(position - 40, bounds.start), position)
    return position if space < 0 else space


def _source(citation: Citation) -> str:
    """Title as a link to the exact words, then publisher, date and place."""
    metadata = citation.article.metadata
    details = [metadata.publisher or "", citing.date_words(metadata), citing.place_words(citation)]
    spans = "".join(f"<span>{escape(detail)}</span>" for detail in details if detail)
    title = escape(metadata.title or citation.article.id)
    return (
        f'<p class="source"><a class="cite" href="{attribute(citation.link)}" target="_blank"'
        f' rel="noopener">{title}</a><span class="details">{spans}</span></p>'
    )


def _confidence(confidence: float, calibrated: bool) -> str:
    percent = round(100 * min(1.0, max(0.0, confidence)))
    note = "" if calibrated else " (a rough estimate)"
    return (
        f'<p class="confidence"><meter min="0" max="100" value="{percent}" aria-hidden="true">'
        f"</meter><span>{confidence_words(confidence)}, {percent} %{note}</span></p>"
    )


def _actions(citation: Citation) -> str:
    forms = (
        ("Copy", citing.plain(citation)),
        ("Markdown", citing.markdown(citation)),
        ("BibTeX", citing.bibtex(citation)),
    )
    buttons = "".join(
        f'<button type="button" class="copy" data-copy="{attribute(text)}"'
        f' aria-label="Copy the quote with its citation: {name}">{name}</button>'
        for name, text in forms
    )
    source = ""
    if citation.source_link:
        source = (
            f'<a class="at-source" href="{attribute(citation.source_link)}" target="_blank"'
            ' rel="noopener noreferrer">Open at source</a>'
        )
    return f'<div class="actions">{buttons}{source}</div>'


def _near(passage: Passage) -> str:
    """What the passage holds of its best paragraph, and where that stands."""
    best = passage.article.paragraphs[passage.paragraphs[0] - 1].span
    start, end = max(best.start, passage.span.start), min(best.end, passage.span.end)
    words = escape(_clipped(passage.article.text[start:end], PASSAGE_CHARACTERS))
    return f'<p class="words">{words}</p>{_source(passage.citation)}'


def _clipped(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    bounds = Span(0, len(text))
    return text[: _word_end(text, characters, bounds)].rstrip() + " …"


def conversation(turns: Sequence[str]) -> str:
    """All turns, oldest first, in a region that screen readers announce."""
    return f'<div class="conversation" aria-live="polite">{"".join(turns)}</div>'
