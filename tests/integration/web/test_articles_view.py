"""The articles panel: sorting, searching, filtering, and the notes on jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from index.errors import CancelledError, LockedError, RootError, SettingError
from index.filters import Filter
from index.ingest.sync import Skip
from index.library import Library, SyncProgress, SyncReport
from index.parsing.registry import supported_formats
from index.storage.snapshot import ArticleSummary
from index.types import Metadata
from qa.web.articles import details as view_details
from qa.web.articles import view
from qa.web.articles.uploads import split_uploads
from qa.web.job_notes import duration_words
from qa.web.jobs import IsCancelled, Job, JobResult
from qa.web.service import Service
from tests.helpers.web import read

Tell = Callable[[SyncProgress], None]


def summary(
    id: str, title: str, publisher: str | None = None, published: date | None = None
) -> ArticleSummary:
    return ArticleSummary(id, id, Metadata(title, ("Ann Bo",), publisher, published), 3, "0" * 64)


ARTICLES = [
    summary("a.txt", "Beta", "Coast Weekly", date(2011, 8, 7)),
    summary("uploads/b.txt", "alpha", None, date(2012, 1, 1)),
    summary("c.txt", "Gamma", "Area News"),
]


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("Newest first", ["alpha", "Beta", "Gamma"]),
        ("Oldest first", ["Beta", "alpha", "Gamma"]),
        ("Title", ["alpha", "Beta", "Gamma"]),
        ("Publisher", ["Gamma", "Beta", "alpha"]),
    ],
)
def test_articles_are_sorted_and_those_without_a_date_come_last(
    order: str, titles: list[str]
) -> None:
    assert [item.metadata.title for item in view.sort_articles(ARTICLES, order)] == titles


def test_a_search_matches_articles_with_every_word() -> None:
    assert [item.id for item in view.search_articles(ARTICLES, "ann WEEKLY 2011")] == ["a.txt"]
    assert view.search_articles(ARTICLES, "weekly news") == []


def test_only_uploads_can_be_removed() -> None:
    content = view.render_list(ARTICLES, "", "Title")
    assert content.count("data-remove=") == 1
    assert 'data-remove="uploads/b.txt"' in content


def test_the_list_contains_the_articles_that_match_the_filter() -> None:
    filter = view.parse_filter(None, None, "2011", "2011", [])
    content = read(view.render_list(ARTICLES, "", "Title", filter))
    assert "1 of 3 articles" in content
    assert "Beta" in content
    assert "Gamma" not in content
    assert "No article matches" in view.render_list(ARTICLES, "nowhere", "Title", filter)


@pytest.mark.parametrize(
    ("after", "before", "days"),
    [
        ("2011", "2011", (date(2011, 1, 1), date(2011, 12, 31))),
        ("2012-02", "2012-02", (date(2012, 2, 1), date(2012, 2, 29))),
        ("2011-08-07", " 2011-12 ", (date(2011, 8, 7), date(2011, 12, 31))),
        ("", "", (None, None)),
    ],
)
def test_a_date_filter_accepts_days_months_and_years(
    after: str, before: str, days: tuple[date | None, date | None]
) -> None:
    filter = view.parse_filter("", None, after, before, [])
    assert filter == Filter(after=days[0], before=days[1])


@pytest.mark.parametrize("words", ["yesterday", "2011-13", "2011-02-30", "0000", "20111"])
def test_an_invalid_date_is_refused_with_the_format(words: str) -> None:
    with pytest.raises(SettingError, match=f"'{words}' is not a date; write 2011"):
        view.parse_filter(None, None, words, "", [])


def test_the_filter_summary_counts_the_articles_to_ask() -> None:
    assert view.filter_summary(Filter(), ARTICLES) == "3 articles to ask"
    filter = view.parse_filter("coast weekly", "", "", "", [])
    assert view.filter_summary(filter, ARTICLES) == "1 of 3 articles to ask"
    dated = view.filter_summary(Filter(before=date(2011, 12, 31)), ARTICLES)
    assert dated == "1 of 3 articles to ask, 1 left out with no date"
    by_publisher = Filter(before=date(2011, 12, 31), publisher="Coast")
    assert view.filter_summary(by_publisher, ARTICLES) == "1 of 3 articles to ask"


def test_edited_details_are_changes_of_what_differs() -> None:
    metadata = Metadata("Beta", ("Ann Bo", "Cy Dee"), "Coast Weekly", date(2011, 8, 7))
    shown = view_details.details_text(metadata)
    assert shown == ("Beta", "Ann Bo; Cy Dee", "Coast Weekly", "2011-08-07")
    assert view_details.parse_details(metadata, *shown) == {}
    edited = view_details.parse_details(metadata, " Gamma ", "Ann Bo;", "", "2010")
    assert edited == {"title": "Gamma", "authors": ["Ann Bo"], "publisher": None, "year": 2010}
    assert view_details.parse_details(metadata, *shown[:3], "") == {"published": None}
    with pytest.raises(SettingError, match="'spring' is not a date; write 2011 or 2011-08-07"):
        view_details.parse_details(metadata, *shown[:3], "spring")


def test_a_result_lists_the_skipped_files_with_reasons() -> None:
    report = SyncReport(added=("x",), skipped=(Skip("/tmp/<b>.pdf", "no <text> layer"),))
    note = read(view.result_note(JobResult(report)))
    assert "Done: 1 added, 1 skipped." in note
    assert "<b>.pdf no <text> layer" in note


def test_files_left_out_of_the_index_are_listed_with_reasons() -> None:
    note = read(view.left_out_note([Skip("/tmp/<b>.pdf", "no <text> layer")]))
    assert "1 file left out, and why" in note
    assert "<b>.pdf no <text> layer" in note
    assert view.left_out_note([]) == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(4, "a few seconds"), (42, "about 40 s"), (150, "about 2 minutes")]
)
def test_the_remaining_time_is_rounded(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_a_job_reports_its_progress_and_its_result() -> None:
    going, seen = threading.Event(), threading.Event()

    def work(progress: Tell, _cancelled: IsCancelled) -> SyncReport:
        progress(SyncProgress("encoding", 0, 4))
        progress(SyncProgress("encoding", 1, 4))
        seen.set()
        going.wait(60)
        return SyncReport(added=("a", "b"))

    job = Job(work, "indexing")
    assert seen.wait(60)
    assert "1 of 4 articles read, at least" in read(view.progress_note(job))
    assert job.seconds_left is not None
    going.set()
    assert job.wait(60)
    assert job.result is not None
    assert read(view.result_note(job.result)).split("\n")[1:3] == [
        "Done: 2 added.",
        "The new articles can be asked now.",
    ]


def test_a_job_can_be_cancelled() -> None:
    def work(progress: Tell, cancelled: IsCancelled) -> SyncReport:
        while not cancelled():
            progress(SyncProgress("encoding", 0, 1))
        raise CancelledError("indexing was cancelled")

    job = Job(work, "indexing")
    job.cancel()
    assert job.wait(60)
    assert job.result is not None
    assert "Cancelled. The index is as it was before." in view.result_note(job.result)


def test_a_failed_job_shows_the_error() -> None:
    def work(_progress: Tell, _cancelled: IsCancelled) -> SyncReport:
        raise RootError("the folder <x> is missing")

    job = Job(work, "indexing")
    assert job.wait(60)
    assert job.result is not None
    assert "The folder <x> is missing" in read(view.result_note(job.result))


def test_only_one_change_runs_at_a_time(web_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    going = threading.Event()

    def slow(_self: Library, **_: object) -> SyncReport:
        going.wait(60)
        return SyncReport()

    service = Service(web_index)
    monkeypatch.setattr(Library, "sync", slow)
    first = service.sync()
    with pytest.raises(LockedError, match="another change of the articles is running"):
        service.sync()
    going.set()
    assert first.wait(60)
    assert service.sync().wait(60)


def test_files_outside_the_upload_folder_are_rejected(tmp_path: Path) -> None:
    mine = tmp_path / "secret.txt"
    mine.write_text("Not for the articles.")
    claimed = [
        {"name": "secret.txt", "size": 21, "path": str(mine)},
        {"name": "album/photo.png", "size": 4, "path": None},
        {"name": "long.txt", "size": 65 * 2**20, "path": None},
    ]
    uploads, skips = split_uploads(claimed)
    assert uploads == []
    assert [skip.reason for skip in skips] == [
        "the file did not arrive; add it again",
        f"photo.png is none of {supported_formats()}",
        "too large: 65 MB, the limit is 64 MB; split the file",
    ]
    assert mine.exists()
