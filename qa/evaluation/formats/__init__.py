"""Formats of question sets, recognised by their content.

| format | what it looks like | brings its own articles |
| --- | --- | --- |
| Pincite | one JSON object per line with `question` and `answers` | no |
| long answers | one JSON object per line with `question`, `answerable` and `long` | no |
| pairs | a JSON array, or CSV with a header, with `question` and `answer` | no |
| SQuAD 1.1 and 2.0 | one JSON object with `data` | yes |
| BEIR | a folder with `queries.jsonl` and `qrels/` | yes |
| TREC | topics in angle brackets or tab-separated, with `qrels` | with `documents` |

Several files, or a folder of files, of the first three are read as one set.
"""

from qa.evaluation.formats.files import QuestionSetSource
from qa.evaluation.formats.registry import (
    QuestionSetFormat,
    read_question_set,
    read_question_sets,
    register_format,
)

__all__ = [
    "QuestionSetFormat",
    "QuestionSetSource",
    "read_question_set",
    "read_question_sets",
    "register_format",
]
