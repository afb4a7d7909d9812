"""Take the screenshots in docs/ from a running chat over the articles in seeds/.

    python docs/screenshots.py
    python docs/screenshots.py --states build/states

Needs Chromium and the test requirements. Writes docs/*.png, or each state of the window in light
and dark colours and on a phone into a folder.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
DOCS = PROJECT / "docs"
FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
QUESTION = "How long is the course at the police school in San Luis Potosi?"
UNANSWERED = "How many dogs did the FBI lose in Tijuana?"


LOOKS = {"light": (1280, 800, "light"), "dark": (1280, 800, "dark"), "phone": (390, 780, "light")}


@contextmanager
def running_chat(*, is_empty: bool = False) -> Iterator[str]:
    """Run a chat over the seeds, or without an index, in a separate process; yield its URL."""
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        command = [sys.executable, "-m", "qa", "index", "seeds", "--index", index]
        if not is_empty:
            subprocess.run(command, cwd=PROJECT, check=True)
        chat = subprocess.Popen(
            [sys.executable, "app.py", "--index", index, "--port", "0"],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(chat)
        finally:
            chat.terminate()
            chat.wait()


def _address(chat: subprocess.Popen[str]) -> str:
    assert chat.stderr is not None
    address = ""
    for line in chat.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            address = found[0]
        if "ready for questions" in line or "no articles yet" in line:
            return address
    raise SystemExit("the chat did not start; try: python app.py")


def ask(page: Page, question: str) -> None:
    """Ask a question and wait for its card."""
    before = page.locator("#turns .turn").count()
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#turns .turn")).to_have_count(before + 1)
    expect(page.locator("#turns .card").last).not_to_have_class(re.compile("pending"))


def window(browser: Browser, address: str, width: int, height: int, scheme: str) -> Page:
    """Open the chat in a window of this size, in "light" or "dark" colours."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".example, .empty").first).to_be_visible()
    return page


def take_states(browser: Browser, folder: Path) -> None:
    """Take every state of the window in every look."""
    folder.mkdir(parents=True, exist_ok=True)

    def shoot(page: Page, look: str, state: str) -> None:
        _settle(page)
        page.screenshot(path=folder / f"{state}-{look}.png")

    with running_chat(is_empty=True) as address:
        for look, size in LOOKS.items():
            shoot(window(browser, address, *size), look, "empty")
    with running_chat() as address:
        for look, size in LOOKS.items():
            page = window(browser, address, *size)
            shoot(page, look, "welcome")
            ask(page, QUESTION)
            shoot(page, look, "answer")
            page.locator("#turns a.cite").first.click()
            expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_in_viewport()
            shoot(page, look, "article")
            page.keyboard.press("Escape")
            ask(page, UNANSWERED)
            shoot(page, look, "refusal")
            page.get_by_role("button", name="Show the best guess").click()
            expect(page.locator("#turns .guess")).to_be_visible()
            shoot(page, look, "guess")
            page.get_by_role("button", name="History", exact=True).click()
            shoot(page, look, "history")
            page.keyboard.press("Escape")
            page.get_by_role("button", name="Articles", exact=True).click()
            expect(page.locator("#articles-list li").first).to_be_visible()
            shoot(page, look, "articles")
            page.keyboard.press("Escape")
            page.locator("#open-articles").focus()
            page.keyboard.press("?")
            shoot(page, look, "shortcuts")
            page.keyboard.press("Escape")
            page.locator("#open-menu").click()
            shoot(page, look, "menu")


def main() -> None:
    """Take the screenshots of the documentation, or those of all states."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--states", type=Path, help="take all states into this folder instead")
    states = parser.parse_args().states
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed; on Debian: apt-get install chromium")
    expect.set_options(timeout=120_000)
    if states is not None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
            take_states(browser, states)
            browser.close()
        return
    with running_chat() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        page = window(browser, address, 1280, 800, "light")
        ask(page, QUESTION)
        page.locator("#turns a.cite").first.click()
        expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_in_viewport()
        _settle(page)
        page.screenshot(path=DOCS / "chat.png")
        page.keyboard.press("Escape")
        ask(page, UNANSWERED)
        _settle(page)
        page.screenshot(path=DOCS / "refusal.png")
        page.get_by_role("button", name="Articles", exact=True).click()
        expect(page.locator("#articles-list li").first).to_be_visible()
        page.screenshot(path=DOCS / "articles.png")
        phone = window(browser, address, 390, 780, "dark")
        ask(phone, QUESTION)
        _settle(phone)
        phone.screenshot(path=DOCS / "phone.png")
        browser.close()


def _settle(page: Page) -> None:
    """Wait until smooth scrolling has ended."""
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    main()
