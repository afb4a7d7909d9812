"""The citation of a passage as flat metadata, as frameworks keep it with a document."""

from __future__ import annotations

from typing import Any

from qa.answer import Passage


def citation_metadata(passage: Passage) -> dict[str, Any]:
    """Return where a passage is from, in values that JSON has.

    The keys are those of a citation in the command line's `--json`, without the words themselves;
    `source` is the article's URL, or else its file or id, and own fields are `field_NAME`.
    """
    metadata = passage.citation.to_json()
    for name in ("quote", "paragraph_text", "paragraphs"):
        del metadata[name]
    own = metadata.pop("metadata")
    return {
        "source": metadata["url"] or metadata["path"] or metadata["article"],
        **metadata,
        "authors": ", ".join(metadata["authors"]),
        **{f"field_{name}": ", ".join(values) for name, values in own.items()},
    }
