"""What stands in the way of assistive technology, as axe finds it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def barriers(page: Page) -> list[str]:
    """The rules that axe finds broken with serious or critical effect, and where."""
    # Colours glide from light to dark; what counts is where they end.
    page.evaluate("Promise.all(document.getAnimations().map((glide) => glide.finished))")
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
