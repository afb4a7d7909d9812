"""The articles panel: finding, ordering, choosing, and what it says of a change."""

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
from index.storage.snapshot import ArticleSummary
from index.types import Metadata
from qa.web.articles import view as shelf
from qa.web.articles.uploads import received
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
def test_articles_are_ordered_and_those_without_a_date_come_last(
    order: str, titles: list[str]
) -> None:
    assert [item.metadata.title for item in shelf.in_order(ARTICLES, order)] == titles


def test_a_search_needs_every_word_anywhere_in_the_description() -> None:
    assert [item.id for item in shelf.matching(ARTICLES, "ann WEEKLY 2011")] == ["a.txt"]
    assert shelf.matching(ARTICLES, "weekly news") == []


def test_only_uploads_can_be_removed() -> None:
    listed = shelf.articles_list(ARTICLES, "", "Title")
    assert listed.count("data-remove=") == 1
    assert 'data-remove="uploads/b.txt"' in listed


def test_the_list_holds_what_is_asked() -> None:
    keep = shelf.scope(None, None, "2011", "2011", [])
    listed = read(shelf.articles_list(ARTICLES, "", "Title", keep))
    assert "1 of 3 articles" in listed
    assert "Beta" in listed
    assert "Gamma" not in listed
    assert "None fits" in shelf.articles_list(ARTICLES, "nowhere", "Title", keep)


@pytest.mark.parametrize(
    ("after", "before", "days"),
    [
        ("2011", "2011", (date(2011, 1, 1), date(2011, 12, 31))),
        ("2012-02", "2012-02", (date(2012, 2, 1), date(2012, 2, 29))),
        ("2011-08-07", " 2011-12 ", (date(2011, 8, 7), date(2011, 12, 31))),
        ("", "", (None, None)),
    ],
)
def test_days_months_and_years_bound_what_is_asked(
    after: str, before: str, days: tuple[date | None, date | None]
) -> None:
    keep = shelf.scope("", None, after, before, [])
    assert keep == Filter(after=days[0], before=days[1])


@pytest.mark.parametrize("words", ["yesterday", "2011-13", "2011-02-30", "0000", "20111"])
def test_what_is_no_date_is_said_to_be_none(words: str) -> None:
    with pytest.raises(SettingError, match=f"'{words}' is no date; write 2011"):
        shelf.scope(None, None, words, "", [])


def test_how_many_are_asked_is_counted() -> None:
    assert shelf.scope_words(Filter(), ARTICLES) == "3 articles to ask"
    keep = shelf.scope("coast weekly", "", "", "", [])
    assert shelf.scope_words(keep, ARTICLES) == "1 of 3 articles to ask"


def test_an_outcome_names_what_was_skipped_and_why() -> None:
    report = SyncReport(added=("x",), skipped=(Skip("/tmp/<b>.pdf", "no <text> layer"),))
    note = read(shelf.outcome_note(JobResult(report)))
    assert "Done: 1 added, 1 skipped." in note
    assert "<b>.pdf no <text> layer" in note


def test_what_was_left_out_is_listed_until_it_is_read() -> None:
    note = read(shelf.left_out_note([Skip("/tmp/<b>.pdf", "no <text> layer")]))
    assert "1 file left out, and why" in note
    assert "<b>.pdf no <text> layer" in note
    assert shelf.left_out_note([]) == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(4, "a few seconds"), (42, "about 40 s"), (150, "about 2 minutes")]
)
def test_the_time_left_is_told_roughly(seconds: float, words: str) -> None:
    assert shelf.duration_words(seconds) == words


def test_a_job_tells_its_progress_and_its_report() -> None:
    going, seen = threading.Event(), threading.Event()

    def work(progress: Tell, _cancelled: IsCancelled) -> SyncReport:
        progress(SyncProgress("encoding", 0, 4))
        progress(SyncProgress("encoding", 1, 4))
        seen.set()
        going.wait(60)
        return SyncReport(added=("a", "b"))

    job = Job(work, "indexing")
    assert seen.wait(60)
    assert "1 of 4 articles read" in read(shelf.progress_note(job))
    assert job.seconds_left is not None
    going.set()
    assert job.wait(60)
    assert job.result is not None
    assert read(shelf.outcome_note(job.result)) == "Done: 2 added."


def test_a_job_stops_when_told_to() -> None:
    def work(progress: Tell, cancelled: IsCancelled) -> SyncReport:
        while not cancelled():
            progress(SyncProgress("encoding", 0, 1))
        raise CancelledError("indexing was cancelled")

    job = Job(work, "indexing")
    job.cancel()
    assert job.wait(60)
    assert job.result is not None
    assert "Cancelled. The index is as it was before." in shelf.outcome_note(job.result)


def test_a_job_that_fails_says_why() -> None:
    def work(_progress: Tell, _cancelled: IsCancelled) -> SyncReport:
        raise RootError("the folder <x> is missing")

    job = Job(work, "indexing")
    assert job.wait(60)
    assert job.result is not None
    assert "The folder <x> is missing" in read(shelf.outcome_note(job.result))


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


def test_what_was_not_sent_is_left_out_whatever_path_is_claimed(tmp_path: Path) -> None:
    mine = tmp_path / "secret.txt"
    mine.write_text("Not for the articles.")
    claimed = [
        {"name": "secret.txt", "size": 21, "path": str(mine)},
        {"name": "album/photo.png", "size": 4, "path": None},
        {"name": "long.txt", "size": 65 * 2**20, "path": None},
    ]
    sent, left = received(claimed)
    assert sent == []
    assert [skip.reason for skip in left] == [
        "it did not arrive; add it again",
        "photo.png is none of .txt, .md, .html, .pdf, .docx",
        "too large: 65 MB, the limit is 64 MB; split the file",
    ]
    assert mine.exists()
