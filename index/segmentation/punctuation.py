"""Patterns of sentence ends, quotation marks and list markers, each kept once."""

from __future__ import annotations

import re

CLOSING = "\"'”’»)]}"
"""Quotation marks and brackets that can follow a full stop."""

OPENING = "\"'“‘«(["
"""Quotation marks and brackets that can precede a sentence."""

_CLOSED = rf"[{re.escape(CLOSING)}]*$"

SENTENCE_END = re.compile(rf"[.!?…]{_CLOSED}")
"""The end of a text that ends as a sentence."""

CLAUSE_END = re.compile(rf"[.!?…:;]{_CLOSED}")
"""The end of a text that ends as a sentence or announces what follows."""

CELL_SEPARATOR = " | "
"""Separates the cells of a table row, which is one paragraph."""

QUESTION_END = re.compile(rf"\?{_CLOSED}")
"""The end of a text that ends as a question."""

BULLET = r"[-*+•‣▪●◦·_–—]"
"""A pattern of one character that marks an item of a list."""

LIST_ITEM = re.compile(rf"(?:{BULLET}|\(?(?:\d{{1,3}}|[a-zA-Z])[.)])\s+\S")
"""The beginning of an item of a list: a bullet, a number or a letter."""
