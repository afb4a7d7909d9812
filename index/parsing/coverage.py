"""Notice articles of which little is searched, so that no text is lost without a word."""

from __future__ import annotations

from index.types import Article

_FEW = 300
"""Code points under which little of a text is searched."""

_LONG = 1_500
"""Code points over which a text has more than a short notice to say."""


def coverage_warning(article: Article) -> str | None:
    """Return a sentence for the user if an article is long and little of it is searched.

    Comments, navigation and notices are not searched; where next to nothing else is left, the
    file may be no article, or its text was taken for them.
    """
    lengths = [(p.kind.is_searched, p.span.end - p.span.start) for p in article.paragraphs]
    searched = sum(length for is_searched, length in lengths if is_searched)
    total = sum(length for _, length in lengths)
    if searched and (searched >= _FEW or total <= _LONG):
        return None
    if searched == total:
        return None
    return (
        f"of {article.id} only {searched:,} of {total:,} characters are searched; the rest was "
        f"taken for navigation, comments or notices (pincite articles show {article.id} "
        "--dropped shows it)"
    )
