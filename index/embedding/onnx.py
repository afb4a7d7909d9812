"""Export a sentence-transformers model to ONNX, and run it by ONNX Runtime.

Importing sentence-transformers takes seconds, ONNX Runtime a fraction of one, and both give the
same vectors. A model is therefore exported once, compared with the original, and stored in the
user's cache folder under its fingerprint.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.embedding.cpu import usable_cores
from index.embedding.model_files import ModelFiles

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EXPORT_VERSION = 2
OPSET = 18

TOLERANCE = 1e-4
"""Largest accepted difference from torch's vectors in any dimension.

Another order of float32 sums makes a difference of about 1e-6, a wrong mask or prompt 1e-2.
"""

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

# Short and long, upper case, accents, another script: what a wrong export encodes differently.
_SAMPLES = (
    "Who?",
    "The U.S. sent DRONES over Ciudad Juárez in 2011, officials said.",
    "国境を越えた。",
    "Agents from three offices compare notes every morning and split the work. " * 6,
)


class OnnxModel:
    """An exported model. Safe to use from several threads."""

    def __init__(self, files: ModelFiles, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # A memory plan is stored for each shape of a batch, and never freed. Without the arena
        # as well, memory doubles (bench/README.md).
        options.enable_mem_pattern = False
        options.intra_op_num_threads = _threads()
        # Threads that spin for a next batch would take a core from the search that follows.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._files = files
        self.path = path

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Encode one batch to unit vectors: float32, shape (n, dimensions)."""
        arrays = self._files.batch(texts)
        feed = {name: arrays[name] for name in self._inputs}
        vectors: npt.NDArray[np.float32] = self._session.run(None, feed)[0]
        return vectors


def _threads() -> int:
    """Return the number of threads for ONNX Runtime; 0 for its default, one per core.

    It ignores the affinity mask, so its threads would wait for one another on the same core.
    """
    cores = usable_cores()
    return cores if cores < (os.cpu_count() or 1) else 0


def export_folder(files: ModelFiles) -> Path:
    """Return the folder of a model's export, in `PINCITE_CACHE` or the user's cache folder."""
    return _folders(files)[0]


def _folders(files: ModelFiles) -> list[Path]:
    import platformdirs

    roots = [os.environ.get("PINCITE_CACHE"), platformdirs.user_cache_dir("pincite")]
    name = f"{files.fingerprint[:20]}-{EXPORT_VERSION}"
    return [Path(root) / "models" / name for root in roots if root]


def open_export(files: ModelFiles) -> OnnxModel | None:
    """Open an earlier export, or return None if there is none that can be run.

    Exports in the user's cache folder are used even if `PINCITE_CACHE` names another folder:
    their names have the model's fingerprint.
    """
    if files.tokenizer is None:
        return None
    for folder in _folders(files):
        path = folder / "model.onnx"
        if path.is_file():
            try:
                return OnnxModel(files, path)
            except Exception:  # damaged, or of another runtime: export again
                continue
    return None


def export_model(files: ModelFiles, model: SentenceTransformer) -> OnnxModel | None:
    """Export `model`, compare the export with it, and store it.

    Returns None, so that the caller uses torch, if the folder cannot be written or the model
    cannot be exported faithfully; the reason is then in `failed.txt` in the folder.
    """
    folder = export_folder(files)
    failed = folder / "failed.txt"
    try:
        if files.tokenizer is None or failed.exists():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            path = Path(scratch) / "model.onnx"
            _write_graph(model, path)
            difference = _difference(OnnxModel(files, path), model)
            if not difference <= TOLERANCE:
                failed.write_text(f"differs from torch by {difference}\n", encoding="utf-8")
                return None
            path.replace(folder / "model.onnx")
        return OnnxModel(files, folder / "model.onnx")
    except OSError:  # a full disk or a read-only folder: may succeed next time
        return None
    except Exception as error:  # whatever torch's exporter raises for an unusual model
        with contextlib.suppress(OSError):
            failed.write_text(f"{type(error).__name__}: {error}\n", encoding="utf-8")
        return None


def _difference(exported: OnnxModel, model: SentenceTransformer) -> float:
    """Return the largest difference in any dimension of the samples' vectors."""
    max_tokens = model.max_seq_length or 512
    samples = [text for text in _SAMPLES if len(model.tokenizer(text)["input_ids"]) <= max_tokens]
    expected = model.encode(
        samples, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
    )
    alone = np.concatenate([exported.encode([text]) for text in samples])
    together = exported.encode(samples)
    return float(max(np.abs(alone - expected).max(), np.abs(together - expected).max()))


def _write_graph(model: SentenceTransformer, path: Path) -> None:
    import warnings

    import torch

    features: dict[str, Any] = dict(model.preprocess(list(_SAMPLES[:2])))
    names = [name for name in _INPUTS if name in features]

    class Whole(torch.nn.Module):
        """All steps of the model, from token ids to unit vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            inputs = {**features, **dict(zip(names, tensors, strict=True))}
            vectors = self.model(inputs)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, p=2, dim=1)

    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of branches, which the comparison covers
        torch.onnx.export(
            Whole().eval(),
            tuple(features[name] for name in names),
            str(path),
            input_names=names,
            output_names=["vectors"],
            dynamic_axes={**axes, "vectors": {0: "texts"}},
            opset_version=OPSET,
            dynamo=False,
        )
