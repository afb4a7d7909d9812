"""Flip single bits in the files of an index, and compare what searches return."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import DamagedError
from index.library import Library
from index.storage.manifest import MANIFEST_COPY
from tests.helpers.library import HashingEncoder

_UNUSED = {"lock", MANIFEST_COPY}  # what no search reads


def kind_of(path: Path) -> str:
    """Return what a file of an index is, without numbers and random names."""
    name = path.name
    if path.parent.parent.name == "bm25" and not name.endswith(".json"):
        return f"bm25{path.suffix}"
    return name.split("-")[0] if name.startswith(("files-", "removed-")) else name


def searched_files(index: Path) -> dict[str, list[Path]]:
    """Return the files that searches read, by kind."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(index.rglob("*")):
        is_used = path.suffix != ".lock" and path.name not in _UNUSED
        if is_used and path.is_file() and path.stat().st_size:
            kinds.setdefault(kind_of(path), []).append(path)
    return kinds


def flips(index: Path, count: int, seed: int) -> Iterator[tuple[Path, int]]:
    """Yield files with one flipped bit, every kind equally often; the bit is flipped back after."""
    chance, kinds = random.Random(seed), searched_files(index)
    for number in range(count):
        path = chance.choice(kinds[sorted(kinds)[number % len(kinds)]])
        data = path.read_bytes()
        bit = chance.randrange(8 * len(data))
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        yield path, bit
        path.write_bytes(data)


def differences(index: Path, questions: list[str], whole: list[Any]) -> DamagedError | str:
    """Return the error that names damage, else "same" or "silent", compared with `whole`."""
    try:
        return "same" if everything(index, questions) == whole else "silent"
    except DamagedError as error:
        return error


def everything(index: Path, questions: list[str]) -> list[Any]:
    """Return all that an index holds and finds, read by a library opened for it."""
    encoder = HashingEncoder()
    library = Library.open(index, encoder=encoder)
    snapshot = library.snapshot()
    found: list[Any] = [library.manifest.state, snapshot.files(), len(library)]
    for entry in snapshot.articles():
        article = snapshot.article(entry.id)
        found += [entry, article.text, list(article.paragraphs), snapshot.article_rows(entry.id)]
    for question, vector in zip(questions, encoder.encode(questions), strict=True):
        words, near = snapshot.search_words(question, 9), snapshot.search_vectors(vector, 9)
        rows = [hit.row for hit in (*words, *near)]
        cosines = [round(float(one), 6) for one in snapshot.sentence_cosines(rows, vector)]
        found += [words, near, repr(cosines), [chunk for chunk, _ in snapshot.passages(rows)]]
    return found
