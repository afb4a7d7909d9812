"""Compare a file's source with the text that was extracted from it.

A question set may quote an article as it is in its file, with Markdown and HTML marks, of which the
extracted text has only some. Both sides are compared without them.
"""

from __future__ import annotations

import html
import re

from index.segmentation.folding import fold
from index.types import Span

_SHORTCODE = r"\{\{[<%].*?[>%]\}\}"
_TARGET = rf"(?:{_SHORTCODE}|<[^<>\n]*>|\([^()]*\)|\\.|[^()\s\\])*"
_TITLE = r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?"""
_HIDDEN = re.compile(
    # The target of a link or image; a link reference; the language of a code block; an HTML comment
    # or tag; a shortcode of Hugo; attributes of kramdown.
    rf"(?P<end>\])(?:\(\s*{_TARGET}{_TITLE}\s*\)|\[[^\[\]\n]*\])"
    r"|(?:```+|~~~+)[\w+-]+(?=\s)"
    r"|<!--.*?-->|</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>"
    rf"|{_SHORTCODE}"
    r"|\{[:#.][^{}\n]*\}"
    r"|(?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)",
    re.DOTALL,
)
_MARKS = re.compile(
    # A backslash escape; marks at the start of a line; emphasis, code, strikethrough, table pipes.
    r"\\(?=[^\w\s])"
    r"|^[ \t]*(?:(?:[-*+•]|>|\#{1,6})[ \t]+)+"
    r"|[`*|~]+|!?\[(?=[^\]]*\])|\]|(?<!\w)_+|_+(?!\w)",
    re.MULTILINE,
)


def plain_text(text: str) -> str:
    """Return a text without Markdown and HTML marks, with white space folded.

    Emphasis, code ticks, list bullets, heading and table marks, tags, comments and the targets of
    links go; the words of links and the characters that entities stand for stay.
    """

    def visible(match: re.Match[str]) -> str:
        if match["entity"]:
            return html.unescape(match[0])
        return "]" if match["end"] else " "

    plain = " ".join(_MARKS.sub(_spaced, _HIDDEN.sub(visible, text)).split())
    # A tag that is itself what is quoted, as in code, is not a mark.
    return plain or " ".join(text.replace("`", "").split())


def _spaced(mark: re.Match[str]) -> str:
    return " " if mark[0].strip() in ("|", "||") else ""


class Letters:
    """The letters and digits of a text without its marks, case and accents folded.

    `text` is in their order; `origins[i]` is the index in the text that `text[i]` comes from.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        pieces: list[str] = []
        self.origins: list[int] = []
        position = 0
        for match in _HIDDEN.finditer(source):
            pieces += self._letters(source[position : match.start()], position)
            if match["entity"]:
                unescaped = html.unescape(match[0])
                pieces += self._letters(unescaped, match.start(), is_one=True)
            position = match.end()
        pieces += self._letters(source[position:], position)
        self.text = "".join(pieces)

    def _letters(self, text: str, start: int, *, is_one: bool = False) -> list[str]:
        folded, origins = fold(text)
        kept = [at for at, character in enumerate(folded) if character.isalnum()]
        self.origins += [start if is_one else start + origins[at] for at in kept]
        return [folded[at] for at in kept]

    def find(self, quoted: Letters) -> list[Span]:
        """Return the spans of this text, in code points, that have the letters of another.

        A match begins and ends at the bounds of words. Empty when the other has no letters.
        """
        spans = []
        at = self.text.find(quoted.text) if quoted.text else -1
        while at >= 0:
            end = at + len(quoted.text)
            if self._is_boundary(at) and self._is_boundary(end):
                spans.append(Span(self.origins[at], self.origins[end - 1] + 1))
            at = self.text.find(quoted.text, at + 1)
        return spans

    def _is_boundary(self, at: int) -> bool:
        if at in (0, len(self.text)):
            return True
        before, after = self.origins[at - 1], self.origins[at]
        return after - before > 1
