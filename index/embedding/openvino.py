"""Run an exported model in bfloat16 by OpenVINO, to encode many texts.

ONNX Runtime does not compute in bfloat16 on processors. torch does, but takes seconds to import
(bench/README.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedding.cpu import usable_cores
from index.embedding.model_files import ModelFiles
from index.errors import EncoderError

MIN_COSINE = 0.99
"""Smallest accepted cosine between bfloat16 and float32 vectors of the first texts. The packaged
encoder has more than 0.999 (bench/README.md)."""

MAX_TOKENS = 1024
WIDTH_STEP = 4
"""The most tokens of a batch, and the number that divides its width. OpenVINO keeps some megabytes
for each shape of a batch; these limits make few shapes (bench/README.md)."""

_TELEMETRY = "openvino_telemetry"


class BulkModel:
    """An exported model in bfloat16. Safe to use from several threads.

    Running several batches in parallel, each on its own core, is faster than one batch on all
    cores, and does not wait for a core that is busy elsewhere (bench/README.md).
    """

    def __init__(
        self, files: ModelFiles, path: Path, *, parallel: int | None = None, step: int = WIDTH_STEP
    ) -> None:
        """Load the model that `index.embedding.onnx` exported to `path`.

        `parallel` batches (1 or more) share the cores, one batch per core by default; `step` as
        in `ModelFiles.batch`. Raises EncoderError if OpenVINO cannot run it in bfloat16.
        """
        self.parallel = parallel or usable_cores()
        try:
            model: Any = _core().compile_model(
                path,
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": "bf16",
                    "INFERENCE_NUM_THREADS": usable_cores(),
                    "NUM_STREAMS": self.parallel,
                },
            )
            precision = model.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        except Exception as error:  # whatever a damaged model makes OpenVINO raise
            raise EncoderError(
                f"the encoder {files.name!r} cannot be run in bf16: {error}; use: --precision fp32"
            ) from error
        if precision != "bf16":
            raise EncoderError(
                f"this processor computes in {precision}, not in bf16; use: --precision fp32"
            )
        self._inputs = [tensor.get_any_name() for tensor in model.inputs]
        self._output = model.output(0)
        self._files = files
        self._step = step
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.parallel):
            self._free.put(model.create_infer_request())

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Encode one batch to unit vectors: float32, shape (n, dimensions)."""
        arrays = self._files.batch(texts, step=self._step)
        request = self._free.get()
        try:
            results = request.infer({name: arrays[name] for name in self._inputs})
            return np.array(results[self._output], dtype=np.float32)
        finally:
            self._free.put(request)


@cache
def has_bf16() -> bool:
    """Whether this processor computes in bfloat16."""
    try:
        return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except Exception:  # no OpenVINO for this machine
        return False


@cache
def _core() -> Any:
    """Import OpenVINO without its telemetry package, which is optional.

    Only its conversion tools report their use; the runtime never does.
    """
    telemetry = sys.modules.get(_TELEMETRY)
    if telemetry is None:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        import openvino
    finally:
        if telemetry is None:
            del sys.modules[_TELEMETRY]
    return openvino.Core()
