"""Parse subtitles and transcripts (.vtt, .srt): what is said, cues joined into paragraphs.

WebVTT (W3C) and SubRip: blocks of lines below a line with two times, separated by blank lines.
"""

from __future__ import annotations

import re
from html import unescape

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.segmentation.punctuation import SENTENCE_END
from index.types import Metadata

_TIMES = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})\s+-->\s+(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
)
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?[A-Za-z0-9][^>\n]*>|\{\\[^}\n]*\}")
_PAUSE = 3.0
"""Seconds between cues from which a new paragraph begins after a sentence."""

_PARAGRAPH = 500
"""Code points from which one begins anyway."""


def parse(data: bytes) -> ParsedDocument:
    """Parse a .vtt or .srt file. Raises ArticleError when it is empty or has no cues."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    builder = DocumentBuilder()
    current, speaker, until = "", "", 0.0
    found = False
    for block in re.split(r"\n[ \t]*\n", text):
        times = _TIMES.search(block)
        if times is None:
            continue
        found = True
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        said = block[times.end() :].partition("\n")[2]
        voice = _VOICE.search(said)
        who = " ".join(voice[1].split()) if voice else ""
        words = " ".join(unescape(_TAG.sub("", said)).split())
        if not words or current.endswith(words):
            until = end
            continue  # automatic subtitles repeat the last line
        is_over = SENTENCE_END.search(current) is not None
        is_new = who != speaker or (
            is_over and (start - until >= _PAUSE or len(current) >= _PARAGRAPH)
        )
        if is_new:
            builder.add(current)
            current = f"{who}: {words}" if who else words
        else:
            current = f"{current} {words}".strip()
        speaker, until = who, end
    builder.add(current)
    if not found:
        raise ArticleError("no cues: the file has no lines with times (00:00:01.000 --> …)")
    title = re.match(r"WEBVTT[ \t]+(?:-[ \t]*)?(\S[^\n]*)", text)
    return builder.build(Metadata(title=title[1].strip() if title else ""))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return 3600 * hours + 60 * minutes + seconds + thousandths / 1000
