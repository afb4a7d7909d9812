"""A sentence-transformers model as one ONNX graph, run by ONNX Runtime.

Importing sentence-transformers takes seconds, ONNX Runtime a fraction of one, and both give
the same vectors. So a model is exported once, checked against itself, and kept in the
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
"""Largest difference, in any of a unit vector's numbers, to what torch computes.

float32 sums taken in another order differ by about 1e-6; a wrong mask or prompt by 1e-2.
"""

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

# Short and long, upper case, accents, another script: what a wrong export would get wrong.
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
        # Batches differ in shape, and a plan of memory for each is kept for good. With neither
        # plan nor arena, the system's allocator took twice as much (bench/README.md).
        options.enable_mem_pattern = False
        options.intra_op_num_threads = _threads()
        # Threads that wait for a next batch would keep a core from the search that follows.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [given.name for given in self._session.get_inputs()]
        self._files = files
        self.path = path

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of `texts`, one batch: float32, shape (n, dimensions)."""
        arrays = self._files.batch(texts)
        feed = {name: arrays[name] for name in self._inputs}
        vectors: npt.NDArray[np.float32] = self._session.run(None, feed)[0]
        return vectors


def _threads() -> int:
    """How many threads run a graph: 0 leaves it to ONNX Runtime, one for each core.

    It does not see that a process may use only some of them, and its threads would then
    wait for one another on the same core.
    """
    usable = usable_cores()
    return usable if usable < (os.cpu_count() or 1) else 0


def export_folder(files: ModelFiles) -> Path:
    """Where the export of a model is kept: `PINCITE_CACHE`, or the user's cache folder."""
    return _folders(files)[0]


def _folders(files: ModelFiles) -> list[Path]:
    import platformdirs

    roots = [os.environ.get("PINCITE_CACHE"), platformdirs.user_cache_dir("pincite")]
    name = f"{files.fingerprint[:20]}-{EXPORT_VERSION}"
    return [Path(root) / "models" / name for root in roots if root]


def open_export(files: ModelFiles) -> OnnxModel | None:
    """The export made earlier, or None when there is none that can be run.

    An export in the user's cache folder is used even when `PINCITE_CACHE` names another:
    its name says which weights it was made from.
    """
    if files.tokenizer is None:
        return None
    for folder in _folders(files):
        path = folder / "model.onnx"
        if path.is_file():
            try:
                return OnnxModel(files, path)
            except Exception:  # damaged, or of a runtime that is gone: it can be made again
                continue
    return None


def export_model(files: ModelFiles, model: SentenceTransformer) -> OnnxModel | None:
    """Export `model`, check the export against it, and keep it.

    Returns None, and notes why beside where it would be, when the model cannot be exported
    faithfully or the folder cannot be written: the caller goes on with torch.
    """
    folder = export_folder(files)
    failed = folder / "failed.txt"
    try:
        if files.tokenizer is None or failed.exists():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / "model.onnx"
            _write_graph(model, made)
            difference = _difference(OnnxModel(files, made), model)
            if not difference <= TOLERANCE:
                failed.write_text(f"differs from torch by {difference}\n", encoding="utf-8")
                return None
            made.replace(folder / "model.onnx")
        return OnnxModel(files, folder / "model.onnx")
    except OSError:  # a full disk, a folder that may not be written: perhaps not next time
        return None
    except Exception as error:  # whatever torch's exporter raises for an unusual model
        with contextlib.suppress(OSError):
            failed.write_text(f"{type(error).__name__}: {error}\n", encoding="utf-8")
        return None


def _difference(exported: OnnxModel, model: SentenceTransformer) -> float:
    """The largest difference in any number of the samples' vectors."""
    reads = model.max_seq_length or 512
    samples = [text for text in _SAMPLES if len(model.tokenizer(text)["input_ids"]) <= reads]
    wanted = model.encode(
        samples, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
    )
    alone = np.concatenate([exported.encode([text]) for text in samples])
    together = exported.encode(samples)
    return float(max(np.abs(alone - wanted).max(), np.abs(together - wanted).max()))


def _write_graph(model: SentenceTransformer, path: Path) -> None:
    import warnings

    import torch

    features: dict[str, Any] = dict(model.preprocess(list(_SAMPLES[:2])))
    names = [name for name in _INPUTS if name in features]

    class Whole(torch.nn.Module):
        """From token numbers to unit vectors, every step of the model included."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *given: torch.Tensor) -> torch.Tensor:
            known = {**features, **dict(zip(names, given, strict=True))}
            vectors = self.model(known)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, p=2, dim=1)

    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of branches the check then covers
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
