"""What reading a file comes to: an article, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError
from index.readers import read_article
from index.text import Article


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file gave no article. `again`: a reader failed, and another may not."""

    reason: str
    again: bool = False


Outcome = Article | Unread


def outcome(path: Path, article_id: str) -> Outcome:
    """The article in a file, or why there is none: whatever is wrong costs that file only."""
    try:
        return read_article(path, article_id)
    except ArticleError as error:
        return Unread(str(error))
    except Exception as error:  # a fault of a parser, which must not cost the folder
        reason = f"broken: reading it failed with {type(error).__name__}: {error}"
        return Unread(reason[:300], again=True)
