"""Hugging Face question-answering checkpoints for the span reader.

The only module of `qa` that imports transformers, and only when such a reader is loaded. Nothing is
downloaded: a checkpoint is a folder, or in the local model cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.model_files import encodable
from qa.errors import ReaderError
from qa.readers.span_model import QUESTION_TOKENS, RowScores, TokenRow, padded

_WINDOW = 320


class TransformersModel:
    """An extractive question-answering model by folder or cached name."""

    def __init__(self, name: str) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=True)
            loaded: Any = AutoModelForQuestionAnswering.from_pretrained(
                name, local_files_only=True, output_loading_info=True
            )
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"no reader is named {name!r}, and there is no question-answering model in such a "
                "folder or under that name in the local model cache; download the model and give "
                "its folder, or use --reader sentence"
            ) from error
        model, info = loaded
        if info["missing_keys"]:
            # Its network would be completed with random numbers.
            raise ReaderError(
                f"{name!r} is no question-answering model: it lacks "
                f"{', '.join(sorted(info['missing_keys']))}. An encoder is given to pincite index "
                "with --encoder; give a checkpoint for extractive question answering"
            )
        if not getattr(tokenizer, "is_fast", False):
            raise ReaderError(
                f"the tokenizer of {name!r} gives no token offsets; use a checkpoint with a "
                "tokenizer.json"
            )
        self.name = Path(name).name if Path(name).is_dir() else name
        self._tokenizer: Any = tokenizer.backend_tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._filler = int(tokenizer.pad_token_id or 0)
        self._typed = "token_type_ids" in tokenizer.model_input_names
        self._model = model.eval()
        positions = int(getattr(model.config, "max_position_embeddings", 512) or 512)
        self.window = max(32, min(_WINDOW, positions - 90))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """See `SpanModel.offsets`."""
        return list(self._tokenizer.encode(encodable(text), add_special_tokens=False).offsets)

    def row(self, question: str, title: str, text: str) -> TokenRow:
        """Return the checkpoint's own input for a pair; the title is not used."""
        tokens = self.offsets(question)
        if len(tokens) > QUESTION_TOKENS:
            question = question[: tokens[QUESTION_TOKENS - 1][1]]
        encoded = self._tokenizer.encode(encodable(question), encodable(text))
        inside = [at for at, side in enumerate(encoded.sequence_ids) if side == 1]
        first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
        return TokenRow(
            ids=list(encoded.ids),
            types=list(encoded.type_ids),
            first=first,
            last=last,
            offsets=list(encoded.offsets[first:last]),
        )

    checks_candidates = False

    def scores(self, rows: Sequence[TokenRow]) -> list[RowScores]:
        """See `SpanModel.scores`."""
        import torch

        arrays = padded(rows, self._filler)
        inputs = {
            "input_ids": torch.from_numpy(arrays["ids"]),
            "attention_mask": torch.from_numpy(arrays["mask"]),
        }
        if self._typed:
            inputs["token_type_ids"] = torch.from_numpy(arrays["types"])
        with torch.inference_mode():
            out = self._model(**inputs)
        both = np.stack([out.start_logits.numpy(), out.end_logits.numpy()], axis=-1)
        scores = both.astype(np.float32)
        return [RowScores(scores[number, : len(row.ids)]) for number, row in enumerate(rows)]
