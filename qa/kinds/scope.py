"""Understand the words of a question that say which articles to ask: "according to the AP".

They become a filter, joined to the one that is set; the rest of the question is what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from index.filters import Filter
from index.storage.snapshot import Snapshot
from qa.matching.names import is_abbreviation

_NOUN = r"(?:article|story|piece)s?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_NAME = r"(?P<name>(?:[A-Z][\w.&'’-]*)(?: (?:of|and|the|de|[A-Z][\w.&'’-]*)){0,5}?)"
_LEADING, _TRAILING = r"^{}, ", r",? {}(?=\?|$)"
_PLACES = (
    rf"[Aa]ccording to (?:the )?{_NAME}",
    rf"[Ii]n (?:the |an? )?{_YEAR} {_NOUN}(?: by {_NAME})?",
    rf"[Ii]n (?:the )?{_NOUN} (?:from|of) {_YEAR}",
    rf"[Ii]n (?:the )?{_NOUN} (?P<bound>since|before|after|until) {_YEAR}",
    rf"[Ii]n (?:the )?{_NOUN} (?:by|from|in) (?:the )?{_NAME}",
    rf"[Ii]n (?:the )?{_NAME} {_NOUN}",
    rf"(?P<bound>[Ss]ince) {_YEAR}",
)
_PATTERNS = tuple(
    re.compile(shape.format(place))
    for place in _PLACES
    for shape in ((_LEADING,) if "[Ss]ince" in place else (_LEADING, _TRAILING))
)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What was understood: the filter, the words that were, and the rest of the question.

    `unknown` is the name of a source that none of the articles is by, "" where there is none.
    """

    filter: Filter
    phrase: str
    rest: str
    unknown: str = ""


def narrow(question: str, filter: Filter, snapshot: Snapshot) -> Narrowed | None:
    """Return what a question's words say about which articles to ask; None if they say nothing.

    A name counts as a source only if it is an article's publisher or author, or if no article
    mentions it: "according to" names speakers more often. Words that fit no article are left in
    the question.
    """
    for pattern in _PATTERNS:
        match = pattern.search(question)
        if match is None:
            continue
        rest = f"{question[: match.start()].rstrip()} {question[match.end() :].lstrip()}".strip()
        rest = rest.replace(" ?", "?")
        rest = rest[:1].upper() + rest[1:]
        phrase = match.group().strip(" ,")
        if not any(letter.isalnum() for letter in rest):
            continue
        groups = match.groupdict()
        narrowed = _with_years(filter, groups.get("year"), (groups.get("bound") or "").lower())
        name = groups.get("name")
        if narrowed is None:
            continue
        if name:
            source = next(_sources(name, narrowed, snapshot), None)
            if source is None:
                if any(snapshot.has_word(word) for word in name.split() if word[0].isupper()):
                    continue
                return Narrowed(filter, phrase, rest, unknown=name)
            narrowed = source
        if snapshot.count(narrowed):
            return Narrowed(narrowed, phrase, rest)
    return None


def _with_years(filter: Filter, year: str | None, bound: str) -> Filter | None:
    """Return a filter that also asks for a year, or for those from or until it; None if empty."""
    if year is None:
        return filter
    first, last = date(int(year), 1, 1), date(int(year), 12, 31)
    if bound == "after":
        first = date(int(year) + 1, 1, 1)
    elif bound == "before":
        last = date(int(year) - 1, 12, 31)
    after = None if bound in ("before", "until") else first
    before = None if bound in ("since", "after") else last
    after = max((day for day in (after, filter.after) if day), default=None)
    before = min((day for day in (before, filter.before) if day), default=None)
    if after and before and after > before:
        return None
    return replace(filter, after=after, before=before)


def _sources(name: str, filter: Filter, snapshot: Snapshot) -> Iterator[Filter]:
    """Yield the filters for a publisher or an author of that name, or with that abbreviation."""
    if filter.publisher is None:
        yield from _if_any(replace(filter, publisher=name), snapshot)
    if filter.author is None:
        yield from _if_any(replace(filter, author=name), snapshot)
    if filter.publisher is None:
        publishers = {one.metadata.publisher or "" for one in snapshot.articles()}
        for publisher in sorted(publishers):
            if is_abbreviation(name, _without_article(publisher)):
                yield from _if_any(replace(filter, publisher=publisher), snapshot)


def _without_article(publisher: str) -> str:
    return re.sub(r"^The ", "", publisher)


def _if_any(filter: Filter, snapshot: Snapshot) -> Iterator[Filter]:
    if snapshot.count(filter):
        yield filter
