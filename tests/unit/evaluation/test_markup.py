"""Pieces of Markdown files and the text that is extracted from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parsing import markdown
from qa.evaluation.markup import Letters, plain_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Open the [console](https://a.example/b_(c)).", "Open the console."),
        ('See [it](a.html "The title (2)") and ![a picture](b.png).', "See it and a picture."),
        ('[APIs]({{< ref "x.md" >}} "The API") and [text][Ref]', "APIs and text"),
        ("**Bold**, *soft*, __both__, `code`, ~~gone~~", "Bold, soft, both, code, gone"),
        ("- one\n* two\n> three\n## Four", "one two three Four"),
        ("| 2021-10-09 | Vote |", "2021-10-09 Vote"),
        ("with the exact name of your cluster\\.", "with the exact name of your cluster."),
        ("America&#8217;s Economy &amp; more", "America’s Economy & more"),
        ("one<br/>two <a href='x'>three</a><!-- note -->", "one two three"),
        ("{{< note >}}Read this{:target=\"_blank\"}{{< /note >}}", "Read this"),
        ("snake_case and 2 < 3", "snake_case and 2 < 3"),
        ("`<meta name=viewport>`", "<meta name=viewport>"),
    ],
)  # fmt: skip
def test_marks_are_left_out_and_words_kept(source: str, expected: str) -> None:
    assert plain_text(source) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "Use **[the form](https://a.example)** by\n  `May 1`.",
        "* one\n* two [three](x.md)\n\n1. four",
        "| name | value |\n| --- | --- |\n| a_b | 5\\.0 |",
        "Run:\n```yaml\nkey: value\n```\nthen wait.",
    ],
)
def test_a_piece_of_a_file_is_found_in_its_text(piece: str) -> None:
    text = markdown.parse(f"Before it.\n\n{piece}\n\nAfter it.".encode()).text
    (span,) = Letters(text).find(Letters(" ".join(piece.split())))
    assert "Before" not in span.of(text)
    assert "After" not in span.of(text)
    assert Letters(span.of(text)).text == Letters(piece).text


def test_a_match_begins_and_ends_at_words() -> None:
    text = Letters("In 1925 it was 25% of 251.")
    assert [(span.start, span.end) for span in text.find(Letters("**25**"))] == [(15, 17)]
    assert text.find(Letters("...")) == []


@given(st.text(), st.integers(0, 30), st.integers(0, 30))
def test_the_letters_of_a_match_are_those_that_were_looked_for(
    text: str, start: int, length: int
) -> None:
    whole, part = Letters(text), Letters(text[start : start + length])
    assert len(whole.text) == len(whole.origins)
    assert whole.origins == sorted(whole.origins)
    for span in whole.find(part):
        assert 0 <= span.start < span.end <= len(text)
