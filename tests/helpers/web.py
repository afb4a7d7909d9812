"""Articles and answers for tests, difficult texts, and HTML as a browser reads it."""

from __future__ import annotations

import html
import re
from datetime import date
from html.parser import HTMLParser

from hypothesis import strategies as st

from index.types import Article, Kind, Metadata, Paragraph, Span
from qa.answer import Answer, Candidate, Citation, Passage, Quote

# Markup, line ends, emoji, combining and reordering characters, template syntax.
AWKWARD = (
    *("<script>", "</p>", "&amp;", "\r\n", "\r", "👩\u200d👧", "e\u0301", "\u202e", "\u2066"),
    *('"', "'", "${", "{{", "]]>"),
)
_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.lists(
    st.one_of(st.text(_characters, max_size=12), st.sampled_from(AWKWARD)), max_size=12
).map("".join)

HARBOUR = Metadata(
    title="Harbour reopens after dredging",
    authors=("Ines Okafor",),
    publisher="The Lowtide Gazette",
    published=date(2012, 3, 9),
    url="https://example.org/harbour",
)


def read(markup: str) -> str:
    """Return the text a browser would display for `markup`."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def elements(markup: str) -> list[tuple[str, dict[str, str]]]:
    """Return the elements that an HTML parser finds, with their attributes."""
    found: list[tuple[str, dict[str, str]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Parser().feed(markup)
    return found


def build_article(
    *paragraphs: str | tuple[str, Kind],
    id: str = "harbour.txt",
    metadata: Metadata = HARBOUR,
    pages: tuple[int, ...] = (),
) -> Article:
    """Build an article from paragraphs, joined by blank lines."""
    text, numbered = "", []
    for number, paragraph in enumerate(paragraphs, start=1):
        words, kind = paragraph if isinstance(paragraph, tuple) else (paragraph, Kind.BODY)
        text += "\n\n" if text else ""
        span = Span(len(text), len(text) + len(words))
        page = pages[number - 1] if pages else None
        numbered.append(Paragraph(number, span, kind, page))
        text += words
    return Article(id, text, tuple(numbered), metadata, path=f"{id}")


def build_quote(article: Article, words: str, sentence: str | None = None) -> Quote:
    """Build a quote of the first occurrence of `words`."""
    start = article.text.index(words)
    around = sentence or words
    begin = article.text.index(around)
    paragraph = article.paragraph_at(start)
    assert paragraph is not None
    return Quote(
        article,
        Span(start, start + len(words)),
        Span(begin, begin + len(around)),
        paragraph.number,
        score=1.0,
    )


def build_candidate(quote: Quote, confidence: float = 0.9, *others: Citation) -> Candidate:
    """Build a candidate whose first citation is that of the quote."""
    return Candidate(quote, confidence, (quote.citation, *others))


def answered(best: Candidate, *alternatives: Candidate, calibrated: bool = True) -> Answer:
    """Build an answer with `best` as its quote."""
    return Answer(
        "When did it reopen?", True, best.confidence, calibrated, best, tuple(alternatives)
    )


def refused(*nearest: Passage, missing: tuple[str, ...] = ()) -> Answer:
    """Build a refusal."""
    return Answer("Who?", False, 0.2, True, None, nearest=nearest, missing=missing)


def build_passage(article: Article, number: int) -> Passage:
    """Build a passage of one paragraph."""
    span = article.paragraphs[number - 1].span
    return Passage(article, span, (number,), tokens=10, score=0.5)


FOLDER = {
    "harbour.txt": (
        "Harbour reopens after dredging\n\nBy Ines Okafor\n\nThe harbour of Lowtide reopened to "
        "fishing boats on March 4, eleven weeks later than the port authority had promised. "
        "Dredgers removed 41,000 cubic metres of silt from the channel.\n\n"
        "“We lost the whole herring season,” said Tomas Brandt, a skipper who keeps two boats "
        "at the east quay. He said the delay had cost him about $18,000.\n\n"
        "Marta Quill, the harbour master, said the contractor struck an uncharted wreck in "
        "January. Divers from Port Elsing needed nineteen days to clear it.\n\n"
        "The work was paid for by a $2.3 million grant from the coastal fund. A second phase, "
        "which would deepen the berths at the fish market, has not been approved.\n"
    ),
    "ferry.txt": (
        "Ferry crews vote to strike\n\nBy Paul Adeyemi\n\nCrews of the island ferry voted 112 "
        "to 9 on Sunday to stop work for three days in June. They ask for two more deckhands on "
        "each crossing.\n\nThe ferry company, which carries 3,800 passengers a day in summer, "
        "called the vote a mistake. Its director is Karin Holt. Karin Holt said that buses could "
        "not replace the boats.\n\nThe union last struck in 2004, when the stoppage ended after a "
        "day.\n"
    ),
    # Carriage returns, emoji and combining accents before the quote test the offsets, the name
    # tests every kind of escaping in a URL.
    "sea & fog/ré #1 ?%41+x.txt": (
        "Regatta ends in fog 🌫️\r\n\r\nThe crowd cheered 🎉🎉👩\u200d👩\u200d👧 when Rene\u0301e "
        "Dufour crossed the line. The winning yacht was the Sea Lark, a cutter\r\nbuilt in Port "
        "Elsing by her own crew.\r\n"
    ),
    "hostile.txt": (
        "Goats <script>window.harmed=1</script> on the cliff\n\nThe lighthouse goats are fed by "
        "Orla Finn <script>window.harmed=1</script><img src=https://evil.example/x.png "
        "onerror=window.harmed=1> every morning ![b](https://evil.example/b.png) "
        '[x](javascript:window.harmed=1) <a href="javascript:window.harmed=1">x</a> '
        "${window.harmed=1} {{constructor}} \u202eback to front\u202c at the gate.\n\n"
        "<iframe src=https://evil.example/></iframe> Nobody milks them.\n"
    ),
    # One long line with a single different sentence in its middle.
    "tide.txt": (
        "The long tide\n\n"
        + "The tide came in and the tide went out again. " * 200
        + "The surveyor Anselm Pike measured the sandbank with a brass chain. "
        + "The tide came in and the tide went out again. " * 200
        + "\n"
    ),
}
