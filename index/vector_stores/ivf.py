"""Approximate search for many rows: near rows are found in a small file, then scored exactly.

The file beside the full vectors has every row once more, shortened and sorted into lists by
the nearest of some centres (an inverted file, as in Jegou et al., "Product quantization for
nearest neighbor search", 2011). A search looks at the lists whose centres are nearest, takes
more rows than asked for by their shortened vectors, and orders those by their full ones. The
full vectors are memory-mapped, and so are shortened ones of a byte or half a byte a dimension;
those that FAISS scans in blocks are read at opening. Scores are exact; what may be missing is
a row that was not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.cpu import usable_cores
from index.vector_stores.base import Mask, Rows, Vectors
from index.vector_stores.flat import FaissStore, engine, read, selector, with_threads

_BLOCK = 16_384  # rows read at a time while building: 25 MB at 384 dimensions
_SEED = 1234
_UNEVEN = 5.0  # the highest variance beside the mean; 1.5 to 3.4 of all-MiniLM-L6-v2, harm from 20
_FEW = 20  # one kept row of so many, or fewer, are compared one by one (bench/scale)
_LEAST_SCORED = 100  # rows scored by their full vectors, however few are asked for


@dataclass(frozen=True, slots=True)
class Approximation:
    """How rows are shortened and searched.

    `code` is FAISS's name of the short form, `{pairs}` in it half the number of dimensions (or
    all of an odd one). With `even`, vectors are rotated first, at random but the same each
    time, if some dimension has several times the variance of the others: a code with equal
    room for each loses much there. `lists` times the square root of the number of rows is
    the number of centres, `sample` rows for each are read to find them. A search looks at
    `breadth` times the square root of the number of lists, and scores `widen` times as many
    rows as asked for by their full vectors. Figures were chosen in bench/scale.
    """

    code: str
    even: bool = False
    lists: float = 4.0
    sample: int = 40
    breadth: float = 3.0
    widen: float = 1.5

    def factory(self, rows: int, sample: Vectors) -> str:
        """FAISS's description of the whole index of that many rows, some of them in `sample`."""
        dimensions = sample.shape[1]
        pairs = dimensions // 2 if dimensions % 2 == 0 else dimensions
        variances = sample.var(axis=0)
        turned = self.even and variances.max() > _UNEVEN * variances.mean()
        turn = f"RR{dimensions}," if turned else ""
        return f"{turn}IVF{self.centres(rows)},{self.code.format(pairs=pairs)}"

    def centres(self, rows: int) -> int:
        """How many lists that many rows are sorted into; each gets 39 rows or more."""
        return max(1, min(round(self.lists * math.sqrt(rows)), rows // 39))

    def probes(self, lists: int) -> int:
        """How many of that many lists a search looks at where nothing is filtered."""
        return math.ceil(self.breadth * math.sqrt(lists))


class ApproximateStore:
    """Full vectors and their approximation, opened for reading."""

    def __init__(self, full: FaissStore, near: Any, how: Approximation) -> None:
        self._full = full
        self._near = near
        self._how = how
        self._lists = int(engine().extract_index_ivf(near).nlist)
        self._turned = isinstance(near, engine().IndexPreTransform)
        self._probes = how.probes(self._lists)
        self._everywhere = self._parameters(self._probes)

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return self._full.dimensions

    def __len__(self) -> int:
        return len(self._full)

    def search(self, vector: Vectors, k: int, keep: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Store.search`; the rows found are nearly always the nearest.

        A filter is applied inside the search: the fewer rows it keeps, the more lists are
        looked at. A twentieth of all rows or fewer are compared one by one, which is no slower.
        """
        kept = len(self) if keep is None else int(np.count_nonzero(keep))
        k = min(k, kept)
        if kept * _FEW <= len(self) or k * 10 >= kept:
            return self._full.search(vector, k, keep)
        # As many kept rows are looked at as would be without a filter.
        probes = min(math.ceil(self._probes * len(self) / kept), self._lists)
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        parameters = self._everywhere
        if keep is not None:
            parameters = self._parameters(probes, sel=selector(keep))
        wanted = min(max(math.ceil(k * self._how.widen), _LEAST_SCORED), kept)
        with_threads(1)
        _, found = self._near.search(query, wanted, params=parameters)
        rows = found[0][found[0] >= 0]
        if len(rows) < k:  # the lists looked at hold too few of the rows kept
            return self._full.search(vector, k, keep)
        scores = self._full.vectors(rows) @ query[0]
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (len(rows), dimensions), as they were written."""
        return self._full.vectors(rows)

    def _parameters(self, probes: int, **more: Any) -> Any:
        """How FAISS is to search: the lists looked at, and what else is given."""
        made = engine().SearchParametersIVF(nprobe=probes, **more)
        if self._turned:
            made = engine().SearchParametersPreTransform(index_params=made)
        return made


def write_near(path: Path, full: FaissStore, how: Approximation) -> None:
    """Write the approximation of some full vectors to the new file `path`.

    The centres come from k-means over a sample, the same each time. Raises OSError where it
    cannot be written; but what is lost at closing, `open_near` finds.
    """
    faiss, rows = with_threads(usable_cores()), len(full)
    wanted = min(rows, how.sample * how.centres(rows))
    chosen = np.random.default_rng(_SEED).choice(rows, size=wanted, replace=False)
    sample = full.vectors(np.sort(chosen))
    description = how.factory(rows, sample)
    near = faiss.index_factory(full.dimensions, description, faiss.METRIC_INNER_PRODUCT)
    lists = faiss.extract_index_ivf(near)
    lists.cp.seed = _SEED
    lists.cp.max_points_per_centroid = how.sample
    near.train(sample)
    for start in range(0, rows, _BLOCK):
        near.add(full.vectors(np.arange(start, min(start + _BLOCK, rows))))
    try:
        faiss.write_index(near, str(path))
    except RuntimeError as error:
        raise OSError(f"{path} cannot be written whole; is the disk full?") from error


def open_near(path: Path, full: FaissStore, how: Approximation) -> ApproximateStore:
    """Open what `write_near` wrote. Raises OSError where it is missing or damaged."""
    near = read(path)
    if (near.ntotal, near.d) != (len(full), full.dimensions):
        raise OSError(f"{path} holds {near.ntotal} rows, not the {len(full)} of its segment")
    return ApproximateStore(full, near, how)
