"""Question sets in every format that is understood, told apart by their content.

| format | what it looks like | brings its own texts |
| --- | --- | --- |
| Pincite | one JSON object a line with `question` and `answers` | no |
| SQuAD 1.1 and 2.0 | one JSON object with `data` | yes |
| BEIR | a folder with `queries.jsonl` and `qrels/` | yes |
| TREC | topics in angle brackets or tab-separated, with `qrels` | with `documents` |
"""

from __future__ import annotations

from pathlib import Path

from qa.errors import QuestionSetError
from qa.evaluation.formats.beir import read_beir
from qa.evaluation.formats.files import read_text
from qa.evaluation.formats.pincite import read_pincite
from qa.evaluation.formats.squad import read_squad
from qa.evaluation.formats.trec import read_trec
from qa.questions import QuestionSet


def read_question_set(
    path: str | Path,
    *,
    qrels: str | Path | None = None,
    documents: str | Path | None = None,
    split: str = "test",
) -> QuestionSet:
    """The question set in a file or folder; the format is found by looking at it.

    `qrels` and `documents` belong to TREC topics; for a BEIR folder `qrels` names another
    judgment file than `qrels/<split>.tsv`. Raises QuestionSetError, which names the file,
    the line and the reason, when the set is missing, malformed or of no known format.
    """
    path = Path(path).expanduser()
    qrels = Path(qrels).expanduser() if qrels else None
    documents = Path(documents).expanduser() if documents else None
    if not path.exists():
        raise QuestionSetError(f"{path}: no such file or folder; name a question set")
    if path.is_dir():
        return read_beir(path, qrels=qrels, split=split)
    if qrels is not None:
        return read_trec(path, qrels, documents)
    text = read_text(path)
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        raise QuestionSetError(f"{path}: the file is empty; a question set has a question a line")
    if start.startswith("{"):
        return read_squad(path, text) if _is_squad(start) else read_pincite(path, text)
    if start.startswith("<"):
        raise QuestionSetError(
            f"{path}, line 1: TREC topics say which questions there are, not what answers them; "
            "give the judgments too, with --qrels FILE"
        )
    raise QuestionSetError(
        f"{path}, line 1: neither JSON lines, SQuAD JSON, a BEIR folder nor TREC topics; it "
        f"starts with {start[:40]!r}"
    )


def _is_squad(start: str) -> bool:
    """Whether a JSON text is one object with `data`, rather than one object a line."""
    import json

    first_line = start.split("\n", 1)[0]
    try:
        first = json.loads(first_line)
    except ValueError:
        # A first line that is no whole object: pretty-printed JSON, or a broken JSON line.
        return '"data"' in start[:2000] or first_line.strip() == "{"
    return isinstance(first, dict) and "data" in first and "question" not in first


__all__ = ["read_question_set"]
