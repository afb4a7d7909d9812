"""Sort, search and filter the articles for the articles panel, and render its HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from index.errors import SettingError
from index.filters import Filter
from index.ingest.sync import Skip
from index.library import SyncReport
from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_formats, supported_suffixes
from index.storage.manifest import UPLOADS
from index.storage.snapshot import ArticleSummary, Snapshot
from index.types import Article
from qa.translation import N_, _
from qa.web import job_notes
from qa.web.chat.citation_text import date_words
from qa.web.jobs import JobResult
from qa.web.service import ALL_ARTICLES, SyncJob
from qa.web.templates import render
from qa.wording import articles as article_words

_TEXT_HITS = 100
"""How many passages of a word search are looked through for the words of a search."""

MAX_ROWS = 200
"""The most articles or files that the panel lists at once; a search narrows the rest."""

ORDERS = (N_("Newest first"), N_("Oldest first"), N_("Title"), N_("Author"), N_("Publisher"))

_LAST = "\uffff"  # sorts after every name
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def article_title(article: Article | ArticleSummary) -> str:
    """Return the title, or the id of an article without one."""
    return article.metadata.title or article.id


def article_facts(article: Article | ArticleSummary) -> list[str]:
    """Return the authors, the publisher and the date in words, without those unknown."""
    metadata = article.metadata
    facts = (", ".join(metadata.authors), metadata.publisher, date_words(metadata))
    return [fact for fact in facts if fact]


def sort_articles(articles: Iterable[ArticleSummary], order: str) -> list[ArticleSummary]:
    """Return the articles in one of `ORDERS`; those without a date come last."""
    ordered = sorted(articles, key=lambda article: article_title(article).casefold())
    if order == "Publisher":
        ordered.sort(key=lambda article: (article.metadata.publisher or _LAST).casefold())
    elif order == "Author":
        ordered.sort(key=_surname)
    elif order != "Title":
        ordered.sort(key=_iso_date, reverse=order != "Oldest first")
        ordered.sort(key=lambda article: not _iso_date(article))
    return ordered


def search_articles(
    articles: Iterable[ArticleSummary], query: str, snapshot: Snapshot | None = None
) -> list[ArticleSummary]:
    """Return the articles whose title, publisher, authors, date or id contain every word.

    With a `snapshot`, those whose text does are found too, if they are among the best hits of a
    word search.
    """
    words = query.casefold().split()
    if not words:
        return list(articles)
    texts: dict[str, str] = {}
    if snapshot is not None:
        rows = [hit.row for hit in snapshot.search_words(query, _TEXT_HITS)]
        found = {chunk.article for chunk in snapshot.chunks(rows)}
        texts = {id: snapshot.article(id).text.casefold() for id in found}
    return [
        article
        for article in articles
        if all(word in _search_text(article) or word in texts.get(article.id, "") for word in words)
    ]


def article_choice(article: ArticleSummary) -> tuple[str, str]:
    """Return an article's label and value for a list to choose from."""
    title, publisher = article_title(article), article.metadata.publisher
    return f"{title} ({publisher})" if publisher else title, article.id


def parse_filter(
    publisher: str | None, author: str | None, after: str, before: str, articles: Sequence[str]
) -> Filter:
    """Return the filter that was filled in.

    Dates are written 2011, 2011-08 or 2011-08-07; `after` means the first day of that year or
    month, `before` the last one. Raises SettingError for anything else.
    """
    return Filter(
        publisher=publisher or None,
        author=author or None,
        after=_day_range(after)[0] if after.strip() else None,
        before=_day_range(before)[1] if before.strip() else None,
        articles=frozenset(articles) if articles else None,
    )


def filter_summary(filter: Filter, articles: Sequence[ArticleSummary]) -> str:
    """Return how many of the articles are asked, in words."""
    total = article_words(len(articles))
    if filter.is_empty:
        return _("{articles} to ask").format(articles=total)
    count = sum(filter.matches(article.id, article.metadata) for article in articles)
    undated = sum(filter.drops_undated(article.id, article.metadata) for article in articles)
    shown = _("{count:,} of {articles} to ask").format(count=count, articles=total)
    if undated:
        shown += _(", {count:,} left out with no date").format(count=undated)
    return shown


