"""Concurrent writers and readers, and folders without a usable index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import index.storage.folder_writer
from index.embedding.encoder import Encoder
from index.errors import FormatError, LockedError, NoIndexError, RootError, SettingError
from index.library import Library
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from index.storage.lock import writer_lock
from index.storage.manifest import FORMAT, Manifest
from tests import PROJECT
from tests.helpers.library import CountingEncoder, write


def contents(library: Library) -> dict[str, str]:
    return {entry.id: library.article(entry.id).text for entry in library.articles()}


@pytest.fixture
def restricted_folder() -> Iterator[Path]:
    """An empty folder. Tests act as an unprivileged user in it, also when root runs them."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        os.seteuid(os.getuid())
        for folder in (path, *path.rglob("*/")):
            folder.chmod(0o755)


# Writers


@pytest.fixture
def holder(library: Library) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its standard input is closed."""
    code = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from index.storage.lock import writer_lock
        with writer_lock(Path(sys.argv[1]), "copying the archive", wait=0):
            print("held", flush=True)
            sys.stdin.read()
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(library.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def test_a_second_writer_waits_then_fails_naming_the_first(
    library: Library, folder: Path, holder: subprocess.Popen[str]
) -> None:
    messages: list[str] = []
    waiting = Library.open(library.path, lock_timeout=0.2, on_wait=messages.append)
    with pytest.raises(LockedError, match=rf"process {holder.pid} \(copying the archive, since"):
        waiting.sync(folder)
    assert messages[0].startswith(f"waiting for process {holder.pid} (copying the archive")
    assert len(library) == 0


def test_a_second_writer_continues_when_the_first_has_finished(
    library: Library, folder: Path, holder: subprocess.Popen[str]
) -> None:
    def finish(_text: str) -> None:
        assert holder.stdin is not None
        holder.stdin.close()

    assert len(Library.open(library.path, on_wait=finish).sync(folder).added) == 3


def test_the_lock_of_a_killed_process_is_free(
    library: Library, folder: Path, holder: subprocess.Popen[str]
) -> None:
    holder.kill()
    holder.wait()
    assert len(Library.open(library.path, lock_timeout=0).sync(folder).added) == 3


def test_the_lock_excludes_other_threads(library: Library) -> None:
    with (
        writer_lock(library.path, "first", wait=0),
        pytest.raises(LockedError, match=rf"process {os.getpid()} \(first"),
    ):
        Library.open(library.path, lock_timeout=0).add("Some text.")


def test_articles_added_by_many_threads_are_all_stored(library: Library) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: library.add(f"Text number {n}.", id=f"t{n}"), range(12)))
    library.refresh()
    assert len(library) == len(Library.open(library.path)) == 12


# Readers


def test_a_reader_keeps_its_snapshot(library: Library, folder: Path) -> None:
    library.sync(folder)
    reader = Library.open(library.path, encoder=library.encoder)
    old, vector = contents(reader), library.encoder.encode(["pears"])[0]
    hits = (reader.snapshot().search_words("pears", 3), reader.snapshot().search_vectors(vector, 3))
    untouched = Library.open(library.path)  # reads nothing before the files are removed
    (folder / "orchard.txt").unlink()
    for number in range(12):
        write(folder / "harbour.txt", f"Version {number} of the harbour.", age=1000 - number)
        library.sync(folder)
    for old_reader in (reader, untouched):
        snapshot = old_reader.snapshot()
        assert contents(old_reader) == old
        assert (snapshot.search_words("pears", 3), snapshot.search_vectors(vector, 3)) == hits
    assert reader.refresh()
    assert contents(reader) == contents(library) != old
    assert reader.snapshot().search_words("pears", 3) == []
    assert not reader.refresh()


def test_a_reader_works_after_the_index_is_deleted(library: Library, folder: Path) -> None:
    library.sync(folder)
    reader = Library.open(library.path)
    shutil.rmtree(library.path)
    assert "Pears" in reader.article("orchard.txt").text
    assert len(reader.snapshot().search_words("pears", 3)) == 1
    with pytest.raises(NoIndexError):
        reader.refresh()


def test_a_read_only_index_can_be_searched(
    library: Library, folder: Path, encoder: CountingEncoder, restricted_folder: Path
) -> None:
    library.sync(folder)
    before = library.snapshot().search_words("Halden bridge", 3)
    copy = shutil.copytree(library.path, restricted_folder / "index")
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.getuid() == 0:
        os.seteuid(65534)
    assert not os.access(copy / "bm25", os.W_OK, effective_ids=True)
    reader = Library.open(copy, encoder=encoder)
    assert reader.snapshot().search_words("Halden bridge", 3) == before
    assert before
    assert contents(reader) == contents(library)


def test_articles_of_a_folder_that_cannot_be_listed_stay(
    folder: Path, encoder: CountingEncoder, restricted_folder: Path
) -> None:
    articles = shutil.copytree(folder, restricted_folder / "articles")
    if os.getuid() == 0:
        for path in (restricted_folder, *restricted_folder.rglob("*")):
            os.chown(path, 65534, 65534)
        os.seteuid(65534)
    library = Library.create(
        restricted_folder / "index", encoder=encoder, embedding_mode=EmbeddingMode.TEXT
    )
    library.sync(articles)
    (articles / "north").chmod(0o000)
    report = library.sync(articles)
    assert report.removed == ()
    assert report.unchanged == ("harbour.txt", "north/bridge.txt", "orchard.txt")
    assert [skip.path for skip in report.skipped] == [str(articles / "north")]
    assert "cannot be listed (Permission denied)" in report.skipped[0].reason
    assert len(library.snapshot().search_words("Halden bridge", 3)) == 1
    articles.chmod(0o000)
    with pytest.raises(RootError, match=r"articles cannot be listed \(Permission denied\)"):
        library.sync(articles)
    assert len(library) == 3


def test_articles_of_a_folder_that_cannot_be_entered_stay(
    folder: Path, encoder: CountingEncoder, restricted_folder: Path
) -> None:
    articles = shutil.copytree(folder, restricted_folder / "deep" / "articles")
    if os.getuid() == 0:
        for path in (restricted_folder, *restricted_folder.rglob("*")):
            os.chown(path, 65534, 65534)
        os.seteuid(65534)
    library = Library.create(
        restricted_folder / "index", encoder=encoder, embedding_mode=EmbeddingMode.TEXT
    )
    library.sync(articles)
    (articles / "north").chmod(0o444)
    report = library.sync(articles)
    assert report.removed == ()
    assert [skip.path for skip in report.skipped] == [str(articles / "north")]
    articles.parent.chmod(0o600)
    with pytest.raises(RootError, match=r"articles cannot be reached \(Permission denied\)"):
        library.sync(articles)
    articles.parent.chmod(0o700)


@pytest.mark.parametrize("moment", [1, 2])
def test_an_interrupt_after_the_commit_leaves_the_new_state(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Interrupted while unused files are removed, or while the new state is opened."""
    library.sync(folder)
    write(folder / "harbour.txt", "The harbour froze in 1888.", age=100)
    write_manifest, clean = Manifest.write, index.storage.folder_writer.remove_unused_files
    after: list[int] = []

    def written(manifest: Manifest, directory: Path) -> None:
        write_manifest(manifest, directory)
        after.append(0)
        if moment == 1:
            raise KeyboardInterrupt

    def cleaning(directory: Path, manifest: Manifest) -> None:
        if after and len(after) < moment:
            after.append(0)
            raise KeyboardInterrupt
        clean(directory, manifest)

    monkeypatch.setattr(Manifest, "write", written)
    monkeypatch.setattr(index.storage.folder_writer, "remove_unused_files", cleaning)
    with pytest.raises(KeyboardInterrupt):
        library.sync(folder)
    monkeypatch.undo()
    reopened = Library.open(library.path)
    assert reopened.article("harbour.txt").text.strip() == "The harbour froze in 1888."
    assert len(reopened.snapshot().search_words("harbour froze", 3)) == 1
    assert library.sync(folder).changed == ()
    assert len(library) == 3


