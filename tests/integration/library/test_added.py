"""Articles that are not in a folder: texts added by a program, and uploads."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.errors import ArticleError, RootError, SettingError, UnknownArticleError
from index.library import Library
from index.parsing.article import make_article
from index.types import Metadata


def ids(library: Library) -> list[str]:
    return [article.id for article in library.articles()]


def test_a_text_without_a_file_is_added_found_and_removed(library: Library, folder: Path) -> None:
    library.sync(folder)
    article = library.add(
        "The mill burned down.\n\nIt was rebuilt in 1904.",
        title="A Mill",
        authors=["Ida Holm"],
        publisher="The Evening Post",
        published=date(1904, 5, 1),
        url="https://example.org/mill",
    )
    assert article.id.startswith("text/a-mill-")
    assert article.path is None
    assert article.metadata == Metadata(
        "A Mill", ("Ida Holm",), "The Evening Post", date(1904, 5, 1), 1904,
        "https://example.org/mill",
    )  # fmt: skip
    stored = Library.open(library.path).article(article.id)
    assert stored == article
    assert library.sync().removed == ()
    assert library.sync(folder, prune=True).removed == ()
    assert article.id in library
    assert (
        library.snapshot().chunk(library.snapshot().search_words("mill", 1)[0].row).article
        == article.id
    )
    library.remove(article.id)
    assert library.snapshot().search_words("mill", 1) == []
    with pytest.raises(UnknownArticleError, match="a-mill"):
        library.remove(article.id)


def test_a_stored_article_equals_the_added_one(library: Library) -> None:
    made = library.add("The mill burned down.\n\nIt was rebuilt.\n\nIt stands.", title="A Mill")
    stored = Library.open(library.path).article(made.id)
    assert len(stored.paragraphs) == 3
    assert made == stored == pickle.loads(pickle.dumps(stored))
    assert {made, stored} == {made}
    assert stored.paragraphs[1:] == made.paragraphs[1:]
    assert [*stored.paragraphs] == [*made.paragraphs]
    assert stored.paragraphs[-1].span.of(stored.text) == "It stands."
    assert stored.paragraphs != made.paragraphs[:2]
    with pytest.raises(ValueError, match="paragraph 2 at 23 is out of order"):
        replace(stored, paragraphs=made.paragraphs[1:])


def test_adding_again_replaces_the_article_with_the_same_id(library: Library) -> None:
    first = library.add("Same words.", title="T")
    assert library.add("Same words.", title="T").id == first.id
    library.add("Version one.", id="notes/today")
    library.add("Version two.", id="notes/today")
    assert ids(library) == ["notes/today", first.id]
    assert library.article("notes/today").text == "Version two."


@pytest.mark.parametrize("text", ["", "  \n\n "])
def test_an_empty_text_is_rejected(library: Library, text: str) -> None:
    with pytest.raises(ArticleError, match="empty"):
        library.add(text)


@pytest.mark.parametrize("name", ["", " ", "a//b", "../b", "/a", "a\nb", "x" * 501, "uploads/a"])
def test_invalid_ids_are_rejected(library: Library, name: str) -> None:
    with pytest.raises(SettingError, match="cannot be an article's id"):
        library.add("Words.", id=name)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": None}, "text is None; give a string"),
        ({"title": 5}, "title is 5; give a string"),
        ({"id": 5}, "id is 5; give a string"),
        ({"metadata": {"desk": 5}}, r"metadata is \{'desk': 5\}; give names with a string or a"),
        ({"metadata": ["sport"]}, "metadata is .'sport'.; give names"),
        ({"authors": "Ann Bee"}, r"authors is 'Ann Bee'; give it in a list: \['Ann Bee'\]"),
        ({"published": "2011-05-01"}, "published is '2011-05-01'; give a day"),
    ],
)
def test_metadata_of_the_wrong_type_is_rejected(
    library: Library, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        library.add(**{"text": "The harbour opened in May.", **given})
    assert len(library) == 0


def test_an_added_text_does_not_replace_a_files_article(library: Library, folder: Path) -> None:
    library.sync(folder)
    with pytest.raises(SettingError, match="is the id of a file's article"):
        library.add("Words.", id="orchard.txt")
    with pytest.raises(SettingError, match="delete the file and bring the index up to date"):
        library.remove("orchard.txt")
    assert "Pears" in library.article("orchard.txt").text
    library.add("Words.", id="later.txt")
    (folder / "later.txt").write_text("A file of the same name.")
    assert "already has its id" in library.sync().skipped[0].reason
    assert library.article("later.txt").text == "Words."


def test_an_upload_is_stored_inside_the_index(library: Library, folder: Path) -> None:
    library.sync(folder)
    article = library.add_upload("C:\\papers\\Snow report.txt", b"Snow fell on Davos.")
    assert article.id == "uploads/Snow report.txt"
    assert (library.path / "uploads" / "Snow report.txt").read_bytes() == b"Snow fell on Davos."
    assert [root.path for root in library.manifest.roots] == [str(folder)]
    assert len(library.sync().unchanged) == 4
    library.add_upload("Snow report.txt", b"No snow fell on Davos.")
    assert library.article(article.id).text == "No snow fell on Davos."
    library.remove(article.id)
    assert library.snapshot().search_words("Davos", 3) == []
    assert not (library.path / "uploads" / "Snow report.txt").exists()
    assert library.sync().added == ()
    assert len(library) == 3


def test_uploads_alone_can_be_synced(library: Library) -> None:
    library.add_upload("one.md", b"# One\n\nA single upload about bees.")
    assert library.sync().unchanged == ("uploads/one.md",)
    library.add_upload("two.txt", b"A second one about wasps.")
    assert ids(library) == ["uploads/one.md", "uploads/two.txt"]


def test_an_upload_and_a_folder_cannot_have_the_same_name(library: Library) -> None:
    library.add_upload("one.txt", b"A single upload about bees.")
    library.add_upload("two/in.txt", b"A second one about wasps.")
    with pytest.raises(SettingError, match=r"one\.txt is an uploaded file, not a folder"):
        library.add_upload("one.txt/sub.txt", b"A third one about ants.")
    library.add_upload("x.txt/in.txt", b"A fourth one about moths.")
    with pytest.raises(SettingError, match=r"x\.txt is a folder of uploads"):
        library.add_upload("x.txt", b"A fifth one about flies.")
    assert ids(library) == ["uploads/one.txt", "uploads/two/in.txt", "uploads/x.txt/in.txt"]


def test_a_missing_uploads_folder_is_an_error_until_pruned(library: Library) -> None:
    library.add_upload("one.md", b"# One\n\nA single upload about bees.")
    shutil.rmtree(library.path / "uploads")
    with pytest.raises(RootError, match=r"uploads was indexed and is missing now.*--prune"):
        library.sync()
    assert ids(library) == ["uploads/one.md"]
    assert library.sync(prune=True).removed == ("uploads/one.md",)
    assert ids(library) == []
    with pytest.raises(RootError, match="no folder has been indexed yet"):
        library.sync()


def test_an_unreadable_upload_is_not_stored(library: Library) -> None:
    library.add_upload("good.txt", b"A good one about otters.")
    state = library.manifest.state
    with pytest.raises(ArticleError, match=r"bad\.pdf: "):
        library.add_upload("bad.pdf", b"%PDF-1.7 but not really")
    with pytest.raises(ArticleError, match=r"good\.txt: empty"):
        library.add_upload("good.txt", b"")
    assert [path.name for path in (library.path / "uploads").iterdir()] == ["good.txt"]
    assert library.sync().unchanged == ("uploads/good.txt",)
    assert (library.manifest.state, ids(library)) == (state, ["uploads/good.txt"])
    assert "otters" in library.article("uploads/good.txt").text


@pytest.mark.parametrize("name", ["", ".hidden.txt", "../", "a\x00.txt", "y" * 300 + ".txt"])
def test_invalid_file_names_are_rejected(library: Library, name: str) -> None:
    with pytest.raises(SettingError, match="name"):
        library.add_upload(name, b"Words.")


def test_an_upload_of_an_unsupported_format_is_rejected(library: Library) -> None:
    with pytest.raises(ArticleError, match=r"photo\.png is none of \.txt"):
        library.add_upload("photo.png", b"\x89PNG")


def test_articles_with_the_same_id_are_rejected_together(library: Library) -> None:
    twice = [make_article("The mill stands still.", "mill"), make_article("It runs.", "mill")]
    with pytest.raises(SettingError, match="'mill' is the id of two of the articles"):
        library.add_articles(twice)
    assert len(library) == 0
