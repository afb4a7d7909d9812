"""The articles panel: which articles there are, in what order, and what became of a change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from urllib.parse import quote

from index.errors import SettingError
from index.filters import Filter
from index.ingest.sync import Skip
from index.library import SyncReport
from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_formats
from index.storage.manifest import UPLOADS
from index.storage.snapshot import ArticleSummary
from qa.web.chat.citation_text import date_words
from qa.web.html import as_sentence, attribute, escape
from qa.web.jobs import JobResult
from qa.web.service import SyncJob

SHOWN = 200
"""How many articles the panel lists at once; a search narrows the rest."""

_EVERYTHING = Filter()

ORDERS = ("Newest first", "Oldest first", "Title", "Author", "Publisher")


def upload_note() -> str:
    """Return the sentence under "Add articles" that says which files can be added."""
    return (
        f"Text, Markdown, HTML, PDF and Word files ({supported_formats()}), "
        f"up to {MAX_BYTES // 1024 // 1024} MB each; folders keep their names. "
        "They are copied into the index."
    )


def in_order(articles: Iterable[ArticleSummary], order: str) -> list[ArticleSummary]:
    """The articles in one of `ORDERS`; those without a date come last."""
    found = sorted(articles, key=lambda item: _title(item).casefold())
    if order == "Publisher":
        found.sort(key=lambda item: (item.metadata.publisher or "\uffff").casefold())
    elif order == "Author":
        found.sort(key=lambda item: _surname(item.metadata.authors))
    elif order != "Title":
        newest = order != "Oldest first"
        found.sort(key=_day, reverse=newest)
        found.sort(key=lambda item: not _day(item))
    return found


def matching(articles: Iterable[ArticleSummary], query: str) -> list[ArticleSummary]:
    """Those whose title, publisher, authors, date or id hold every word of `query`."""
    wanted = query.casefold().split()
    return [item for item in articles if all(word in described(item) for word in wanted)]


def described(item: ArticleSummary) -> str:
    """What a search for an article looks at, in lower case."""
    metadata = item.metadata
    parts = (item.id, metadata.title, *metadata.authors, metadata.publisher or "")
    return " ".join((*parts, date_words(metadata))).casefold()


def choice(item: ArticleSummary) -> tuple[str, str]:
    """An article as an entry of a list to choose from: its name, its id."""
    publisher = item.metadata.publisher
    return f"{_title(item)} ({publisher})" if publisher else _title(item), item.id


def articles_list(
    articles: Sequence[ArticleSummary], query: str, order: str, filter: Filter = _EVERYTHING
) -> str:
    """The list of those articles that are asked and match the search, as HTML."""
    if not articles:
        return '<p class="articles-count">No articles yet. Add some above.</p>'
    asked = [item for item in articles if filter.matches(item.id, item.metadata)]
    found = in_order(matching(asked, query), order)
    count = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    if query.strip() or not filter.is_empty:
        count = f"{len(found)} of {count}"
    more = ""
    if not found:
        more = '<p class="articles-count">None fits the search and the filter.</p>'
    if len(found) > SHOWN:
        more = f'<p class="articles-count">{len(found) - SHOWN} more: narrow the search.</p>'
    rows = "".join(_row(item) for item in found[:SHOWN])
    listed = f'<ul class="articles-list">{rows}</ul>'
    return f'<p class="articles-count" role="status">{count}</p>{listed}{more}'


def left_out_note(skips: Sequence[Skip]) -> str:
    """The files that are not in the index, and why, folded, as HTML; nothing where there are
    none."""
    if not skips:
        return ""
    count = f"{len(skips)} file{'' if len(skips) == 1 else 's'} left out, and why"
    return f'<details class="job"><summary>{count}</summary><ul>{_skipped(skips)}</ul></details>'


def _skipped(skips: Sequence[Skip]) -> str:
    """Files and why they are not in the index, as the entries of a list."""
    return "".join(
        f"<li><b>{escape(_file(skip.path))}</b> {escape(skip.reason)}</li>"
        for skip in skips[:SHOWN]
    )


def progress_note(job: SyncJob) -> str:
    """How far a change has come, as HTML."""
    progress = job.progress
    if progress is None:
        return _note("Starting")
    if progress.phase == "scanning":
        return _note(f"Looking at files: {progress.done}")
    if progress.phase == "writing":
        return _note("Writing the index")
    left = job.seconds_left
    words = f"{progress.done} of {progress.total} articles read"
    if left is not None:
        words += f", {duration_words(left)} left"
    bar = f'<progress max="{max(1, progress.total)}" value="{progress.done}"></progress>'
    return _note(words, bar)


_AS_IT_WAS = "The index is as it was before."


def outcome_note(outcome: JobResult[SyncReport]) -> str:
    """How a change ended, as HTML: what is new, what was skipped and why."""
    if outcome.cancelled:
        kept = "What was complete is kept." if outcome.message.endswith("is kept") else _AS_IT_WAS
        return _note(f"Cancelled. {kept}")
    report = outcome.report
    if report is None:
        return f'<div class="job failed" role="alert">{escape(as_sentence(outcome.message))}</div>'
    counts = [
        f"{len(ids)} {name}"
        for ids, name in (
            (report.added, "added"),
            (report.changed, "changed"),
            (report.renamed, "renamed"),
            (report.removed, "removed"),
            (report.skipped, "skipped"),
        )
        if ids
    ]
    words = f"Done: {', '.join(counts)}." if counts else "Done: nothing is different."
    skipped = _skipped(report.skipped)
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in report.warnings[:SHOWN])
    details = "".join(
        f"<details open><summary>{title}</summary><ul>{items}</ul></details>"
        for title, items in (("Skipped, and why", skipped), ("To know", warnings))
        if items
    )
    return _note(words, details)


def duration_words(seconds: float) -> str:
    """A time that remains, roughly, in words."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10} s"
    return f"about {round(seconds / 60)} minutes"


