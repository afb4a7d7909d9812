"""Text of ordinary documents and pages that is not comments, navigation or a notice is searched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.parsing import markdown
from index.parsing.rules.classify import classify
from index.types import Article, Kind
from tests.helpers.parsing import FERRY, kind_of, parse_content, texts

NAV = '<nav><a href="/">Home</a> <a href="/news">News</a></nav>'
STORY = "".join(f"<p>{words}</p>" for words in FERRY)


def page(folder: Path, body: str, attributes: str = "") -> Article:
    html = f"<html><head><title>Ferry cuts</title></head><body{attributes}>{body}</body></html>"
    return parse_content(folder, "a.html", html)


@pytest.mark.parametrize(
    "attributes",
    [
        ' class="single single-author has-sidebar"',
        ' class="tag-harbour category-comments"',
        ' class="modal-enabled layout--has-ads"',
        ' class="f_caption_on"',
        ' style="display: none"',
    ],
)
@pytest.mark.parametrize("inner", ["{}", "<form>{}</form>", '<div class="page {}">{}</div>'])
def test_names_of_the_page_set_nothing_aside(tmp_path: Path, attributes: str, inner: str) -> None:
    name = attributes.split('"')[1].replace("display: none", "")
    wrapped = inner.format(name, STORY) if inner.count("{}") == 2 else inner.format(STORY)
    article = page(tmp_path, f"{NAV}<h1>Ferry cuts</h1>{wrapped}", attributes)
    assert texts(article, Kind.BODY) == list(FERRY)
    assert kind_of(article, "Home") is Kind.BOILERPLATE


@pytest.mark.parametrize("name", ["related-work", "cookies", "comments", "tags", "social"])
def test_a_section_named_after_its_heading_is_text(tmp_path: Path, name: str) -> None:
    note = "Earlier surveys found that the pier lasts forty years."
    section = (
        f'<div class="section" id="{name}"><h2>{name.replace("-", " ")}</h2><p>{note}</p></div>'
    )
    article = page(tmp_path, f"{NAV}<main><h1>Ferry</h1>{STORY}{section}</main>")
    assert kind_of(article, note) is Kind.BODY


@pytest.mark.parametrize(
    "section",
    [
        '<aside class="note"><p>The pump must not run dry.</p></aside>',
        '<h3>When?</h3><div style="display:none"><p>The pump must not run dry.</p></div>',
        '<div class="menu"><p>The pump must not run dry.</p></div>',
        '<div class="paywall-content"><p>The pump must not run dry.</p></div>',
    ],
)
def test_notes_and_collapsed_answers_are_text(tmp_path: Path, section: str) -> None:
    article = page(tmp_path, f"{NAV}<main><h1>Ferry</h1><p>{FERRY[0]}</p>{section}{STORY}</main>")
    assert kind_of(article, "The pump must not run dry.") is Kind.BODY


def test_the_last_lines_of_a_page_are_text(tmp_path: Path) -> None:
    end = "<h2>Contact</h2><p>Harbour office, Quay 1<br>Phone 0555 0123</p>"
    article = page(tmp_path, f"{NAV}<main><h1>Ferry</h1>{STORY}{end}</main>")
    assert "Harbour office, Quay 1\nPhone 0555 0123" in texts(article, Kind.BODY)


def test_replies_are_text_where_there_is_nothing_else(tmp_path: Path) -> None:
    replies = "".join(f'<div class="comment"><p>{words}</p></div>' for words in FERRY)
    article = page(tmp_path, f"<h1>The pump runs dry</h1>{replies}")
    assert texts(article, Kind.BODY) == list(FERRY)


def test_a_comment_section_below_an_article_is_comments(tmp_path: Path) -> None:
    replies = '<section id="comments"><h3>Comments</h3><div class="comment"><p>No boat!</p></div>'
    article = page(tmp_path, f"<main><h1>Ferry</h1>{STORY}</main>{replies}</section>")
    assert kind_of(article, "No boat!") is Kind.COMMENT


def test_hidden_words_and_marks_of_notes_lose_no_paragraph(tmp_path: Path) -> None:
    hidden = '<sup style="display:none">[update]</sup>'
    note = '<sup><a href="#n">[2]</a></sup>'
    paragraphs = "".join(
        f"<p>As of {year}{hidden} {words[:90]} in the harbour{note}</p>"
        for year, words in enumerate(FERRY, start=2014)
    )
    article = page(tmp_path, f'<div id="text"><h1>Velmora</h1>{paragraphs}</div>')
    assert len(texts(article, Kind.BODY)) == len(FERRY)


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    "line",
    [
        "Comments on the draft were sent by eleven towns.",
        "Responses to the survey came from 97 masters.",
        "Password: seagull-44",
    ],
)
def test_a_line_like_a_heading_of_comments_loses_nothing(
    tmp_path: Path, name: str, line: str
) -> None:
    article = parse_content(tmp_path, name, "\n\n".join(["A survey", *FERRY, line, FERRY[0]]))
    assert texts(article, Kind.COMMENT, Kind.BOILERPLATE) == []
    last = parse_content(tmp_path, name, "\n\n".join(["A survey", *FERRY, line]))
    assert kind_of(last, line) is Kind.BODY


LINES = st.sampled_from(
    [
        "## Comments", "## 3 Responses", "# FAQ", "## Contact", "Anonymous said...", "Reply",
        "1. Open your settings.", "2. Enter your password.", "2023-03-14 08:00", "- email",
        "We use cookies to store the cart for 7 days.", "Share this on Facebook", "By Ann Bee did.",
        "Tags: harbour", "Loading...", "Copyright 2020 The Post", "Related articles", *FERRY,
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12))
def test_a_document_has_no_comments_and_no_furniture(lines: list[str]) -> None:
    parsed = markdown.parse("\n\n".join(lines).encode())
    kinds, _ = classify(parsed.text, parsed.blocks, parsed.metadata, parsed.origin)
    assert all(kind.is_searched for kind in kinds)


def test_the_first_heading_of_the_first_level_is_the_title(tmp_path: Path) -> None:
    rest = f"## How do I find the boat timetable?\n\n{FERRY[0]}\n"
    article = parse_content(tmp_path, "a.md", f"[![build](x.svg)](y)\n\n# FAQ\n\n{rest}")
    assert article.metadata.title == "FAQ"
    assert texts(article, Kind.BOILERPLATE) == []


def test_a_lead_above_the_first_heading_is_text(tmp_path: Path) -> None:
    lead = "It has three modes:\n\n- slow\n- fast\n"
    page = f"---\ntitle: Pump\n---\n\n{lead}\n## How it works\n\n{FERRY[0]}\n"
    article = parse_content(tmp_path, "a.md", page)
    assert texts(article, Kind.BODY) == ["It has three modes:", "slow", "fast", FERRY[0]]


def test_a_log_has_no_comments(tmp_path: Path) -> None:
    entries = [f"2023-03-14 {hour:02}:00\n\nThe boat {hour} left." for hour in range(8, 14)]
    article = parse_content(tmp_path, "a.txt", "\n\n".join(["Harbour log", FERRY[0], *entries]))
    assert texts(article, Kind.COMMENT, Kind.BOILERPLATE) == []


def test_lines_of_a_list_without_bullets_are_not_headings(tmp_path: Path) -> None:
    recipe = "Fish soup\n\n500 g cod\n2 onions\n1 l water\n\nBoil the fish for 10 minutes."
    article = parse_content(tmp_path, "a.txt", recipe)
    assert texts(article, Kind.HEADING) == ["Fish soup"]


def test_a_message_saved_as_text_has_its_subject_as_title(tmp_path: Path) -> None:
    headers = (
        "From: Jane Doe <jane@example.org>\nTo: Tobias Renn <renn@example.org>\n"
        "Date: Tue, 14 Mar 2023 10:00:00 +0000\nSubject: Stone for the mole\n"
    )
    article = parse_content(tmp_path, "a.txt", f"{headers}\nDear Tobias,\n\n{FERRY[0]}\n")
    found = article.metadata
    assert (found.title, found.authors) == ("Stone for the mole", ("Jane Doe",))
    assert str(found.published) == "2023-03-14"


def test_two_short_pages_that_are_alike_are_not_running_heads(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for number in (60, 70):
        canvas.drawString(72, 700, "To the harbour board:")
        canvas.drawString(72, 680, f"We delivered {number} fenders on 9 March.")
        canvas.drawString(72, 660, "Yours, Karsten Brothers")
        canvas.showPage()
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", path.read_bytes())
    assert texts(article, Kind.BOILERPLATE) == []
    assert "60 fenders" in article.text
