"""Own fields, changed metadata, filters on them, and articles as JSON lines."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError, SettingError, UnknownArticleError
from index.filters import Filter
from index.ingest.records import read_articles, write_line
from index.library import Library, Rename
from index.parsing.article import make_article
from index.types import Kind, Metadata
from tests.helpers.library import CountingEncoder, write

FINAL, STORM = "The final was lost in Ghent.", "A storm took the roof of the mill."


def matching(library: Library, **conditions: Any) -> list[str]:
    wanted = Filter(**conditions)
    return [one.id for one in library.articles() if wanted.matches(one.id, one.metadata)]


@pytest.fixture
def desk(library: Library) -> Library:
    """An index of two articles with own fields and one without."""
    library.add_articles(
        article
        for article in (
            make_article(
                FINAL, "sport/final", title="The lost final", published=date(2011, 5, 1),
                metadata={"desk": "sport", "tags": ["final", "ghent"]},
            ),
            make_article(
                STORM, "news/storm", title="The storm", year=2012,
                metadata={"desk": "news", "tags": ["ghent"]},
            ),
            make_article("Pears won a medal.", "news/pears"),
        )
    )  # fmt: skip
    return library


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"metadata": {"desk": "sport"}}, ["sport/final"]),
        ({"metadata": {"desk": ["sport", "news"]}}, ["news/storm", "sport/final"]),
        ({"metadata": {"desk": "news", "tags": "ghent"}}, ["news/storm"]),
        ({"metadata": {"desk": "Sport"}}, []),
        ({"title": "lost FINAL"}, ["sport/final"]),
        ({"path": "news/*"}, ["news/pears", "news/storm"]),
        ({"year": 2011}, ["sport/final"]),
        ({"year": 2012}, ["news/storm"]),
        ({"exclude": ["news/storm", "unknown"]}, ["news/pears", "sport/final"]),
        ({"exclude": ["news/storm"], "path": "news/*"}, ["news/pears"]),
    ],
)
def test_a_filter_selects(desk: Library, conditions: dict[str, Any], expected: list[str]) -> None:
    assert matching(Library.open(desk.path), **conditions) == expected
    assert desk.snapshot().count(Filter(**conditions)) == len(expected)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"metadata": {"desk": 5}}, "metadata is .*give names with a string"),
        ({"metadata": "sport"}, "metadata is 'sport'; give names"),
        ({"year": "2011"}, "year is '2011'; give a whole number"),
        ({"exclude": "news/storm"}, "exclude is 'news/storm'; give it in a list"),
    ],
)
def test_a_filter_of_the_wrong_type_is_rejected(conditions: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Filter(**conditions)


def test_metadata_change_without_encoding(desk: Library, encoder: CountingEncoder) -> None:
    encoder.take_texts()
    desk.update("sport/final", "news/pears", publisher="The Post", metadata={"desk": "archive"})
    assert encoder.take_texts() == []
    opened = Library.open(desk.path)
    assert matching(opened, publisher="post") == ["news/pears", "sport/final"]
    assert matching(opened, metadata={"desk": "archive"}) == ["news/pears", "sport/final"]
    final = opened.article("sport/final")
    assert (final.text, final.metadata.title) == (FINAL, "The lost final")
    assert final.metadata.published == date(2011, 5, 1)
    desk.update("sport/final", year=2009)
    assert (final := desk.article("sport/final")).metadata.published is None
    assert final.metadata.year == 2009
    desk.update("sport/final", published=date(2010, 3, 4))
    assert desk.article("sport/final").metadata.year == 2010


def test_a_wrong_change_changes_nothing(desk: Library) -> None:
    before = desk.manifest.generation
    with pytest.raises(UnknownArticleError, match="no article has the id 'gone'"):
        desk.update("sport/final", "gone", title="T")
    with pytest.raises(SettingError, match="title is 5; give a string"):
        desk.update("sport/final", title=5)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="unknown metadata 'desk'; choose from: title, authors"):
        desk.update("sport/final", desk="news")  # type: ignore[call-arg]
    with pytest.raises(SettingError, match=r"the id is \['news/storm'\]; .* remove\(\*ids\)"):
        desk.remove(["news/storm"])  # type: ignore[arg-type]
    with pytest.raises(UnknownArticleError, match="'gone'"):
        desk.remove("news/storm", "gone")
    assert Library.open(desk.path).manifest.generation == before
    desk.remove("news/storm", "news/pears", "news/storm")
    assert [article.id for article in desk] == ["sport/final"]


def test_corrections_outlive_changes_and_moves_of_the_file(library: Library, folder: Path) -> None:
    library.sync(folder)
    library.update("orchard.txt", year=2009)
    library.update(
        "orchard.txt",
        title="The orchard",
        publisher="The Post",
        published=date(2010, 3, 4),
        metadata={"desk": "garden"},
    )
    assert len(library.sync().unchanged) == 3
    write(folder / "orchard.txt", "Apples from the orchard won a medal in Ghent.")
    os.utime(folder / "orchard.txt")
    assert library.sync().changed == ("orchard.txt",)
    (folder / "orchard.txt").rename(folder / "medal.txt")
    assert library.sync().renamed == (Rename("orchard.txt", "medal.txt"),)
    changed = library.article("medal.txt")
    assert "Apples" in changed.text
    assert changed.metadata == Metadata(
        "The orchard", (), "The Post", date(2010, 3, 4), fields={"desk": ("garden",)}
    )


def test_a_sidecar_file_corrects_its_article(library: Library, folder: Path) -> None:
    library.sync(folder)
    sidecar = folder / "orchard.txt.meta.yaml"
    write(sidecar, "title: The orchard\nauthors: [Isla Baird]\npublished: 2014-03-11\n")
    assert library.sync().changed == ("orchard.txt",)
    metadata = library.article("orchard.txt").metadata
    assert (metadata.title, metadata.authors) == ("The orchard", ("Isla Baird",))
    assert (metadata.published, metadata.publisher) == (date(2014, 3, 11), None)
    assert not library.sync().changed
    library.update("orchard.txt", title="Apples")
    write(sidecar, "title: Pears\npublisher: The Post\n")
    assert library.sync().changed == ("orchard.txt",)
    metadata = library.article("orchard.txt").metadata
    assert (metadata.title, metadata.publisher) == ("Apples", "The Post")
    sidecar.unlink()
    assert library.sync().changed == ("orchard.txt",)
    assert library.article("orchard.txt").metadata.publisher is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("titel: Apples", "unknown metadata 'titel'; choose from: title, authors"),
        ("authors: Isla Baird", r"authors is 'Isla Baird'; give it in a list: \['Isla Baird'\]"),
        ("published: 11 March", "published is '11 March'; write a day as YYYY-MM-DD"),
        ("published: 2014-02-31", "it is not YAML"),
        ("title: [", "it is not YAML"),
        ("- title", "it has no lines such as 'title: "),
        ("title: Apples\n" + 70_000 * "#", "it has over 65,536 bytes"),
    ],
)
def test_a_wrong_sidecar_file_is_named(
    library: Library, folder: Path, content: str, reason: str
) -> None:
    write(folder / "orchard.txt.meta.yaml", content)
    (skipped,) = library.sync(folder).skipped
    assert skipped.path.endswith("orchard.txt")
    assert re.match(f"wrong metadata in orchard.txt.meta.yaml: {reason}", skipped.reason)


def test_articles_without_a_date_are_counted(desk: Library) -> None:
    snapshot = desk.snapshot()
    assert snapshot.count_undated(Filter(after=date(2000, 1, 1))) == 1
    assert snapshot.count_undated(Filter(year=2011, path="news/*")) == 1
    assert snapshot.count_undated(Filter(year=2011, path="sport/*")) == 0
    assert snapshot.count_undated(Filter(title="storm")) == 0


def test_a_library_can_be_closed_and_says_so(desk: Library) -> None:
    with Library.open(desk.path) as opened:
        assert "3 articles" in repr(opened)
        assert [article.text for article in opened][-1] == FINAL
    with pytest.raises(SettingError, match="the library is closed; open it again"):
        opened.articles()


def test_an_export_is_imported_unchanged(desk: Library, folder: Path, tmp_path: Path) -> None:
    desk.sync(folder)
    assert desk.export_articles(tmp_path / "all.jsonl") == 6
    other = Library.create(tmp_path / "other")
    assert other.import_articles(tmp_path / "all.jsonl") == 6
    assert [replace(article, path=None) for article in desk] == list(other)
    assert other.import_articles(str(tmp_path / "all.jsonl")) == 6
    assert len(other) == 6


@given(
    st.text(min_size=1).filter(lambda text: text.strip()),
    st.dictionaries(st.text(), st.lists(st.text(), min_size=1)),
)
def test_a_line_reads_as_the_same_article(
    tmp_path_factory: pytest.TempPathFactory, text: str, fields: dict[str, list[str]]
) -> None:
    try:
        article = make_article(text, "one", title="T", metadata=fields)
    except ArticleError:
        return
    kinds = tuple(replace(one, kind=Kind.COMMENT, page=3) for one in article.paragraphs)
    article = replace(article, paragraphs=kinds)
    path = tmp_path_factory.mktemp("lines") / "one.jsonl"
    path.write_text(write_line(article), encoding="utf-8")
    (read,) = read_articles(path)
    assert read == article


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "line 2: Expecting value"),
        ("[1]", r"line 2: expected an object, found '\[1\]'"),
        ('{"title": "T"}', "line 2: no 'text' among its fields: title"),
        ('{"text": " "}', "line 2: empty: the text holds nothing visible"),
        ('{"text": "Words.", "published": "May"}', "line 2: Invalid isoformat"),
        ('{"text": "Words.", "id": [5]}', r"line 2: id is \[5\]; give a string"),
        ('{"text": "Words.", "paragraphs": [[0, 9, "body", null, 0, false]]}', "line 2: .* end"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(
    library: Library, tmp_path: Path, line: str, words: str
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps({"text": "The first."}) + f"\n{line}\n")
    with pytest.raises(ArticleError, match=words):
        library.import_articles(path)
    assert len(library) == 0


def test_fields_have_other_names_in_a_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    record = {"key": 7, "body": FINAL, "headline": "The final", "by": "Ann Bo", "text": 5}
    path.write_text(json.dumps({**record, "time": "2011-05-01T09:30:00Z"}))
    names = {"text": "body", "title": "headline", "authors": "by", "published": "time", "id": "key"}
    assert library.import_articles(path, fields=names) == 1
    article = library.article("7")
    assert article.text == FINAL
    assert article.metadata == Metadata("The final", ("Ann Bo",), None, date(2011, 5, 1))
    with pytest.raises(ArticleError, match="line 1: no 'story' among its fields: key, body, head"):
        library.import_articles(path, fields={"text": "story"})
    with pytest.raises(SettingError, match="unknown field 'body'; choose from: text, id"):
        library.import_articles(path, fields={"body": "text"})


def test_articles_are_read_from_parquet(library: Library, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    days = [date(2011, 5, 1), None]
    table = pyarrow.table({"body": [FINAL, STORM], "day": days, "tags": [["a"], None]})
    path = tmp_path / "news.parquet"
    parquet.write_table(table, path)
    assert library.import_articles(path, fields={"text": "body", "published": "day"}) == 2
    assert {article.text: article.metadata.published for article in library} == {
        FINAL: date(2011, 5, 1),
        STORM: None,
    }
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ArticleError, match=r"news.parquet is not a Parquet file, or a damaged one"):
        library.import_articles(path)
    assert len(library) == 2


def test_something_that_is_no_article_is_not_added(library: Library) -> None:
    with pytest.raises(SettingError, match="'text' is no article; make one with make_article"):
        library.add_articles(["text"])  # type: ignore[list-item]
    assert library.add_articles(iter(())) == 0
