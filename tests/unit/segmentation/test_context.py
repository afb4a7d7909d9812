"""A paragraph's context: the headings it is under."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from index.parsing.article import parse_file
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.segmentation.context import Context, chunk_context, heading_path
from index.types import Article, Kind
from tests.helpers.strategies import articles, untimed

GUIDE = """# Field guide

Rivers need a map and a boat before anything else is planned.

## Boats

### Hulls

Every hull is checked twice a year by the harbour office in town.

| Hull | Load |
| --- | --- |
| Oak | 4 t |

## Maps

- Maps are printed in the spring.
"""

PAGE = """<html><body><article><h1>Field guide</h1><p>Rivers need a map and a boat first.</p>
<h2>Boats</h2><h4>Hulls</h4><p>Every hull is checked twice a year by the harbour office.</p>
<h2>Maps</h2><ul><li>Maps are printed in the spring of each year.</li></ul>
</article></body></html>"""


def paths(article: Article) -> dict[str, tuple[str, ...]]:
    """Return the heading path of each paragraph, by its text."""
    return {
        paragraph.span.of(article.text): heading_path(article, paragraph.number)
        for paragraph in article.paragraphs
    }


@pytest.mark.parametrize(("name", "content"), [("guide.md", GUIDE), ("guide.html", PAGE)])
def test_a_paragraph_is_under_the_headings_above_it(
    tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    found = paths(parse_file(file, name))
    (hull,) = [path for text, path in found.items() if text.startswith("Every hull")]
    (maps,) = [path for text, path in found.items() if text.startswith("Maps are")]
    assert hull == ("Boats", "Hulls")
    assert maps == ("Maps",)
    assert found["Hulls"] == ("Boats",)
    assert found["Boats"] == ()


def test_list_items_and_table_rows_are_marked(tmp_path: Path) -> None:
    file = tmp_path / "guide.md"
    file.write_text(GUIDE)
    article = parse_file(file, "guide.md")
    listed = [p.span.of(article.text) for p in article.paragraphs if p.listed]
    assert listed == ["Hull | Load", "Oak | 4 t", "Maps are printed in the spring."]


LISTS = """# Field guide

Some words about rivers come first. Before a trip, check these things:

- the hull
- the engine, and in it:
- the belt

Choose one of these colours:

bright red, as on every ship

| Hull | Load |
| --- | --- |
| Oak | 4 t |
| Pine | 2 t |

To start, type:

```
start --now
```

## Maps

- printed in the spring

The maps of the harbour office show every bridge and every ferry of the country.
"""


def contexts(article: Article) -> dict[str, Context]:
    """Return the context of each chunk of one paragraph, by its text."""
    chunks = chunk_article(article, ChunkSettings(merge_below=0))
    return {c.span.of(article.text): chunk_context(article, c) for c in chunks}


def test_items_and_rows_have_what_announces_them_as_context(tmp_path: Path) -> None:
    file = tmp_path / "guide.md"
    file.write_text(LISTS)
    found = contexts(parse_file(file, "guide.md"))
    before = "Before a trip, check these things:"
    assert found["the hull"].lead_in == before
    assert found["the engine, and in it:"].lead_in == before
    assert found["the belt"].lead_in == "the engine, and in it:"
    assert found["bright red, as on every ship"].lead_in == "Choose one of these colours:"
    assert found["Oak | 4 t"].lead_in == found["Pine | 2 t"].lead_in == "Hull | Load"
    assert found["start --now"].lead_in == "To start, type:"
    assert found["Maps\n\nprinted in the spring"] == Context(), "its heading is in the chunk"


@untimed
@given(articles())
def test_context_is_text_from_above_the_chunk(article: Article) -> None:
    for chunk in chunk_article(article):
        above = " ".join(article.text[: chunk.span.start].split())
        context = chunk_context(article, chunk)
        assert context.lead_in in above
        assert all(heading in above for heading in context.headings)


def test_headings_without_a_level_are_not_under_each_other(tmp_path: Path) -> None:
    file = tmp_path / "guide.txt"
    file.write_text(
        "A guide to rivers\n\nRivers need a map and a boat before anything else is planned.\n\n"
        "Boats\n\nEvery hull is checked twice a year by the harbour office in town.\n\n"
        "Maps\n\nThe maps are printed in the spring, and sold in the harbour office.\n"
    )
    found = paths(parse_file(file, "guide.txt"))
    (maps,) = [path for text, path in found.items() if text.startswith("The maps")]
    assert maps == ("Maps",)


def test_an_unknown_paragraph_is_refused() -> None:
    with pytest.raises(IndexError, match=r"a has paragraphs 1 to 0, got 1"):
        heading_path(Article("a", "", ()), 1)


@untimed
@given(articles())
def test_a_path_is_made_of_headings_above(article: Article) -> None:
    for paragraph in article.paragraphs:
        above = [
            " ".join(p.span.of(article.text).split())
            for p in article.paragraphs[: paragraph.number - 1]
            if p.kind is Kind.HEADING
        ]
        path = heading_path(article, paragraph.number)
        positions = [index for index, text in enumerate(above) if text in path]
        assert len(path) <= len(positions)
        last = above[-1] if above else ""
        if last and not article.metadata.title and paragraph.kind is not Kind.HEADING:
            assert path[-1] == last
