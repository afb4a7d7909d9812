"""The operations on an index that are broken at every step, and what an index may hold after it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import index.ingest.sync
import index.storage.folder_writer
from index.library import Library
from index.settings import Precision
from index.vector_stores.registry import register_store
from tests.helpers.library import HashingEncoder, write
from tests.helpers.vectors import HALF_STORE

QUESTION = "the bridge over the river"


@dataclass(frozen=True)
class Place:
    """The folders of one attempt: the index, its articles, a backup and an empty place."""

    index: Path
    articles: Path
    backup: Path
    empty: Path


def library(place: Place) -> Library:
    """Open the index with the encoder that it was made with."""
    return Library.open(place.index, encoder=HashingEncoder(), lock_timeout=0)


def make(place: Place) -> None:
    """Make an index with several segments, removed articles, texts, uploads and a backup."""
    for number in range(6):
        write(
            place.articles / f"bridge{number}.txt",
            f"Bridge number {number} was painted in {1900 + number}. It is of iron.",
            "The river is wide here. A ferry crosses it.",
        )
    made = Library.create(place.index, encoder=HashingEncoder())
    made.sync(place.articles)
    made.add("The tunnel under the river was dug by hand.", id="tunnel")
    made.add_upload("ferry.txt", b"The ferry crossed the river in 1911. It sank.\n")
    made.backup(place.backup)
    (place.articles / "bridge0.txt").unlink()
    write(place.articles / "bridge1.txt", "Bridge number 1 fell into the river.", age=100)
    made.sync()
    # What the operations find.
    write(
        place.articles / "bridge2.txt", "Bridge number 2 was built again. It is of stone.", age=50
    )
    write(place.articles / "raft.txt", "A raft crossed the river in 1913. Nobody fell.", age=50)
    (place.articles / "bridge3.txt").rename(place.articles / "moved.txt")
    (place.articles / "bridge4.txt").unlink()


def _sync(place: Place) -> None:
    library(place).sync()


def _sync_in_parts(place: Place) -> None:
    """Commit after every article, and merge segments whenever there are two."""
    index.ingest.sync.CHECKPOINT_CHUNKS = 1
    index.storage.folder_writer.MAX_SEGMENTS = 1
    library(place).sync(verify=True)


def _use_store(place: Place) -> None:
    register_store(HALF_STORE)
    library(place).use_store("half")


def _repair(place: Place) -> None:
    Library.repair(place.index, encoder=HashingEncoder(), lock_timeout=0)
    library(place).sync()


def _damage(place: Place) -> None:
    path = sorted(place.index.rglob("articles.db"))[0]
    data = path.read_bytes()
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])


@dataclass(frozen=True)
class Operation:
    """An operation, what is done to the index before it, and how its result is compared.

    The index has the old or the new state whenever it ends; with `in_parts`, states between the
    two as well.
    """

    run: Callable[[Place], object]
    before: Callable[[Place], object] = lambda _: None
    in_parts: bool = False


OPERATIONS = {
    "sync": Operation(_sync),
    "sync in parts": Operation(_sync_in_parts, in_parts=True),
    "add a text": Operation(lambda p: library(p).add("A lighthouse by the river.", id="light")),
    "upload": Operation(lambda p: library(p).add_upload("raft.txt", b"A raft crossed in 1913.\n")),
    "replace uploads": Operation(
        lambda p: library(p).add_uploads(
            [("ferry.txt", p.articles / "raft.txt"), ("two/b.txt", p.articles / "bridge5.txt")]
        )
    ),
    "remove a text": Operation(lambda p: library(p).remove("tunnel")),
    "remove an upload": Operation(lambda p: library(p).remove("uploads/ferry.txt")),
    "remove a folder": Operation(lambda p: library(p).remove_root(p.articles)),
    "change the store": Operation(_use_store),
    "change the precision": Operation(lambda p: library(p).use_precision(Precision.FP32)),
    "create": Operation(lambda p: Library.create(p.empty, encoder=HashingEncoder())),
    "back up": Operation(lambda p: library(p).backup(p.empty)),
    "restore": Operation(lambda p: Library.restore(p.backup, p.index, lock_timeout=0)),
    "repair": Operation(_repair, before=_damage, in_parts=True),
}


def state(path: Path) -> Any:
    """Return what the index in `path` holds and finds; its files are checked first.

    Uploaded files are not compared: they are replaced beside the commit, not by it.
    """
    register_store(HALF_STORE)
    damaged = [one for one in Library.check(path).damaged if not one.path.startswith("uploads/")]
    if damaged:
        return [f"{one.path}: {one.problem}" for one in damaged]
    encoder = HashingEncoder()
    opened = Library.open(path, encoder=encoder)
    snapshot = opened.snapshot()
    texts = sorted((one.id, snapshot.article(one.id).text) for one in snapshot.articles())
    words = {snapshot.chunk(hit.row).article for hit in snapshot.search_words(QUESTION, 99)}
    near = snapshot.search_vectors(encoder.encode([QUESTION])[0], 99)
    found = sorted((snapshot.chunk(hit.row).article, round(hit.score, 4)) for hit in near)
    rows = [hit.row for hit in near]
    cosines = snapshot.sentence_cosines(rows, encoder.encode([QUESTION])[0])
    assert {article for article, _ in found} == {article for article, _ in texts}
    assert len(cosines) == len(rows)
    return [texts, sorted(words), found, opened.manifest.store, opened.manifest.precision]


def copy(source: Place, target: Path) -> Place:
    """Copy the folders of an attempt; the articles stay, since the index names their folder."""
    shutil.rmtree(target, ignore_errors=True)
    for part in ("index", "backup"):
        shutil.copytree(source.index.parent / part, target / part)
    return Place(target / "index", source.articles, target / "backup", target / "empty")
