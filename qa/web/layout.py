"""The parts of the chat window that are always there: its head, its panes."""

from __future__ import annotations

import hashlib
from pathlib import Path

PANE = (
    '<aside id="pane" aria-label="Article" hidden><div class="pane-bar">'
    '<button type="button" class="pane-close" aria-label="Close the article">Close</button>'
    '<span class="pane-steps"><button type="button" class="pane-previous">Previous</button>'
    '<span class="pane-place" role="status"></span>'
    '<button type="button" class="pane-next">Next</button></span>'
    '<a class="pane-alone" target="_blank" rel="noopener">Open alone</a></div>'
    '<iframe name="pane-article" title="The article"></iframe></aside>'
)

# Over the question box: what waits for its turn, and what the window has to say; talks.js fills it.
WAITING = '<ul></ul><p role="status"></p>'

_REASONS = (
    ("unanswerable", "answer", "The articles do not answer this"),
    ("words", "answer", "Right passage, wrong words"),
    ("place", "answer", "Wrong article or passage"),
    ("missed", "refusal", "The articles do answer this"),
)

# What a thumb down asks; talks.js puts a copy of it under the answer.
_WHY = (
    '<template id="why"><form class="why" aria-label="What is wrong">'
    "<fieldset><legend>What is wrong?</legend>"
    + "".join(
        f'<label class="reason" data-for="{where}"><input type="radio" name="reason" '
        f'value="{reason}" required> {words}</label>'
        for reason, where, words in _REASONS
    )
    + '</fieldset><label class="words-label">The right answer, if you know it, in the article’s '
    'own words<input type="text" name="words" maxlength="2000" autocomplete="off"></label>'
    '<p class="why-row"><button type="submit">Send</button>'
    '<button type="button" class="why-cancel">Cancel</button>'
    '<button type="button" class="why-back">Take back</button></p>'
    '<p class="why-trouble" role="alert"></p></form></template>'
)

TALKS = (
    '<aside id="talks" aria-label="Conversations" hidden><div class="pane-bar">'
    '<h2>Conversations</h2><button type="button" class="talks-close" '
    'aria-label="Close the conversations">Close</button></div>'
    '<div class="talks-body"><section aria-label="This conversation">'
    "<h3>This conversation</h3>"
    '<p class="talks-row"><button type="button" class="talks-new">New conversation</button></p>'
    '<p class="talks-row"><button type="button" class="talks-save" data-kind="md">Save as '
    'Markdown</button><button type="button" class="talks-save" data-kind="html">Save as web page'
    '</button></p><p class="talks-note" role="status"></p></section>'
    '<section aria-label="Earlier conversations"><h3>Earlier</h3><ul class="talks-list"></ul>'
    '<p class="talks-none">None yet.</p>'
    '<p class="talks-row"><button type="button" class="talks-clear">Delete all</button></p>'
    '</section><p class="talks-where">Kept in this browser only: the latest 50 conversations, '
    "with the questions, the quotations and your votes.</p></div>"
    f"{_WHY}</aside>"
)

# benchmark.js may have run before the head stands.
ON_HEAD = "document.dispatchEvent(new Event('pincite:head'))"


def header(index: Path) -> str:
    """The window's head. Conversations about another index are kept apart by its key."""
    key = hashlib.sha256(str(index.resolve()).encode("utf-8", "replace")).hexdigest()[:12]
    return (
        f'<header class="top" data-index="{key}"><a class="brand words" href="/">Pincite</a>'
        '<nav class="tabs" aria-label="Pincite"><a href="#ask">Ask</a>'
        '<a href="#benchmark">Benchmark</a></nav>'
        '<p class="promise">Answers in the articles’ own words, to the paragraph</p>'
        '<button type="button" id="new-talk">New</button>'
        '<button type="button" id="open-talks" aria-expanded="false" aria-controls="talks">'
        "History</button></header>"
    )
