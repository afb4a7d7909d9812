"""Approximate search for large segments: candidates from a compressed copy, scored exactly.

The store has a second file with every row in compressed form, sorted into lists by the nearest
of some centroids: an inverted file with product quantisation (Jégou et al., "Product quantization
for nearest neighbor search", 2011). A search scans the lists whose centroids are nearest, takes
more rows than requested, and ranks those by their full vectors. Scores are therefore exact; what
can be missing is a row that was not scanned. Parameters were chosen in bench/scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.cpu import usable_cores
from index.settings import StoreSetting
from index.vector_stores.base import Mask, Rows, SegmentVectors, Vectors
from index.vector_stores.flat import faiss_with_threads, load_faiss, mask_selector, read_faiss

_BLOCK = 16_384  # rows read at a time while building: 25 MB at 384 dimensions
_SEED = 1234
_MAX_VARIANCE_RATIO = 5.0  # largest variance / mean; 1.5 to 3.4 for MiniLM, recall drops from 20
_EXACT_SHARE = 20  # a mask that keeps one row in so many, or fewer, is searched exactly
_MIN_RERANKED = 100  # rows scored by their full vectors, however few are requested
_MIN_ROWS_PER_LIST = 39  # below it, FAISS warns of too few points per centroid


@dataclass(frozen=True, slots=True)
class IVFStore:
    """The store `ivfpq`, or with other parameters another inverted file of FAISS.

    `code` is FAISS's name of the compressed form; "{pairs}" in it is half the number of
    dimensions (all of an odd number). The default has 4 bits for each 2 dimensions, in the
    layout that FAISS scans in blocks of rows. With `rotate`, vectors are first rotated by a
    fixed random matrix if the variance of some dimension is several times the mean: a code
    with equal space for every dimension loses much there. `lists` times the square root of the
    number of rows is the number of lists, whose centroids are found from `sample` rows each. A
    search scans `probes` times the square root of the number of lists, and scores `rerank`
    times the rows requested by their full vectors.
    """

    name: str = StoreSetting.IVFPQ.value
    min_rows: int = 1_000
    code: str = "PQ{pairs}x4fs"
    rotate: bool = True
    lists: float = 1.0
    sample: int = 40
    probes: float = 3.0
    rerank: float = 3.0

    def list_count(self, rows: int) -> int:
        """Return the number of lists for so many rows."""
        return max(1, min(round(self.lists * math.sqrt(rows)), rows // _MIN_ROWS_PER_LIST))

    def probe_count(self, lists: int) -> int:
        """Return how many of so many lists a search without a mask scans."""
        return math.ceil(self.probes * math.sqrt(lists))

    def write(self, path: Path, vectors: SegmentVectors) -> None:
        """See `VectorStore.write`. The same vectors give the same bytes.

        FAISS does not report what is lost when the file is closed; `open` does.
        """
        faiss, rows = faiss_with_threads(usable_cores()), len(vectors)
        size = min(rows, self.sample * self.list_count(rows))
        chosen = np.random.default_rng(_SEED).choice(rows, size=size, replace=False)
        sample = vectors.vectors(np.sort(chosen))
        index = faiss.index_factory(
            vectors.dimensions, self._factory(rows, sample), faiss.METRIC_INNER_PRODUCT
        )
        clustering = faiss.extract_index_ivf(index).cp
        clustering.seed = _SEED
        clustering.max_points_per_centroid = self.sample
        index.train(sample)
        for start in range(0, rows, _BLOCK):
            index.add(vectors.vectors(np.arange(start, min(start + _BLOCK, rows))))
        try:
            faiss.write_index(index, str(path))
        except RuntimeError as error:
            raise OSError(f"{path} cannot be written completely; is the disk full?") from error

    def _factory(self, rows: int, sample: Vectors) -> str:
        """Return FAISS's description of an index of so many rows, `sample` among them."""
        dimensions = sample.shape[1]
        pairs = dimensions // 2 if dimensions % 2 == 0 else dimensions
        variances = sample.var(axis=0)
        is_uneven = variances.max() > _MAX_VARIANCE_RATIO * variances.mean()
        rotation = f"RR{dimensions}," if self.rotate and is_uneven else ""
        return f"{rotation}IVF{self.list_count(rows)},{self.code.format(pairs=pairs)}"

    def open(self, path: Path, vectors: SegmentVectors) -> IVFSearcher:
        """See `VectorStore.open`."""
        index = read_faiss(path)
        if (index.ntotal, index.d) != (len(vectors), vectors.dimensions):
            raise OSError(
                f"{path} holds {index.ntotal} rows, not the {len(vectors)} of its segment"
            )
        return IVFSearcher(vectors, index, self)


class IVFSearcher:
    """The full vectors of a segment and their inverted file, opened for reading."""

    def __init__(self, vectors: SegmentVectors, index: Any, store: IVFStore) -> None:
        self._vectors = vectors
        self._index = index
        self._rerank = store.rerank
        self._lists = int(load_faiss().extract_index_ivf(index).nlist)
        self._is_rotated = isinstance(index, load_faiss().IndexPreTransform)
        self._probes = store.probe_count(self._lists)
        self._unmasked = self._parameters(self._probes)

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Searcher.search`; nearly all of the nearest rows are found.

        The mask is applied inside the search: the fewer rows it keeps, the more lists are
        scanned. One that keeps a twentieth of all rows or fewer is searched exactly, which is
        no slower.
        """
        allowed = len(self._vectors) if mask is None else int(np.count_nonzero(mask))
        k = min(k, allowed)
        if allowed * _EXACT_SHARE <= len(self._vectors) or k * 10 >= allowed:
            return self._vectors.search(vector, k, mask)
        parameters = self._unmasked
        if mask is not None:
            # As many allowed rows are scanned as without a mask.
            probes = min(math.ceil(self._probes * len(self._vectors) / allowed), self._lists)
            parameters = self._parameters(probes, sel=mask_selector(mask))
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        candidates = min(max(math.ceil(k * self._rerank), _MIN_RERANKED), allowed)
        faiss_with_threads(1)
        _, found = self._index.search(query, candidates, params=parameters)
        rows = found[0][found[0] >= 0]
        if len(rows) < k:  # the scanned lists hold too few of the allowed rows
            return self._vectors.search(vector, k, mask)
        scores = self._vectors.vectors(rows) @ query[0]
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def _parameters(self, probes: int, **options: Any) -> Any:
        """Return FAISS's search parameters for scanning so many lists."""
        parameters = load_faiss().SearchParametersIVF(nprobe=probes, **options)
        if self._is_rotated:
            parameters = load_faiss().SearchParametersPreTransform(index_params=parameters)
        return parameters