def test_readers_never_see_a_partly_written_index(library: Library, folder: Path) -> None:
    """Readers open, search and read while a writer commits and removes old files."""
    library.sync(folder)
    stop, opened = threading.Event(), 0

    def read() -> int:
        count = 0
        while not stop.is_set():
            reader = Library.open(library.path)
            versions = {text.split()[1] for name, text in contents(reader).items() if "v" in name}
            assert len(versions) <= 1, "both files of a version, or none"
            hits = reader.snapshot().search_words("version", 10)
            assert len(hits) == 2 * len(versions)
            assert {reader.snapshot().chunk(hit.row).article for hit in hits} <= {
                "v1.txt",
                "v2.txt",
            }
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for number in range(12):
            for name in ("v1.txt", "v2.txt"):
                write(folder / name, f"Version {number} of the notice.", age=1000 - number)
            library.sync(folder)
        stop.set()
        opened = sum(reader.result() for reader in readers)
    assert opened > 3


def test_searches_from_many_threads_agree(library: Library, folder: Path) -> None:
    library.sync(folder)
    vector = library.encoder.encode(["a harbour"])[0]

    def ask(_number: int) -> tuple[object, ...]:
        snapshot = library.snapshot()
        hits = snapshot.search_words("harbour of Lisbon", 3)
        return hits, snapshot.search_vectors(vector, 3), snapshot.chunks([h.row for h in hits])

    with ThreadPoolExecutor(8) as pool:
        assert len({repr(answer) for answer in pool.map(ask, range(200))}) == 1


