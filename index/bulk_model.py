"""A model of the usual kind in bfloat16, run by torch: for encoding very many texts.

Only a transformer with the mean of its last layer as the vector: pooling and what follows
are done in float32 here. Importing torch and transformers takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import EncoderError
from index.models import ModelFiles

LEAST_COSINE = 0.99
"""Least cosine, with what float32 gives, of the first texts; less, and the model is not run in
bfloat16. The packaged encoder has more than 0.999 (bench/README.md)."""


def can_run(files: ModelFiles) -> bool:
    """Whether the model's files say that it is one of the usual kind."""
    pooling = files.pooling or {}
    modes = [name for name, on in pooling.items() if name.startswith("pooling_mode_") and on]
    return files.tokenizer is not None and modes == ["pooling_mode_mean_tokens"]


class BulkModel:
    """A model in bfloat16. `encode` is safe to call from several threads."""

    def __init__(self, files: ModelFiles) -> None:
        """Raises EncoderError where torch or transformers cannot load the model."""
        try:
            import torch
            from transformers import AutoModel
            from transformers.utils import logging

            quiet: Any = logging
            quiet.disable_progress_bar()
            # Fused attention is no faster here, and its bf16 form differs between releases.
            self._model: Any = AutoModel.from_pretrained(
                files.folder,
                attn_implementation="eager",
                dtype=torch.bfloat16,
                local_files_only=True,
            ).eval()
        except Exception as error:  # whatever a damaged model makes torch or transformers raise
            raise EncoderError(
                f"the encoder {files.name!r} cannot be run in bf16: {error}; use: --precision fp32"
            ) from error
        self._files = files

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of `texts`, one batch: float32, shape (n, dimensions)."""
        import torch

        tokenizer: Any = self._files.tokenizer
        found = tokenizer.encode_batch([self._files.prompt + text for text in texts])
        widest = max(len(one.ids) for one in found)
        ids = np.full((len(found), widest), self._files.padding, dtype=np.int64)
        mask = np.zeros((len(found), widest), dtype=np.int64)
        for row, one in enumerate(found):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        kept = torch.from_numpy(mask)
        with torch.inference_mode():
            result = self._model(input_ids=torch.from_numpy(ids), attention_mask=kept)
            shares = kept.unsqueeze(-1).float()
            mean = (result.last_hidden_state.float() * shares).sum(dim=1) / shares.sum(dim=1)
            vectors: npt.NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors
