"""Conversations kept, exported and voted on, in real Chromium."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from accessibility import barriers
from chat_window import HARBOUR_QUESTION, ask, opened, pane, shown_text
from playwright.sync_api import Download, Locator, Page, Route, expect
from running_chat import PROJECT, Chat

from index.library import Library
from qa.feedback import FEEDBACK_NAME

pytestmark = pytest.mark.browser

UNANSWERED = "Who painted the ceiling of the Sistine Chapel?"


@pytest.fixture
def window(page: Page) -> Page:
    return opened(page)


def talks(page: Page) -> Locator:
    """The panel of conversations, opened."""
    page.locator("#open-talks").click()
    panel = page.locator("#talks")
    expect(panel).to_be_visible()
    return panel


def reloaded(page: Page, turns: int) -> None:
    page.reload()
    expect(page.locator("#turns .turn")).to_have_count(turns)


def test_a_conversation_whose_reply_is_lost_after_a_reload_is_asked_for_again(
    window: Page,
) -> None:
    ask(window, HARBOUR_QUESTION)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if not lost and HARBOUR_QUESTION in (route.request.post_data or ""):
            lost.append(route.request.url)  # and it is never answered
        else:
            route.continue_()

    window.route("**/gradio_api/**", lose)
    reloaded(window, 1)
    assert len(lost) == 1


def test_a_conversation_is_there_after_a_reload_and_goes_on(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who is Karin Holt?")
    quote = shown_text(window.locator("#turns mark").first)
    confidence = shown_text(window.locator("#turns .confidence").first)
    reloaded(window, 2)
    expect(window.locator("#turns mark").first).to_have_text(quote)
    expect(window.locator("#turns .confidence").first).to_have_text(confidence)
    expect(window.locator("#welcome .welcome")).to_have_count(0)
    window.locator("#turns a.cite").first.click()
    expect(pane(window).locator("mark")).to_have_text(quote)
    window.keyboard.press("Escape")
    # The follow-up still knows whom it is about.
    card = ask(window, "What did she say about buses?")
    expect(window.locator(".understood")).to_contain_text("Karin Holt")
    expect(card.locator(".sentence").first).to_contain_text("could not replace the boats")
    reloaded(window, 3)
    expect(window.locator(".understood")).to_contain_text("Karin Holt")


def test_a_question_whose_answer_had_not_come_is_in_the_box_after_a_reload(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    box = window.locator("#question textarea")
    # The question never reaches the server.
    window.route("**/queue/join*", lambda route: route.abort())
    box.fill("Who is Karin Holt?")
    with window.expect_request("**/queue/join*"):
        window.keyboard.press("Enter")
    window.unroute_all()
    reloaded(window, 1)
    expect(box).to_have_value("Who is Karin Holt?")
    box.press("Enter")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    reloaded(window, 2)
    expect(box).to_have_value("")


def test_a_page_that_is_opened_waits_for_no_stream(window: Page) -> None:
    # Gradio's queue answers by a stream that ends with the last event under way; one that
    # begins in that moment is lost, and a page just opened begins several.
    called: list[str] = []
    window.on("request", lambda asked: called.append(asked.url))
    window.reload()
    expect(window.locator("#status")).to_contain_text("articles to ask")
    window.get_by_role("button", name="Articles", exact=True).click()
    expect(window.locator("#shelf-list li").first).to_be_visible()
    assert any("/run/predict" in address for address in called)
    assert not [address for address in called if "/queue/" in address]


def test_questions_asked_while_another_is_answered_wait_and_lose_nothing(window: Page) -> None:
    box = window.locator("#question textarea")
    questions = ["Who is Karin Holt?", HARBOUR_QUESTION, "Who feeds the lighthouse goats?"]
    for question in questions:
        box.fill(question)
        window.keyboard.press("Enter")
        expect(box).to_have_value("")
    expect(window.locator("#waiting")).to_contain_text(f"Next: {questions[-1]}")
    box.fill("Where is the long tide?")
    window.keyboard.press("Enter")
    window.get_by_role("button", name="Take back: Where is the long tide?").click()
    expect(box).to_have_value("Where is the long tide?")
    # What is typed meanwhile is neither asked nor taken away.
    box.fill("a draft")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(3)
    assert window.locator("#turns .asked").all_text_contents() == [
        f"You asked: {question}" for question in questions
    ]
    expect(window.locator("#waiting")).to_have_text("")
    expect(box).to_have_value("a draft")


def test_a_double_click_asks_once(window: Page) -> None:
    window.locator("#question textarea").fill(HARBOUR_QUESTION)
    window.locator("#ask").dblclick()
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(1)
    expect(ask(window, "Who feeds the lighthouse goats?")).to_have_class(re.compile("answered"))
    expect(window.locator("#turns .turn")).to_have_count(2)


def test_a_new_conversation_is_not_begun_under_a_question(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    window.locator("#new-talk").click()
    expect(window.locator("#waiting")).to_contain_text("An answer is still being found.")
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)


def test_a_conversation_in_two_windows_is_the_same_in_both(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    other = opened(window.context.new_page())
    talks(other).locator(".talks-open").first.click()
    expect(other.locator("#turns .turn")).to_have_count(1)
    ask(other, "Who feeds the lighthouse goats?")
    expect(window.locator("#turns .turn")).to_have_count(2)
    ask(window, "Who is Karin Holt?")
    expect(other.locator("#turns .turn")).to_have_count(3)
    expect(other.locator(".talks-open[aria-current=true]")).to_contain_text("harbour of Lowtide")
    # Deleted in one, it is not kept alive by the other.
    delete = other.locator("li", has=other.locator("[aria-current=true]")).locator(".talks-delete")
    delete.click()
    delete.click()
    expect(window.locator("#turns .turn")).to_have_count(0)
    other.close()


def test_a_conversation_continued_in_two_windows_at_once_becomes_two(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#question textarea").fill("Who is Karin Holt?")
    window.keyboard.press("Enter")
    # As another window would, while the answer is on its way.
    window.evaluate(
        """() => {
          const talk = Object.entries(localStorage).filter(([key]) => key.startsWith("pincite"))
            .sort(([, one], [, other]) => JSON.parse(other).when - JSON.parse(one).when)[0];
          const { told, ...rest } = JSON.parse(talk[1]);
          const twice = `${told},${told}`;
          localStorage[talk[0]] = JSON.stringify({ ...rest, title: "Theirs", told: twice });
        }"""
    )
    expect(window.locator("#turns .turn[data-exchange]")).to_have_count(2)
    panel = talks(window)
    expect(panel.locator(".talks-open", has_text="Theirs")).to_have_count(1)
    expect(panel.locator(".talks-open[aria-current=true]")).to_contain_text("harbour of Lowtide")
    panel.locator(".talks-open", has_text="Theirs").click()
    expect(window.locator("#turns .asked")).to_have_count(2)
    expect(window.locator("#turns .asked").last).to_contain_text(HARBOUR_QUESTION)


def test_earlier_conversations_are_returned_to_and_deleted(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    panel = talks(window)
    panel.get_by_role("button", name="New conversation").click()
    expect(window.locator("#turns .turn")).to_have_count(0)
    expect(window.locator("#welcome .welcome")).to_be_visible()
    ask(window, UNANSWERED)
    current = panel.locator(".talks-open[aria-current=true]")
    expect(current).to_contain_text("Sistine")
    panel.locator(".talks-open", has_text="harbour of Lowtide").first.click()
    expect(window.locator("#turns mark")).to_be_visible()
    expect(window.locator("#turns .turn")).to_have_count(1)
    expect(current).to_contain_text("harbour of Lowtide")
    # Delete one: it takes a second press. What is on the page goes with it.
    count = panel.locator(".talks-list li").count()
    delete = panel.locator("li", has=window.locator("[aria-current=true]")).locator(".talks-delete")
    delete.click()
    expect(delete).to_have_text("Really?")
    delete.click()
    expect(panel.locator(".talks-list li")).to_have_count(count - 1)
    expect(window.locator("#turns .turn")).to_have_count(0)
    clear = panel.locator(".talks-clear")
    clear.click()
    clear.click()
    expect(panel.locator(".talks-list li")).to_have_count(0)
    expect(panel).to_contain_text("None yet.")
    assert [key for key in window.evaluate("Object.keys(localStorage)") if "pincite" in key] == []


def test_what_is_kept_is_bounded(window: Page) -> None:
    ask(window, UNANSWERED)
    window.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((key) => key.startsWith("pincite"));
          const prefix = key.slice(0, key.lastIndexOf(":") + 1);
          const talk = JSON.parse(localStorage[key]);
          for (let n = 0; n < 70; n += 1)
            localStorage[`${prefix}old-${n}`] = JSON.stringify({ ...talk, when: n });
        }"""
    )
    ask(window, UNANSWERED)
    kept = window.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('pincite'))")
    assert len(kept) == 50
    # The oldest went first.
    assert not [key for key in kept if key.endswith((":old-0", ":old-19"))]
    window.evaluate("localStorage.clear()")


def test_kept_data_that_was_tampered_with_does_nothing(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, UNANSWERED)
    window.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((key) => key.startsWith("pincite"));
          const talk = JSON.parse(localStorage[key]);
          const [first, second] = JSON.parse(`[${talk.told}]`);
          const bad = "<img src=x onerror=window.harmed=1>";
          const linked = structuredClone(first);
          linked.shown.versions[0].sources[0].at_source = "javascript:window.harmed=1";
          first.shown.versions[0].words = first.question = first.understood = bad;
          first.shown.versions[0].sources[0].metadata.title = bad;
          talk.title = bad;
          talk.told = [first, linked, second].map((turn) => JSON.stringify(turn)).join(",");
          localStorage[key] = JSON.stringify(talk);
        }"""
    )
    reloaded(window, 2)
    expect(window.locator("#turns mark").first).to_have_text("<img src=x onerror=window.harmed=1>")
    expect(talks(window)).to_contain_text("<img src=x")
    assert window.locator("#turns img, #talks img").count() == 0
    assert window.evaluate("window.harmed") is None


def test_a_conversation_is_saved_as_markdown_and_as_a_page(window: Page) -> None:
    ask(window, "Who feeds the lighthouse goats?")
    ask(window, UNANSWERED)
    panel = talks(window)

    def saved(name: str) -> Download:
        with window.expect_download() as caught:
            panel.get_by_role("button", name=name).click()
        return caught.value

    markdown = saved("Save as Markdown")
    assert re.fullmatch(r"conversation-\d{4}-\d\d-\d\d\.md", markdown.suggested_filename)
    text = markdown.path().read_text(encoding="utf-8")
    assert "Orla Finn" in text
    assert "\\<script\\>window.harmed\\=1" in text
    assert "/articles/hostile.txt?v=" in text
    assert "The articles do not answer this." in text
    window.set_content(saved("Save as web page").path().read_text(encoding="utf-8"))
    expect(window.locator("mark").first).to_contain_text("Orla Finn")
    expect(window.locator("main")).to_contain_text("<script>window.harmed=1</script>")
    assert window.evaluate("window.harmed") is None
    assert window.locator("img, script, iframe").count() == 0


def evaluated(chat: Chat) -> str:
    """What `pincite eval --check` says of the votes."""
    asked = ["eval", str(chat.index / FEEDBACK_NAME), "--check", "--index", str(chat.index)]
    run = subprocess.run(
        [sys.executable, "-m", "qa", *asked],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.stdout + run.stderr


def votes(chat: Chat) -> dict[str, dict[str, object]]:
    """The last line for each question."""
    lines = (chat.index / FEEDBACK_NAME).read_text(encoding="utf-8").splitlines()
    return {entry["question"]: entry for entry in map(json.loads, lines)}


def test_thumbs_become_questions_that_eval_reads(window: Page, chat: Chat) -> None:
    ask(window, HARBOUR_QUESTION)
    ask(window, "Who feeds the lighthouse goats?")
    ask(window, "What did the surveyor Anselm Pike measure?")
    ask(window, UNANSWERED)
    first, third, second, last = window.locator("#turns .turn").all()
    right, wrong = "[data-verdict=right]", "[data-verdict=wrong]"
    first.locator(right).click()
    expect(first.locator("p.kept")).to_have_text("Noted as right.")
    expect(first.locator(right)).to_be_focused()
    expect(first.locator(right)).to_have_attribute("aria-pressed", "true")
    first.locator("details.kept summary").click()
    expect(first.locator("details.kept")).to_contain_text("pincite eval")
    expect(first.locator("details.kept")).to_contain_text(FEEDBACK_NAME)

    # The right words, typed; those that no article holds are asked for again.
    second.locator(wrong).click()
    form = second.locator(".why")
    form.get_by_label("Right passage, wrong words").check()
    form.get_by_label("The right answer, if you know it").fill("a sandbank of gold")
    window.keyboard.press("Enter")
    expect(second.locator("p.kept")).to_contain_text("no article holds “a sandbank of gold”")
    second.locator(wrong).click()
    form.get_by_label("Right passage, wrong words").check()
    form.get_by_label("The right answer, if you know it").fill("the  Sandbank")
    form.get_by_role("button", name="Send").click()
    expect(second.locator("p.kept")).to_contain_text("with “the sandbank” in The long tide")

    third.locator(wrong).click()
    third.get_by_label("Wrong article or passage").check()
    third.get_by_role("button", name="Send").click()
    expect(third.locator("p.kept")).to_contain_text("Noted as a complaint.")
    last.locator(right).click()
    expect(last.locator("p.kept")).to_be_visible()

    said = evaluated(chat)
    assert "3 questions, 0 problems" in said, said
    assert "1 complaint has no right answer yet" in said
    kept = votes(chat)
    article = Library.open(chat.index).article("harbour.txt")
    [evidence] = kept[HARBOUR_QUESTION]["evidence"]  # type: ignore[misc]
    assert evidence == {
        "article": "harbour.txt",
        "text": article.paragraphs[2].span.of(article.text),
    }
    assert kept[UNANSWERED]["answers"] == []
    # A vote is still there after a reload, and is taken back by pressing it again.
    reloaded(window, 4)
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(4)
    first.locator(right).click()
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(3)
    third.locator(wrong).click()
    third.get_by_role("button", name="Take back").click()
    expect(window.locator("#turns [aria-pressed=true]")).to_have_count(2)
    expect(third.locator(wrong)).to_be_focused()
    said = evaluated(chat)
    assert "2 questions, 0 problems" in said
    assert "no right answer" not in said


def test_no_words_are_right_where_the_articles_do_not_answer(window: Page) -> None:
    ask(window, HARBOUR_QUESTION)
    window.locator("#turns .thumb[data-verdict=wrong]").click()
    form = window.locator("#turns .why")
    form.get_by_label("The articles do not answer this").check()
    form.get_by_label("The right answer, if you know it").fill("March 4")
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".why-trouble")).to_contain_text("choose another reason")
    # What was typed is still there to be sent with one.
    expect(form.get_by_label("The right answer, if you know it")).to_have_value("March 4")
    form.get_by_label("Wrong article or passage").check()
    form.get_by_role("button", name="Send").click()
    expect(window.locator("#turns p.kept")).to_contain_text("as the right answer")


def test_a_vote_on_an_article_that_has_changed_is_refused(window: Page, chat: Chat) -> None:
    path = chat.articles / "mast.txt"
    library = Library.open(chat.index)
    try:
        path.write_text("The mast\n\nThe mast of the Orla was cut from a spruce at Hollen.\n")
        library.sync()
        ask(window, "What was the mast of the Orla cut from?")
        path.write_text("A mast\n\nOld.\n\nThe mast of the Orla was cut from a spruce at Hollen.\n")
        library.sync()
        window.locator("#turns .thumb").first.click()
        expect(window.locator("#turns .trouble")).to_contain_text("has changed since")
        expect(window.locator("#turns [aria-pressed=true]")).to_have_count(0)
        path.unlink()
        library.sync()
        window.locator("#turns .thumb").first.click()
        expect(window.locator("#turns .trouble")).to_contain_text("was removed since")
        path.touch()
    finally:
        path.unlink()
        library.sync()


def test_sources_that_differ_stand_side_by_side_with_their_dates(window: Page, chat: Chat) -> None:
    library = Library.open(chat.index)
    head = '<html><head><title>{}</title><meta property="og:site_name" content="{}">'
    head += '<meta property="article:published_time" content="{}"></head><body><article>'
    told = {
        "light-1.html": ("The lamp", "Coast Weekly", "2011-05-02", "in 1887 by the engineer"),
        "light-2.html": ("A lamp", "Island Post", "2014-09-30", "in 1902 by the builder"),
    }
    try:
        for name, (title, publisher, day, words) in told.items():
            text = (
                f"The lighthouse of Skerry Head was first lit {words} Ada Munro, who lived there."
            )
            page = head.format(title, publisher, day) + f"<p>{text}</p></article></body></html>"
            (chat.articles / name).write_text(page)
        library.sync()
        card = ask(window, "When was the lighthouse of Skerry Head first lit?")
        expect(card).to_contain_text("Sources differ")
        versions = card.locator(".versions > li")
        expect(versions).to_have_count(2)
        dates = {shown_text(version.locator(".source")) for version in versions.all()}
        assert {date[-24:] for date in dates if "2 May 2011" in date}
        assert {date for date in dates if "30 September 2014" in date}
        left, right = (version.bounding_box() for version in versions.all())
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
        versions.last.locator("a.cite").click()
        expect(pane(window).locator("mark")).to_have_text(shown_text(versions.last.locator("mark")))
    finally:
        for name in told:
            (chat.articles / name).unlink(missing_ok=True)
        library.sync()


def test_conversations_and_votes_by_keyboard_on_a_phone(phone_page: Page) -> None:
    window = opened(phone_page)
    ask(window, HARBOUR_QUESTION)
    wide = "document.documentElement.scrollWidth"
    thumb = window.locator("#turns .thumb[data-verdict=wrong]")
    thumb.focus()
    window.keyboard.press("Enter")
    expect(window.locator(".why input").first).to_be_focused()
    assert window.evaluate(wide) <= 360
    assert barriers(window) == []
    window.keyboard.press("Escape")
    expect(window.locator(".why")).to_have_count(0)
    expect(thumb).to_be_focused()
    heads = window.locator("#head :is(a, button)").all()
    boxes = [box for place in heads if (box := place.bounding_box())]
    for number, one in enumerate(boxes):
        assert 0 <= one["x"] <= one["x"] + one["width"] <= 360
        for other in boxes[:number]:
            beside = (
                one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            )
            below = (
                one["y"] >= other["y"] + other["height"] or other["y"] >= one["y"] + one["height"]
            )
            assert beside or below
    window.locator("#open-talks").focus()
    window.keyboard.press("Enter")
    panel = window.locator("#talks")
    expect(panel.locator(".talks-close")).to_be_focused()
    assert barriers(window) == []
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    window.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(window.locator("#open-talks")).to_be_focused()