def render_list(
    articles: Sequence[ArticleSummary],
    query: str,
    order: str,
    filter: Filter = ALL_ARTICLES,
    snapshot: Snapshot | None = None,
) -> Markup:
    """Render the articles that match the filter and the search; `snapshot` has their texts."""
    if not articles:
        return Markup('<p class="articles-count">{}</p>').format(
            _("No articles yet. Add some above.")
        )
    asked = [article for article in articles if filter.matches(article.id, article.metadata)]
    matches = sort_articles(search_articles(asked, query, snapshot), order)
    count = article_words(len(articles))
    if query.strip() or not filter.is_empty:
        count = _("{count:,} of {articles}").format(count=len(matches), articles=count)
    return render(
        "articles/panel_list.html",
        articles=matches,
        count=count,
        limit=MAX_ROWS,
        uploads=f"{UPLOADS}/",
        article_title=article_title,
        article_facts=article_facts,
    )


def render_upload() -> Markup:
    """Render the area for files to add, and which files can be added."""
    return render(
        "articles/upload.html",
        suffixes=supported_suffixes(),
        formats=supported_formats(),
        max_bytes=MAX_BYTES,
    )


def left_out_note(skips: Sequence[Skip]) -> str:
    """Render the files that are not in the index and the reasons, "" where there are none."""
    return render("articles/left_out.html", files=_reasons(skips)) if skips else ""


def progress_note(job: SyncJob) -> Markup:
    """Render the progress of a change of the index."""
    progress = job.progress
    if progress is None:
        return job_notes.note(_("Starting. You can ask the new articles when this is done."))
    if progress.phase == "scanning":
        return job_notes.note(_("Scanning files: {count:,}").format(count=progress.done))
    if progress.phase == "writing":
        return job_notes.note(_("Writing the index"))
    if progress.phase == "embedding":
        label = _("passages prepared for the search")
        return job_notes.progress_note(progress, job.seconds_left, label)
    # What was read has to be prepared afterwards, which may take longer.
    return job_notes.progress_note(progress, job.seconds_left, _("articles read"), is_bound=True)


def result_note(result: JobResult[SyncReport]) -> Markup:
    """Render the result of a change: the counts, skipped files with reasons, warnings."""
    if result.cancelled:
        is_kept = result.message.endswith("is kept")
        return job_notes.note(
            _("Cancelled. What was complete is kept.")
            if is_kept
            else _("Cancelled. The index is as it was before.")
        )
    report = result.report
    if report is None:
        return job_notes.error_note(result.message)
    changes = {
        _("{count:,} added"): report.added,
        _("{count:,} changed"): report.changed,
        _("{count:,} renamed"): report.renamed,
        _("{count:,} removed"): report.removed,
        _("{count:,} skipped"): report.skipped,
    }
    counts = ", ".join(words.format(count=len(ids)) for words, ids in changes.items() if ids)
    lists = {
        _("Skipped files"): _reasons(report.skipped),
        _("Warnings"): [("", warning) for warning in report.warnings[:MAX_ROWS]],
    }
    return job_notes.note(
        _("Done: {changes}.").format(changes=counts or _("nothing has changed")),
        *([_("The new articles can be asked now.")] if report.added else []),
        lists={heading: items for heading, items in lists.items() if items},
    )


def _reasons(skips: Sequence[Skip]) -> list[tuple[str, str]]:
    """Return file names and reasons; uploads with their folders, other files without."""
    return [
        (skip.path.rpartition("/")[2] if skip.path.startswith("/") else skip.path, skip.reason)
        for skip in skips[:MAX_ROWS]
    ]


def _search_text(article: ArticleSummary) -> str:
    return " ".join((article.id, article.metadata.title, *article_facts(article))).casefold()


def _surname(article: ArticleSummary) -> str:
    names = " ".join(article.metadata.authors[:1]).split()
    return names[-1].casefold() if names else _LAST


def _iso_date(article: ArticleSummary) -> str:
    metadata = article.metadata
    return metadata.published.isoformat() if metadata.published else str(metadata.year or "")


def _day_range(text: str) -> tuple[date, date]:
    """Return the first and the last day of a year, a month or a day."""
    match = _DAY.fullmatch(text.strip())
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
            f"{text.strip()[:40]!r} is not a date; write 2011, 2011-08 or 2011-08-07"
        ) from None