# Unusable indexes


@pytest.mark.parametrize("kind", ["missing", "empty", "articles", "file"])
def test_opening_a_folder_without_an_index_is_an_error(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    path = {"articles": folder, "file": folder / "orchard.txt"}.get(kind, tmp_path / kind)
    if kind == "empty":
        path.mkdir()
    with pytest.raises(NoIndexError, match=r"no index in .*pincite index PATH --index"):
        Library.open(path)


def test_an_index_is_not_created_among_other_files(folder: Path, encoder: CountingEncoder) -> None:
    with pytest.raises(SettingError, match=r"'harbour\.txt' and no index"):
        Library.create(folder, encoder=encoder)
    with pytest.raises(SettingError, match="is a file"):
        Library.create(folder / "orchard.txt", encoder=encoder)
    with pytest.raises(NoIndexError, match=r"no index can be made in .*orchard\.txt.mine"):
        Library.create(folder / "orchard.txt" / "mine", encoder=encoder)
    assert sorted(path.name for path in folder.iterdir()) == ["harbour.txt", "north", "orchard.txt"]


def test_an_index_is_not_created_twice(library: Library, encoder: CountingEncoder) -> None:
    with pytest.raises(SettingError, match="already holds an index"):
        Library.create(library.path, encoder=encoder)
    assert (
        Library.open_or_create(library.path, encoder=encoder).manifest.state
        == library.manifest.state
    )


def test_another_format_version_is_rejected(library: Library) -> None:
    newer = rf"format 7; .* reads format {FORMAT}\. Install the newer version"
    older = rf"format 2; .* reads format {FORMAT}\. Make another index in a new folder"
    for version, message in ((7, newer), (2, older)):
        replace(library.manifest, format=version).write(library.path)
        with pytest.raises(FormatError, match=message):
            Library.open(library.path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", json.dumps({"format": FORMAT}), json.dumps({"format": FORMAT, "roots": 3})],
)
def test_a_damaged_manifest_is_reported(library: Library, text: str) -> None:
    (library.path / "manifest.json").write_text(text)
    with pytest.raises(FormatError, match=r"manifest\.json is damaged.*pincite repair"):
        Library.open(library.path)


@pytest.mark.parametrize("name", ["articles.db", "vectors.faiss", "meta.json"])
@pytest.mark.parametrize("data", [None, b"no"], ids=["missing", "broken"])
def test_a_damaged_file_is_reported(
    library: Library, folder: Path, name: str, data: bytes | None
) -> None:
    library.sync(folder)
    (path,) = library.path.rglob(name)
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FormatError, match="is damaged"):
        Library.open(library.path)


class OtherEncoder(CountingEncoder):
    @property
    def name(self) -> str:
        return "another-model"

    @property
    def fingerprint(self) -> str:
        return "f" * 64


def test_another_encoder_is_rejected(library: Library, folder: Path, real_encoder: Encoder) -> None:
    library.sync(folder)
    other = OtherEncoder(real_encoder)
    for use in (Library.open, Library.open_or_create):
        with pytest.raises(FormatError, match=r"encoder pincite-minilm-l6 .* is another-model"):
            use(library.path, encoder=other)
    manifest = replace(library.manifest, fingerprint="0" * 64)
    manifest.write(library.path)
    with pytest.raises(FormatError, match="was made with the encoder"):
        _ = Library.open(library.path).encoder


def test_other_settings_are_rejected(library: Library) -> None:
    with pytest.raises(FormatError, match="chunk settings"):
        Library.open_or_create(library.path, chunk_settings=ChunkSettings(overlap_tokens=0))
    with pytest.raises(FormatError, match="embedding mode text, not sentences"):
        Library.open_or_create(library.path, embedding_mode=EmbeddingMode.SENTENCES)


def test_after_a_change_of_the_parsers_every_file_is_parsed_again(
    library: Library, folder: Path, encoder: CountingEncoder
) -> None:
    library.sync(folder)
    encoder.take_texts()
    replace(library.manifest, extractor="0").write(library.path)
    again = Library.open(library.path, encoder=encoder)
    assert len(again.sync().unchanged) == 3
    assert encoder.take_texts() == []
    assert again.manifest.extractor == library.manifest.extractor
