"""An exported model in bfloat16, run by OpenVINO: for encoding very many texts.

ONNX Runtime has no bfloat16 on processors; torch has, and takes seconds to import
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

LEAST_COSINE = 0.99
"""Least cosine, with what float32 gives, of the first texts; less, and the model is not run in
bfloat16. The packaged encoder has more than 0.999 (bench/README.md)."""

MOST_TOKENS = 1024
STEP = 4
"""A batch's tokens, at most, and what its width is a multiple of: for each shape of a batch
OpenVINO keeps some megabytes, and these ways of cutting have few (bench/README.md)."""

_TELEMETRY = "openvino_telemetry"


class BulkModel:
    """An exported model in bfloat16. Safe to use from several threads.

    Several batches at a time, a core each, take less than one batch with all cores, and wait
    for no core that is busy elsewhere (bench/README.md).
    """

    def __init__(
        self, files: ModelFiles, path: Path, *, at_once: int | None = None, step: int = STEP
    ) -> None:
        """`path` is the model as `index.embedding.onnx` exported it.

        `at_once` batches (1 or more) share the cores, one for each when None; `step` as in
        `ModelFiles.batch`. Raises EncoderError where OpenVINO cannot run it, or not in bfloat16.
        """
        self.at_once = at_once or usable_cores()
        try:
            model: Any = _core().compile_model(
                path,
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": "bf16",
                    "INFERENCE_NUM_THREADS": usable_cores(),
                    "NUM_STREAMS": self.at_once,
                },
            )
            given = model.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        except Exception as error:  # whatever a damaged model makes OpenVINO raise
            raise EncoderError(
                f"the encoder {files.name!r} cannot be run in bf16: {error}; use: --precision fp32"
            ) from error
        if given != "bf16":
            raise EncoderError(
                f"this processor computes in {given}, not in bf16; use: --precision fp32"
            )
        self._inputs = [one.get_any_name() for one in model.inputs]
        self._output = model.output(0)
        self._files = files
        self._step = step
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.at_once):
            self._free.put(model.create_infer_request())

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of `texts`, one batch: float32, shape (n, dimensions)."""
        arrays = self._files.batch(texts, step=self._step)
        request = self._free.get()
        try:
            results = request.infer({name: arrays[name] for name in self._inputs})
            return np.array(results[self._output], dtype=np.float32)
        finally:
            self._free.put(request)


@cache
def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16."""
    try:
        return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except Exception:  # no OpenVINO for this machine: then nothing here computes in it
        return False


@cache
def _core() -> Any:
    """OpenVINO, without the package by which its conversion tools report their use.

    They do without where it is not installed; the runtime never calls it.
    """
    kept = sys.modules.get(_TELEMETRY)
    if kept is None:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        import openvino
    finally:
        if kept is None:
            del sys.modules[_TELEMETRY]
    return openvino.Core()
