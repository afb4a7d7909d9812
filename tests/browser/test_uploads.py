"""Adding articles in real Chromium: files, folders, progress, cancelling, removing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index.library import Library
from tests.helpers.chat_server import Chat
from tests.helpers.chat_window import article_frame, ask, open_articles

pytestmark = pytest.mark.browser

ASKED = {
    "Who repaired the clock of Saint Brannock?": "Wilma Trent",
    "What does the mill at Ashford grind?": "rye",
    "What does the kiln at Orme burn?": "lime",
    "What does the loom at Pell weave?": "sailcloth",
    "What does the forge at Tarn make?": "anchors",
}


def remove_all(window: Page) -> None:
    """Remove every upload, each with two presses."""
    while count := window.locator("#articles-list .remove").count():
        button = window.locator("#articles-list .remove").first
        button.click()
        expect(button).to_have_text("Really?")
        button.click()
        expect(window.locator("#articles-list .remove")).to_have_count(count - 1)


def test_articles_of_every_format_are_added_and_removed(page: Page, uploads: list[Path]) -> None:
    first = next(iter(ASKED))
    window = open_articles(page)
    expect(window.locator("#articles-add .note")).to_contain_text("up to 64 MB each")
    expect(ask(window, first)).to_have_class(re.compile("refused"))
    window.locator("#drop input[multiple]").set_input_files(uploads)
    expect(window.locator("#job")).to_contain_text("Done: 5 added, 1 skipped.")
    expect(window.locator("#job")).to_contain_text("torn.pdf")
    expect(window.locator("#articles-list .remove")).to_have_count(5)
    for question, words in ASKED.items():
        card = ask(window, question)
        expect(card.locator(".sentence mark").first).to_contain_text(words)
        if question == first:
            expect(card).to_contain_text("page 2")
    # What was set aside is there to be looked at, folded away.
    window.locator("#articles-list").get_by_role("link", name="The loom").click()
    aside = article_frame(window).locator("details.excluded")
    expect(aside).to_contain_text("Never cited: 1 line")
    aside.locator("summary").click()
    expect(aside.get_by_text("Tess wrote: my aunt wove there.")).to_be_visible()
    window.get_by_role("button", name="Close the article").click()
    remove_all(window)
    expect(ask(window, first)).to_have_class(re.compile("refused"))


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    """A folder with a folder in it, a file of no use, and a hidden one."""
    folder = tmp_path / "trip"
    (folder / "river").mkdir(parents=True)
    (folder / "notes.md").write_text("# The trip\n\nThe trip to the delta took nine days.\n")
    (folder / "river" / "notes.md").write_text("# The river\n\nThe river Ash was in flood.\n")
    (folder / "river" / "photo.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("Nothing to see.")
    return folder


@pytest.mark.parametrize("dropped", [False, True], ids=["chosen", "dropped"])
def test_a_folder_keeps_its_names(page: Page, trip: Path, dropped: bool) -> None:
    window = open_articles(page)
    if dropped:
        drop(window, trip)
    else:
        window.locator("#drop .choose-folder input").set_input_files(trip)
    note = window.locator("#job")
    expect(note).to_contain_text("Done: 2 added, 1 skipped.")
    expect(note).to_contain_text("trip/river/photo.png photo.png is none of .txt")
    for name in ("notes.md", "river/notes.md"):
        link = window.locator(f"#articles-list a[href='/articles/uploads/trip/{name}']")
        expect(link).to_have_count(1)
    remove_all(window)


def drop(window: Page, path: Path, onto: str = "#drop") -> None:
    """Drop a file or folder from outside the browser onto an element, as a file manager does."""
    window.locator(onto).scroll_into_view_if_needed()
    box = window.locator(onto).bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = window.context.new_cdp_session(window)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_a_cancelled_upload_leaves_everything_as_it_was(
    page: Page, chat: Chat, tmp_path: Path
) -> None:
    state = Library.open(chat.index).manifest.state
    window = open_articles(page)
    files = [tmp_path / f"barge {number}.txt" for number in range(80)]
    for number, file in enumerate(files):
        lines = (f"Barge {number} took {n * 7} crates of tea to quay {n}." for n in range(60))
        file.write_text("\n\n".join(lines))
    window.locator("#drop input[multiple]").set_input_files(files)
    note = window.locator("#job")
    expect(note).to_contain_text(re.compile(r"\d+ of 80 articles read, .* left"))
    window.get_by_role("button", name="Cancel", exact=True).click()
    expect(note).to_contain_text("Cancelled. The index is as it was before.")
    expect(window.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
    assert Library.open(chat.index).manifest.state == state
    assert not list((chat.index / "uploads").glob("barge*"))


def test_the_details_of_an_article_are_corrected(page: Page, tmp_path: Path) -> None:
    note = tmp_path / "buoy.txt"
    note.write_text("The buoy\n\nThe buoy off Lund is red.\n", encoding="utf-8")
    window = open_articles(page)
    window.locator("#drop input[multiple]").set_input_files(note)
    expect(window.locator("#job")).to_contain_text("Done: 1 added")
    window.get_by_role("button", name="Edit the details of The buoy").click()
    form = window.locator("#articles-details")
    expect(form.get_by_label("Title")).to_have_value("The buoy")
    expect(form.get_by_label("Title")).to_be_focused()
    form.get_by_label("Authors").fill("Ann Bo; Cy Dee")
    form.get_by_label("Published").fill("spring")
    form.get_by_role("button", name="Save the details").click()
    expect(form).to_contain_text("'spring' is not a date; write 2011 or 2011-08-07")
    form.get_by_label("Published").fill("2011-08-07")
    form.get_by_role("button", name="Save the details").click()
    expect(form).to_be_hidden()
    row = window.locator("#articles-list li", has_text="The buoy")
    expect(row).to_contain_text("Ann Bo, Cy Dee")
    expect(row).to_contain_text("7 August 2011")
    remove_all(window)


def test_an_article_that_is_removed_is_not_asked_for_any_more(page: Page, chat: Chat) -> None:
    writer = Library.open(chat.index)
    writer.add_upload("weir.txt", b"The weir\n\nThe weir at Coln holds back the mill stream.\n")
    window = open_articles(page)
    window.locator("#articles-filter .label-wrap").click()
    for title in ("The weir", "Ferry crews vote to strike"):
        window.get_by_role("combobox", name="Only these articles").click()
        window.get_by_role("option", name=title).click()
    expect(window.locator("#status")).to_contain_text("2 of 6 articles to ask")
    remove_all(window)
    expect(window.locator("#status")).to_contain_text("1 of 5 articles to ask")
    window.get_by_role("button", name="Ask all again").click()
    writer.add_upload("weir.txt", b"The weir\n\nThe weir at Coln holds back the mill stream.\n")
    window.get_by_role("button", name="Look for changes in the folders").click()
    expect(window.locator("#status")).to_contain_text("6 articles to ask")
    window.get_by_role("combobox", name="Only these articles").click()
    window.get_by_role("option", name="The weir").click()
    expect(window.locator("#status")).to_contain_text("1 of 6 articles to ask")
    writer.remove("uploads/weir.txt")  # by another program
    card = ask(window, "What does the weir at Coln hold back?")
    expect(card).to_contain_text("None of the articles you chose to ask exists any more")
    window.get_by_role("button", name="Ask all again").click()
    expect(window.locator("#status")).to_have_text("5 articles to ask")


def test_a_file_that_is_too_large_is_named_and_not_sent(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(65 * 2**20)
    window = open_articles(page)
    window.locator("#drop input[multiple]").set_input_files(large)
    expect(window.locator("#job")).to_contain_text(
        "large.txt too large: 65 MB, the limit is 64 MB; split the file"
    )
