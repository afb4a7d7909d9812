"""What holds for every file, whatever is in it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import astuple
from pathlib import Path

from index.errors import ArticleError
from index.parsing.article import parse_file
from index.segmentation.chunking import chunk_article
from index.segmentation.sentences import sentences
from index.types import Article

MAX_SECONDS = 10.0
"""Processor time for a file of a few kilobytes."""


def check_file(path: Path) -> None:
    """Parse a file, and raise AssertionError if it breaks a law, or what the parser raises.

    It is an article or has a reason (ArticleError). Paragraphs, sentences and chunks are slices of
    its text, in order, and text and metadata can be stored.
    """
    started = time.process_time()
    with contextlib.suppress(ArticleError):
        _check_article(parse_file(path, path.name))
    assert time.process_time() - started < MAX_SECONDS, "it takes too long"


def _check_article(article: Article) -> None:
    article.text.encode()
    repr(astuple(article.metadata)).encode()
    end = 0
    for number, paragraph in enumerate(article.paragraphs, start=1):
        words = paragraph.span.of(article.text)
        assert paragraph.number == number
        assert paragraph.span.start >= end
        assert words == words.strip() != ""
        end = paragraph.span.end
        start = paragraph.span.start
        for sentence in sentences(article.text, paragraph.span):
            assert start <= sentence.start < sentence.end <= end
            start = sentence.end
    assert end <= len(article.text)
    for chunk in chunk_article(article):
        assert chunk.span.of(article.text).strip()
