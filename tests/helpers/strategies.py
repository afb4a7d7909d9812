"""Random articles, made of text that makes offsets difficult."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from index.types import Article, Kind, Paragraph, Span

# No deadline: the first example loads a tokenizer, and machines may be busy.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Emoji of several code points, combining marks, scripts without spaces, quotes, stops.
PIECES = (
    "The agents crossed the border",
    "Mr. Smith of the U.S. said so",
    "“It was bad,” he said",
    "in Dec. 15, 2010, and later",
    "👩‍👩‍👧‍👦",
    "🇲🇽🇺🇸",
    "😀",
    "Caldero\u0301n",
    "e\u0301\u0323\u0302",
    "これは文です。次の文です！",
    "ประเทศไทย",
    "한국어문장입니다",
    "مرحبا بالعالم",
    "https://example.org/a/b?c=d&e=f",
    "x" * 70,
    "<|endoftext|>",
    "ﬁ ½ ﷽",
    "\u200b\u00ad\ufeff",
    "\x00\x1c",
)
JOINS = (
    " ",
    "",
    ". ",
    ".",
    ", ",
    "; ",
    " — ",
    "! ",
    "?” ",
    "\n",
    "\r\n",
    "\r",
    "  \t",
    "\u00a0",
    "…",
)
GAPS = ("\n\n", "\r\n\r\n", " ", "", "\n \n\n", "\u2028")

words = st.one_of(st.sampled_from(PIECES), st.text(max_size=12))


@st.composite
def paragraph_texts(draw: st.DrawFn) -> str:
    """Draw a paragraph of up to some hundred pieces, sometimes one very long sentence."""
    many = draw(st.integers(min_value=1, max_value=12))
    parts = [draw(words) + draw(st.sampled_from(JOINS)) for _ in range(draw(st.integers(0, 10)))]
    return "".join(parts) * (many if draw(st.booleans()) else 1)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Draw an article of several paragraphs of all kinds, with white space between some."""
    text, paragraphs = draw(st.sampled_from(GAPS)), []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        paragraph = draw(paragraph_texts())
        span = Span(len(text), len(text) + len(paragraph))
        paragraphs.append(Paragraph(number, span, draw(st.sampled_from(list(Kind)))))
        text += paragraph + draw(st.sampled_from(GAPS))
    return Article("random.txt", text, tuple(paragraphs))
