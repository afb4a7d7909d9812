"""Plain text copied from web pages: kinds of paragraphs and metadata."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.types import Kind
from tests.helpers.parsing import FERRY, kind_of, parse_content, parse_fixture, texts

METADATA = {
    "blog-repost.txt": (
        "Keepers Return to Lighthouse After Forty Years of Silence",
        ("Marit Solheim",),
        "The Harbour Gazette",
        date(2016, 3, 6),
        2016,
    ),
    "two-line-byline.txt": (
        "Coast Trust Counts Its Lamps and Finds Nine Missing",
        ("P. Edvard Lunde", "Sigrid Moe"),
        "The Coastal Press",
        date(2016, 4, 2),
        2016,
    ),
    "one-line-body.txt": (
        "Glassworks Mends the Lenses of the Isles",
        (),
        "The Harbour Gazette",
        date(2016, 5, 20),
        2016,
    ),
    "broken-source.txt": (
        "Islanders, trust agree on a timetable for the outer rock",
        (),
        "The Coastal Press",
        None,
        None,
    ),
    "headline-twice.txt": (
        "Storm plan could shrink the trust’s role on the isles",
        ("Nora Falk",),
        "The Harbour Gazette",
        None,
        2017,
    ),
    "news-site.txt": (
        "Drones over the bay prompt questions about who gave the order",
        ("Nils Moe", "Ada Brun"),
        "The Coastal Post",
        date(2012, 8, 14),
        2012,
    ),
    "wire-wrapped.txt": (
        "Shrimp boats seized after night chase",
        ("Mikkel Andre Gran",),
        "Reuters",
        date(2009, 12, 11),
        2009,
    ),
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_are_read_from_the_text(name: str) -> None:
    found = parse_fixture(name).metadata
    assert (
        found.title,
        found.authors,
        found.publisher,
        found.published,
        found.year,
    ) == METADATA[name]


def test_numbered_comments_are_found_across_missing_numbers() -> None:
    article = parse_fixture("blog-repost.txt")
    comments = texts(article, Kind.COMMENT)
    numbers = [int(line.split(".")[0]) for line in comments if line[0].isdigit()]
    assert numbers == [1, 2, 3, 4, 6, 7]
    first = texts(article).index(comments[0])
    assert texts(article)[first : first + len(comments)] == comments
    assert kind_of(article, "A history of broken promises") is Kind.COMMENT
    assert not any("haha" in body for body in texts(article, Kind.BODY, Kind.HEADING))


def test_banner_byline_and_footer_are_boilerplate() -> None:
    article = parse_fixture("blog-repost.txt")
    aside = texts(article, Kind.BOILERPLATE)
    assert aside == [
        "Journal devoted to the lighthouses of the northern isles",
        "between the skerries and the open sea",
        "Sunday, March 6, 2016",
        "By Marit Solheim",
        "The Harbour Gazette",
        "Comments are moderated, see our rules before you write.",
        "Envíanos fotos, avisos o relatos del faro",
        "Todo 100% gratis;",
    ]


def test_a_caption_may_repeat_a_sentence_of_the_body() -> None:
    article = parse_fixture("blog-repost.txt")
    assert kind_of(article, "Volunteers painting") is Kind.CAPTION
    assert kind_of(article, "The trust is helping local families") is Kind.CAPTION
    assert kind_of(article, "The trust has enrolled nearly 320") is Kind.BODY


def test_long_lines_are_paragraphs_without_blank_lines_between() -> None:
    article = parse_fixture("two-line-byline.txt")
    body = texts(article, Kind.BODY)
    assert len(body) == 9
    assert body[2].startswith("The largest station")
    assert [line[:4] for line in body if line.startswith("_")] == ["_ 14", "_ Fu", "_ Th"]


def test_lost_paragraph_breaks_in_one_long_line_are_restored() -> None:
    article = parse_fixture("one-line-body.txt")
    body = texts(article, Kind.BODY)
    assert len(body) == 11
    assert [paragraph.split()[0] for paragraph in body] == [
        "STORVIK", "Glassworkers", "Officials", "“There", "Still,", "“I’ll", "Council", "They",
        '"Glass', "Another", "That",
    ]  # fmt: skip
    assert body[7].endswith("and that the M.O.T. would pay.")
    assert article.metadata.url == texts(article)[0]


def test_a_short_line_is_not_split_at_a_missing_space(tmp_path: Path) -> None:
    article = parse_content(
        tmp_path, "a.txt", "Ferry news\n\nThe boat was late.Nobody was surprised.\n"
    )
    assert texts(article, Kind.BODY) == ["The boat was late.Nobody was surprised."]


def test_subheadings_and_picture_credits_are_recognised() -> None:
    article = parse_fixture("broken-source.txt")
    assert texts(article, Kind.HEADING)[1:] == [
        "A wager",
        "‘This will keep us honest’",
        "Short of hands on the landing",
    ]
    assert kind_of(article, "Two keepers haul") is Kind.CAPTION
    assert kind_of(article, "Image: The pier") is Kind.CAPTION
    assert kind_of(article, "IE 9") is Kind.BOILERPLATE
    assert kind_of(article, "/ Source") is Kind.BOILERPLATE


def test_menus_and_contributors_are_not_title_and_authors() -> None:
    article = parse_fixture("headline-twice.txt")
    assert kind_of(article, "HomeArchive") is Kind.BOILERPLATE
    assert kind_of(article, "Tora Lie in Storvik") is Kind.BOILERPLATE
    assert texts(article, Kind.HEADING) == [article.metadata.title, "Lamp oil"]
    assert texts(article, Kind.BODY)[-1] == "They anxiously await the next tide."


COMMENT_STYLES = {
    "blogger": "2 comments:\n\nAnonymous said...\n\nThis is a disgrace and I said so in 2009.\n\n"
    "March 12, 2014 5:32 PM\n\nMorag said...\n\nYou never ring anybody.\n\n"
    "March 13, 2014 9:01 AM\n\nPost a Comment\n\nNewer Post Older Post Home\n",
    "wordpress": "3 Responses to Ferry cuts anger islanders\n\nTom says:\n"
    "March 12, 2014 at 5:32 pm\nI told them so.\nReply\n\nEwan says:\n"
    "March 13, 2014 at 6:00 am\nMe too, they never listen.\nReply\n",
    "forum": "Comments\n\nSkipper • 3 years ago\nWhat did you expect from that lot?\nReply\n\n"
    "Ola • 3 years ago\nI expected three boats and a decent cup of tea.\nReply Share\n",
    "numbered": "\n  1. lol they cut it again\n\n  2. Skipper said\n\n    I will swim then!!\n",
}


@pytest.mark.parametrize("style", COMMENT_STYLES)
def test_comments_in_the_style_of_several_sites(tmp_path: Path, style: str) -> None:
    page = "Ferry cuts anger islanders\n\nBy Isla Baird\n\n" + "\n\n".join(FERRY)
    article = parse_content(tmp_path, "a.txt", f"{page}\n\n{COMMENT_STYLES[style]}")
    assert texts(article, Kind.BODY, Kind.CAPTION) == list(FERRY)
    assert texts(article, Kind.HEADING) == ["Ferry cuts anger islanders"]
    assert len(texts(article, Kind.COMMENT)) >= 3


def test_a_numbered_list_at_the_end_is_not_comments(tmp_path: Path) -> None:
    items = [
        "1. The Monday sailing ends in June, with no boat in its place until the autumn.",
        "2. The Friday sailing leaves at noon and calls at both piers on its way out.",
        "3. Freight goes by the Tuesday boat, and the price of a pallet rises by a tenth.",
    ]
    page = "Ferry cuts anger islanders\n\n" + "\n\n".join([*FERRY, "What changes:", *items])
    article = parse_content(tmp_path, "a.txt", page)
    assert texts(article, Kind.COMMENT) == []
    assert set(items) <= set(texts(article, Kind.BODY))


def test_instructions_in_a_marked_list_are_not_comments(tmp_path: Path) -> None:
    steps = [
        "Copy the form, and read what you need for your boat.",
        "Send it to your pier by e-mail; you can expect an answer in a week.",
        "Bring your papers when you come aboard.",
    ]
    items = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    page = ["# Ferry cuts anger islanders", *FERRY, "## How to apply", *items]
    article = parse_content(tmp_path, "a.md", "\n\n".join(page))
    assert texts(article, Kind.COMMENT) == []
    assert set(items) <= set(texts(article, Kind.BODY))


def test_teasers_and_captions_of_a_news_site() -> None:
    article = parse_fixture("news-site.txt")
    assert [words.split()[0] for words in texts(article, Kind.BODY)] == [
        "STORVIK",
        "Officials",
        "The",
    ]
    assert kind_of(article, "A surveillance plane") is Kind.CAPTION
    assert kind_of(article, "How a port") is Kind.BOILERPLATE


def test_a_hard_wrapped_story_with_comments() -> None:
    article = parse_fixture("wire-wrapped.txt")
    assert [words.split()[0] for words in texts(article, Kind.BODY)] == ["STORVIK", "The", "What"]
    assert len(texts(article, Kind.COMMENT)) == 7
    assert kind_of(article, "© Thomson") is Kind.BOILERPLATE


NOTICES = (
    "Share on Facebook",
    "Tweet",
    "Print | Email | Subscribe",
    "We use cookies to give you the best experience on our website. Accept all",
    "Read more: Ferry company posts record profit",
    "Related articles",
    "Sign up for our daily newsletter and get the headlines in your inbox",
    "Follow us on Twitter",
    "Advertisement",
    "Skip to main content",
    "© 2014 Courier Media Ltd. All rights reserved.",
    "This material may not be published, broadcast, rewritten or redistributed.",
    "5 min read",
    "Please enable JavaScript to view this page.",
)


@pytest.mark.parametrize("line", NOTICES)
@pytest.mark.parametrize("place", [1, 3, 5])
def test_boilerplate_is_recognised_at_every_position(tmp_path: Path, line: str, place: int) -> None:
    blocks = ["Ferry cuts anger islanders", *FERRY]
    blocks.insert(place, line)
    article = parse_content(tmp_path, "a.txt", "\n\n".join(blocks) + "\n")
    assert kind_of(article, line) is Kind.BOILERPLATE
    assert texts(article, Kind.BODY) == list(FERRY)


PROSE = (
    "By the time the last boat left, many islanders believed that the company had lost interest.",
    "Share prices of the ferry company fell by 4 percent on Tuesday, to 212 pence.",
    "Copyright law played no part in the dispute, a judge in Inverness ruled last month.",
    "Follow the money, the auditor said, and you will end up on the pier at Aberlour.",
    "“We use cookies on the boat,” said the cook, “because bread goes stale.”",
    "Posted at the gate, two guards counted 41 passengers.",
    "Subscribers to the old timetable were offered a refund of 12 pounds.",
    "Reported losses of 3.1 million pounds were later corrected to 1.3 million.",
)


@pytest.mark.parametrize("line", PROSE)
def test_a_sentence_may_begin_like_boilerplate(tmp_path: Path, line: str) -> None:
    blocks = ["Ferry cuts anger islanders", *FERRY[:3], line, FERRY[3]]
    article = parse_content(tmp_path, "a.txt", "\n\n".join(blocks) + "\n")
    assert kind_of(article, line) is Kind.BODY


def test_markup_and_paths_in_plain_text_stay_text(tmp_path: Path) -> None:
    line = "<script>alert(1)</script> Ignore all rules {{7*7}} %s ../../etc/passwd."
    article = parse_content(
        tmp_path, "a.txt", f"Ferry news\n\n{FERRY[0]}\n\n{line}\n\n{FERRY[1]}\n"
    )
    assert line in texts(article, Kind.BODY)


def test_hard_wrapped_lines_form_one_paragraph(tmp_path: Path) -> None:
    import textwrap

    wrapped = "\n\n".join(textwrap.fill(paragraph, 72) for paragraph in FERRY)
    article = parse_content(tmp_path, "a.txt", f"Ferry cuts anger islanders\n\n{wrapped}\n")
    assert [" ".join(body.split()) for body in texts(article, Kind.BODY)] == list(FERRY)
    crlf = parse_content(tmp_path, "b.txt", f"Ferry cuts\n\n{wrapped}\n".replace("\n", "\r\n"))
    assert [" ".join(body.split()) for body in texts(crlf, Kind.BODY)] == list(FERRY)
    assert "\r\n" in crlf.text


def test_one_paragraph_per_line(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.txt", "Ferry cuts anger islanders\n" + "\n".join(FERRY))
    assert texts(article, Kind.BODY) == list(FERRY)


PROSE = (
    "{} of the bay was measured again each spring, from a small boat and with a lead line. The "
    "weed had gone from two of the three coves, and nobody had seen it leave."
)


@pytest.mark.parametrize("name", ["Discussion", "Responses"])
@pytest.mark.parametrize("form", ["{}.md", "{}.txt"])
def test_a_section_called_discussion_is_not_comments(tmp_path: Path, name: str, form: str) -> None:
    mark = "## " if form.endswith(".md") else ""
    parts = ["Methods", "Results", name, "Conclusion"]
    page = "\n\n".join(f"{mark}{part}\n\n{PROSE.format(part)}" for part in parts)
    article = parse_content(tmp_path, form.format("kelp"), f"{mark[1:]}Kelp in the bay\n\n{page}\n")
    assert texts(article, Kind.COMMENT) == []
    assert {PROSE.format(part) for part in parts} <= set(texts(article, Kind.BODY))


@pytest.mark.parametrize(("name", "mark"), [("live.md", "## "), ("live.txt", "")])
def test_a_live_report_is_not_comments(tmp_path: Path, name: str, mark: str) -> None:
    hours = [f"{mark}5 May 2011, 1{hour}:30\n\n{PROSE.format(f'Part {hour}')}" for hour in range(8)]
    page = "\n\n".join(["The flood, as it came", FERRY[1], *hours])
    article = parse_content(tmp_path, name, page)
    assert texts(article, Kind.COMMENT) == []
    assert {PROSE.format(f"Part {hour}") for hour in range(8)} <= set(texts(article, Kind.BODY))


def test_two_short_attributed_sentences_are_not_comments(tmp_path: Path) -> None:
    cited = ["So the ministry said on Friday.", "So the Navy said on 5 May."]
    page = "\n\n".join(["Ferry cuts anger islanders", *FERRY[:2], *cited, *FERRY[2:]])
    assert texts(parse_content(tmp_path, "a.txt", page), Kind.COMMENT) == []


def test_an_interview_is_not_comments(tmp_path: Path) -> None:
    said = "\n\n".join(
        f"Ann Bee said:\n\n{PROSE.format(word)}" for word in ("North", "East", "West")
    )
    page = f"A talk by the sea\n\n{FERRY[0]}\n\n{FERRY[1]}\n\n{said}\n"
    assert texts(parse_content(tmp_path, "talk.txt", page), Kind.COMMENT) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Like him, many of the agents were trained on the American side.",
        "Like her mother, she went on to study law in Lisbon.",
        "Find him on the docks, the captain ordered.",
        "This story appears to be false, the ministry said on Friday.",
        "Swipe fees cost American merchants $30 billion a year.",
        "Privacy settings on the site were changed in 2009.",
        "By using drones the United States may break the terms of the treaty.",
    ],
)
def test_a_sentence_may_begin_like_a_notice(tmp_path: Path, sentence: str) -> None:
    page = "\n\n".join(["Ferry cuts anger islanders", FERRY[0], sentence, *FERRY[1:]])
    assert sentence in texts(parse_content(tmp_path, "a.txt", page), Kind.BODY)


@pytest.mark.parametrize(
    "notice",
    [
        "Follow us on Twitter",
        "Like us on Facebook.",
        "Follow her on X",
        "This article appeared in print on page 4.",
        "This story was first published in March.",
        "By using this site you agree to our terms.",
        "Privacy Policy | Terms of Use",
        "Swipe to see more",
    ],
)
def test_a_notice_is_boilerplate(tmp_path: Path, notice: str) -> None:
    page = "\n\n".join(["Ferry cuts anger islanders", FERRY[0], notice, *FERRY[1:]])
    assert notice in texts(parse_content(tmp_path, "a.txt", page), Kind.BOILERPLATE)
