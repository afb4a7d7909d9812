"""A sync follows every change of a folder and encodes only new text."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from index.errors import CancelledError, RootError, SettingError
from index.ingest.scan import sha256_of
from index.library import Library, Rename, SyncProgress, SyncReport
from index.settings import EmbeddingMode
from index.types import is_web_address
from tests.helpers.library import CountingEncoder, write

LONG = [
    f"Paragraph {number} tells of the {name} expedition, its ships and its crew, at some length, "
    "so that it stands by itself as a passage of the article and is encoded alone."
    for number, name in enumerate(("first", "second", "third", "fourth"), start=1)
]


def ids(library: Library) -> list[str]:
    return [article.id for article in library.articles()]


def found(library: Library, question: str) -> list[str]:
    """Return the articles that a word search finds, after checking them against a vector search."""
    words = [
        library.snapshot().chunk(hit.row).article
        for hit in library.snapshot().search_words(question, 10)
    ]
    vector = library.encoder.encode([question])[0]
    near = [
        library.snapshot().chunk(hit.row).article
        for hit in library.snapshot().search_vectors(vector, 100)
    ]
    assert set(words) <= set(near)
    assert set(near) <= set(ids(library))
    return words


def test_a_synced_folder_is_searchable(library: Library, folder: Path) -> None:
    report = library.sync(folder)
    assert report.added == ("harbour.txt", "north/bridge.txt", "orchard.txt")
    assert ids(library) == list(report.added)
    assert found(library, "Who dredged the harbour?") == ["harbour.txt"]
    article = library.article("north/bridge.txt")
    assert article.text == (folder / "north/bridge.txt").read_text(encoding="utf-8")
    chunk = library.snapshot().chunk(library.snapshot().search_words("Halden", 1)[0].row)
    assert chunk.span.of(article.text) == "Engineers closed the Halden bridge after a storm."


def test_syncing_again_does_nothing(
    library: Library, folder: Path, encoder: CountingEncoder
) -> None:
    library.sync(folder)
    assert len(encoder.take_texts()) == 3
    generation, state = library.manifest.generation, library.manifest.state
    for verify in (False, True):
        report = library.sync(verify=verify)
        assert report.unchanged == tuple(ids(library))
        assert report == SyncReport(unchanged=report.unchanged)
    assert encoder.take_texts() == []
    assert (library.manifest.generation, library.manifest.state) == (generation, state)


def test_a_changed_file_replaces_its_article(
    library: Library, folder: Path, encoder: CountingEncoder
) -> None:
    write(folder / "ship.txt", *LONG)
    library.sync(folder)
    before = library.manifest.state
    encoder.take_texts()
    write(folder / "ship.txt", LONG[0], "A quite new paragraph says that the quail came back to "
          "the island after the winter, which nobody on the ship had thought it would do.",
          *LONG[2:], age=1800)  # fmt: skip
    report = library.sync(folder)
    assert report.changed == ("ship.txt",)
    assert len(report.unchanged) == 3
    assert library.manifest.state != before
    encoded = encoder.take_texts()
    assert len(encoded) == 1, "only the new paragraph is encoded"
    assert "quail" in encoded[0]
    assert found(library, "quail") == ["ship.txt"]
    assert "second expedition" not in library.article("ship.txt").text


@pytest.mark.parametrize("mode", EmbeddingMode)
def test_a_renamed_file_is_not_encoded_again(
    tmp_path: Path, folder: Path, encoder: CountingEncoder, mode: EmbeddingMode
) -> None:
    library = Library.create(tmp_path / "other index", encoder=encoder, embedding_mode=mode)
    library.sync(folder)
    encoder.take_texts()
    (folder / "orchard.txt").rename(folder / "north" / "pears.txt")
    report = library.sync(folder)
    assert report.renamed == (Rename("orchard.txt", "north/pears.txt"),)
    assert report == SyncReport(renamed=report.renamed, unchanged=report.unchanged)
    assert encoder.take_texts() == []
    assert found(library, "Ghent medal") == ["north/pears.txt"]


def test_a_file_renamed_to_another_spelling_of_its_name_keeps_its_article(
    library: Library, folder: Path
) -> None:
    write(folder / "cafe\u0301.txt", "The café opened in Delft.")
    library.sync(folder)
    (folder / "cafe\u0301.txt").rename(folder / "caf\u00e9.txt")
    report = library.sync(folder)
    assert report.changed == ("caf\u00e9.txt",)
    assert found(library, "Delft") == ["caf\u00e9.txt"]


def test_a_deleted_article_stays_deleted_through_merges(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "orchard.txt").unlink()
    assert library.sync(folder).removed == ("orchard.txt",)
    for number in range(15):  # enough commits to merge segments
        write(folder / f"more{number}.txt", f"Note {number} on the weather in Aarhus.")
        library.sync(folder)
        assert "orchard.txt" not in ids(library)
        assert found(library, "pears orchard medal Ghent") == []
    assert len(library.manifest.segments) <= 8
    again = Library.open(library.path)
    assert "orchard.txt" not in ids(again)
    assert len(again) == 17


def test_a_deleted_file_that_returns_is_added(library: Library, folder: Path) -> None:
    library.sync(folder)
    text = (folder / "orchard.txt").read_text(encoding="utf-8").strip()
    state = library.manifest.state
    (folder / "orchard.txt").unlink()
    library.sync(folder)
    write(folder / "orchard.txt", text)
    assert library.sync(folder).added == ("orchard.txt",)
    assert found(library, "pears") == ["orchard.txt"]
    assert library.manifest.state == state, "the same articles are the same state"


def test_merging_segments_keeps_the_vectors_of_every_row(
    library: Library, folder: Path, encoder: CountingEncoder
) -> None:
    library.sync(folder)
    for number in range(25):
        write(folder / f"note{number:02}.txt", f"Note {number} says that lamp {number} is broken.")
        if number % 3 == 0:
            write(folder / "orchard.txt", f"Pears of year {number} were sour.", age=3000 - number)
        library.sync(folder)
    assert len(library.manifest.segments) <= 8
    texts = encoder.take_texts()
    assert len(texts) == len(set(texts)), "nothing was encoded twice"
    for article in library.articles():
        rows = library.snapshot().article_rows(article.id)
        chunk = library.snapshot().chunk(rows[0])
        assert chunk.article == article.id
        text = chunk.span.of(library.article(article.id).text)
        vector = library.encoder.encode([text])[0]
        assert library.snapshot().vectors([rows[0]])[0] == pytest.approx(vector, abs=1e-5)
        assert library.snapshot().search_vectors(vector, 1)[0].row == rows[0]
        assert rows[0] in [hit.row for hit in library.snapshot().search_words(text, 30)]


def test_files_with_the_same_words_are_two_articles(library: Library, folder: Path) -> None:
    shutil.copy(folder / "orchard.txt", folder / "copy.txt")
    library.sync(folder)
    assert sorted(found(library, "pears")) == ["copy.txt", "orchard.txt"]


def test_touching_a_file_changes_nothing(
    library: Library, folder: Path, encoder: CountingEncoder
) -> None:
    library.sync(folder)
    encoder.take_texts()
    os.utime(folder / "orchard.txt")
    state = library.manifest.state
    assert len(library.sync(folder).unchanged) == 3
    assert (encoder.take_texts(), library.manifest.state) == ([], state)


def test_a_change_within_two_seconds_of_a_sync_is_detected(library: Library, folder: Path) -> None:
    """With the same size and time, recent files are compared by their bytes."""
    path = folder / "orchard.txt"
    write(path, "Pears won.", age=0)
    library.sync(folder)
    status = path.stat()
    path.write_text("Plums won.\n", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.sync(folder).changed == ("orchard.txt",)


def test_verify_detects_a_change_with_the_same_size_and_time(
    library: Library, folder: Path
) -> None:
    path = folder / "orchard.txt"
    write(path, "Pears won.")
    library.sync(folder)
    status = path.stat()
    path.write_text("Plums won.\n", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.sync(folder).changed == ()
    assert library.sync(folder, verify=True).changed == ("orchard.txt",)


def test_unreadable_files_are_listed_and_tried_again_when_they_change(
    library: Library, folder: Path
) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing follows")
    report = library.sync(folder)
    assert len(report.added) == 3
    assert [Path(skip.path).name for skip in report.skipped] == ["broken.pdf", "empty.txt"]
    assert "empty" in report.skipped[1].reason
    assert library.sync(folder).skipped == report.skipped
    write(folder / "empty.txt", "Not empty any more: a heron was seen in Delft.")
    report = library.sync(folder)
    assert report.added == ("empty.txt",)
    assert len(report.skipped) == 1


def test_the_article_of_a_file_that_became_unreadable_is_removed(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    (folder / "orchard.txt").write_bytes(b"")
    report = library.sync(folder)
    assert report.removed == ("orchard.txt",)
    assert [skip.path for skip in report.skipped] == [str(folder / "orchard.txt")]
    assert found(library, "pears") == []


def test_a_missing_folder_is_an_error_until_pruned(library: Library, folder: Path) -> None:
    library.sync(folder)
    moved = folder.rename(folder.with_name("away"))
    for roots in ((), (folder,)):
        with pytest.raises(RootError, match=r"articles was indexed and is missing.*--prune"):
            library.sync(*roots)
    assert len(library) == 3
    moved.rename(folder)
    assert len(library.sync().unchanged) == 3
    shutil.rmtree(folder)
    assert len(library.sync(prune=True).removed) == 3
    assert (len(library), library.manifest.roots) == (0, ())


def test_a_suddenly_empty_folder_is_an_error_until_pruned(library: Library, folder: Path) -> None:
    library.sync(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(RootError, match=r"held 3 articles and is empty now.*--prune"):
        library.sync()
    assert len(Library.open(library.path)) == 3
    assert len(library.sync(prune=True).removed) == 3


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_new_folder_must_hold_articles(library: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RootError, match=name):
        library.sync(tmp_path / name)
    assert library.manifest.roots == ()


def test_several_roots_keep_their_ids_apart_and_stable(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "articles"
    write(other / "orchard.txt", "Apples from another orchard won nothing.")
    write(folder / "articles" / "orchard.txt", "Cherries of a nested folder were eaten by birds.")
    library.sync(folder)
    library.sync(other)
    assert [root.label for root in library.manifest.roots] == ["", "articles-2"]
    assert ids(library) == [
        "articles-2/orchard.txt",
        "articles/orchard.txt",
        "harbour.txt",
        "north/bridge.txt",
        "orchard.txt",
    ]
    write(other / "quince.txt", "Quinces were new.")
    assert library.sync().added == ("articles-2/quince.txt",)
    report = library.remove_root(folder)
    assert len(report.removed) == 4
    assert ids(library) == ["articles-2/orchard.txt", "articles-2/quince.txt"]
    assert (folder / "orchard.txt").exists()
    with pytest.raises(RootError, match="is not indexed"):
        library.remove_root(folder)


def test_roots_may_not_overlap(library: Library, folder: Path) -> None:
    library.sync(folder)
    with pytest.raises(RootError, match="which is indexed already; bring that up to date"):
        library.sync(folder / "north")
    with pytest.raises(RootError, match="drop that first"):
        library.sync(folder.parent)
    with pytest.raises(RootError, match="is inside the index"):
        library.sync(library.path / "segments")


def test_a_single_file_is_a_root(library: Library, folder: Path) -> None:
    assert library.sync(folder / "north" / "bridge.txt").added == ("bridge.txt",)
    write(folder / "north" / "bridge.txt", "The bridge is open again, said the mayor.", age=60)
    assert library.sync().changed == ("bridge.txt",)


def test_an_index_among_the_articles_does_not_index_itself(
    folder: Path, encoder: CountingEncoder
) -> None:
    library = Library.create(folder / "my index #1?", encoder=encoder)
    library.sync(folder)
    library.add_upload("note.txt", b"A note about heather in Skye.")
    assert len(library.sync().unchanged) == 4
    assert len(library) == 4


def test_of_two_file_names_with_the_same_id_one_is_skipped(library: Library, folder: Path) -> None:
    write(folder / "cafe\u0301.txt", "One spelling.")
    write(folder / "caf\u00e9.txt", "The other spelling.")
    report = library.sync(folder)
    assert "caf\u00e9.txt" in report.added
    assert len(report.added) == 4
    assert "already has its id" in report.skipped[0].reason


def test_progress_is_reported_and_cancelling_leaves_the_index_unchanged(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    before = sorted(library.path.rglob("*"))
    write(folder / "new.txt", *LONG)
    (folder / "orchard.txt").unlink()
    seen: list[SyncProgress] = []
    library_state = library.manifest.state
    for limit in range(1, 30):
        seen.clear()
        try:
            library.sync(
                folder, progress=seen.append, cancelled=lambda limit=limit: len(seen) >= limit
            )
        except CancelledError:
            assert (
                library.manifest.state == Library.open(library.path).manifest.state == library_state
            )
            assert sorted(library.path.rglob("*")) == before
        else:
            break
    assert limit > 3, "it was cancelled at several stages"
    assert ids(library) == ["harbour.txt", "new.txt", "north/bridge.txt"]
    assert {progress.phase for progress in seen} == {"scanning", "encoding", "writing"}
    assert max(progress.chunks for progress in seen) > 0


def test_an_article_in_another_language_is_indexed_with_a_warning(
    library: Library, folder: Path
) -> None:
    write(
        folder / "hafen.txt",
        "Der Hafen der Stadt wurde im vergangenen Jahr erweitert, und die Arbeiter haben dabei "
        "viele alte Steine gefunden, die nun im Museum zu sehen sind. Niemand weiß genau, woher "
        "sie kommen, aber die Forscher meinen, dass sie aus einer Kirche stammen könnten.",
    )
    report = library.sync(folder)
    assert "hafen.txt" in report.added
    assert len(report.warnings) == 1
    assert "hafen.txt does not look English" in report.warnings[0]


def test_pipes_and_dangling_links_are_skipped(library: Library, folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "lost.txt").symlink_to(folder / "nowhere.txt")
    report = library.sync(folder)
    assert len(report.added) == 3
    assert {Path(skip.path).name: skip.reason for skip in report.skipped} == {
        "pipe.txt": "not a file: a pipe, socket or device",
        "zero.txt": "not a file: a pipe, socket or device",
        "lost.txt": "missing: the link leads nowhere",
    }
    (folder / "lost.txt").unlink()
    write(folder / "lost.txt", "The lost ledger was found in Bruges.")
    assert library.sync(folder).added == ("lost.txt",)


def test_links_out_of_the_folder_are_not_followed(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    write(tmp_path / "private" / "diary.txt", "A diary that nobody may read.")
    (folder / "diary.txt").symlink_to(tmp_path / "private" / "diary.txt")
    (folder / "pears.txt").symlink_to(folder / "orchard.txt")
    report = library.sync(folder)
    assert "pears.txt" in report.added, "a link inside the folder is followed"
    [skip] = report.skipped
    assert skip.path == str(folder / "diary.txt")
    assert skip.reason.startswith("a link to a file outside the folder")


def test_a_file_that_never_ends_or_waits_is_not_hashed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "log.txt").symlink_to("/proc/kmsg")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    for name in ("pipe.txt", "log.txt", "zero.txt"):
        assert sha256_of(tmp_path / name) in ("", hashlib.sha256(b"").hexdigest())


def test_an_address_with_a_line_break_is_refused(library: Library) -> None:
    with pytest.raises(SettingError, match=r"without line breaks"):
        library.add("Some text.", url="https://example.org/\nhttps://other.example")
    assert not is_web_address("https://example.org/\r\nx")
    assert is_web_address("https://example.org/a?b=c")


def test_a_title_longer_than_the_encoder_input_is_shortened(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    title = "Toll and tide tables of the harbours of the northern coast " * 40
    write(
        folder / "long.html", f"<html><title>{title}</title><p>The toll is five crowns.</p></html>"
    )
    write(folder / "short.txt", "Pears from the orchard won a medal in Ghent.")
    library = Library.create(tmp_path / "index")
    report = library.sync(folder)
    assert (report.added, report.skipped) == (("long.html", "short.txt"), ())
    assert len(library.snapshot().search_words("toll crowns", 3)) == 1


def test_a_file_whose_id_was_taken_is_added_when_the_id_is_free(
    library: Library, folder: Path
) -> None:
    library.add("A note added by a program.", id="harbour.txt")
    assert [Path(skip.path).name for skip in library.sync(folder).skipped] == ["harbour.txt"]
    library.remove("harbour.txt")
    report = library.sync(folder)
    assert (report.added, report.skipped) == (("harbour.txt",), ())


def test_a_copy_of_an_article_is_warned_about_once(library: Library, folder: Path) -> None:
    library.sync(folder)
    shutil.copy(folder / "harbour.txt", folder / "again.txt")
    report = library.sync()
    assert report.added == ("again.txt",)
    [warning] = report.warnings
    assert warning.startswith("again.txt is a copy of harbour.txt; as sources")
    assert library.sync(verify=True).warnings == ()
    # An upload is compared with the folders' articles too.
    uploaded = library.add_uploads([("mine.txt", folder / "orchard.txt")])
    assert uploaded.warnings[0].startswith("uploads/mine.txt is a copy of orchard.txt;")