def scope(
    publisher: str | None, author: str | None, after: str, before: str, articles: Sequence[str]
) -> Filter:
    """Which articles to ask, from what was filled in.

    Days are given as 2011, 2011-08 or 2011-08-07; "after" means the first of those days,
    "before" the last. Raises SettingError for anything else.
    """
    return Filter(
        publisher=publisher or None,
        author=author or None,
        after=_first_day(after),
        before=_last_day(before),
        articles=frozenset(articles) if articles else None,
    )


def scope_words(filter: Filter, articles: Sequence[ArticleSummary]) -> str:
    """How many of the articles are asked."""
    total = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    if filter.is_empty:
        return f"{total} to ask"
    kept = sum(filter.matches(item.id, item.metadata) for item in articles)
    return f"{kept} of {total} to ask"


def _row(item: ArticleSummary) -> str:
    metadata = item.metadata
    facts = [", ".join(metadata.authors), metadata.publisher or "", date_words(metadata)]
    details = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    remove = ""
    if item.id.startswith(f"{UPLOADS}/"):
        remove = (
            f'<button type="button" class="remove" data-remove="{attribute(item.id)}" '
            f'aria-label="Remove {attribute(_title(item))}">Remove</button>'
        )
    return (
        f'<li><a class="cite words" href="/articles/{quote(item.id)}" target="_blank" '
        f'rel="noopener">{escape(_title(item))}</a><span class="details">{details}</span>'
        f"{remove}</li>"
    )


def _note(words: str, more: str = "") -> str:
    return f'<div class="job" role="status"><p>{escape(words)}</p>{more}</div>'


def _file(path: str) -> str:
    """A skipped file: an upload by its whole name, one of a folder by its last part."""
    return path.rpartition("/")[2] if path.startswith("/") else path


def _title(item: ArticleSummary) -> str:
    return item.metadata.title or item.id


def _surname(authors: Sequence[str]) -> str:
    """The first author's last name, to sort by; those without an author come last."""
    return authors[0].split()[-1].casefold() if authors and authors[0].strip() else "\uffff"


def _day(item: ArticleSummary) -> str:
    metadata = item.metadata
    return metadata.published.isoformat() if metadata.published else str(metadata.year or "")


_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def _first_day(words: str) -> date | None:
    return _days(words)[0] if words.strip() else None


def _last_day(words: str) -> date | None:
    return _days(words)[1] if words.strip() else None


def _days(words: str) -> tuple[date, date]:
    """The first and the last day that a year, a month or a day has."""
    match = _DAY.fullmatch(words.strip())
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        if day is not None and month is not None:
            return date(year, month, day), date(year, month, day)
        first = date(year, month or 1, 1)
        following = date(year + 1, 1, 1) if month in (None, 12) else date(year, month + 1, 1)
        return first, following - timedelta(days=1)
    except (ValueError, OverflowError):
        raise SettingError(
            f"{words.strip()[:40]!r} is no date; write 2011, 2011-08 or 2011-08-07"
        ) from None
