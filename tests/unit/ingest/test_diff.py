"""The difference between the files that an index knows and the present ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.ingest.diff import Difference, diff
from index.storage.manifest import FileState

Files = dict[str, FileState]


def known(sha256: str, name: str) -> FileState:
    return FileState(1, 1, sha256, article=name)


def present(sha256: str) -> FileState:
    return FileState(1, 2, sha256, article=None)


def skipped(sha256: str) -> FileState:
    return FileState(1, 1, sha256, None, "broken PDF")


PIPE = FileState(0, 0, "", None, "not a file: a pipe, socket or device")


def test_new_changed_and_missing_files() -> None:
    difference = diff(
        {"same": known("a", "same"), "changed": known("b", "changed"), "gone": known("c", "gone")},
        {"same": present("a"), "changed": present("x"), "new": present("d")},
    )
    assert difference == Difference(
        added=("new",),
        changed=("changed",),
        renamed={},
        removed=("gone",),
        unchanged={"same": FileState(1, 2, "a", "same")},
    )


def test_a_new_file_with_the_bytes_of_a_missing_one_is_renamed() -> None:
    difference = diff(
        {"a/old": known("h", "a/old"), "b/old": known("h", "b/old"), "stays": known("h", "stays")},
        {
            "b/new": present("h"),
            "c/new": present("h"),
            "d/new": present("h"),
            "stays": present("h"),
        },
    )
    assert difference.renamed == {"b/new": "a/old", "c/new": "b/old"}
    assert difference.added == ("d/new",)
    assert (difference.removed, list(difference.unchanged)) == ((), ["stays"])


def test_a_missing_file_without_an_article_is_not_renamed() -> None:
    difference = diff({"old": skipped("h")}, {"new": present("h")})
    assert (difference.added, difference.removed, difference.renamed) == (("new",), ("old",), {})


def test_a_skipped_file_stays_skipped_until_its_bytes_change() -> None:
    files = {"torn.pdf": skipped("h")}
    assert diff(files, {"torn.pdf": present("h")}).unchanged["torn.pdf"].reason == "broken PDF"
    assert diff(files, {"torn.pdf": present("i")}).changed == ("torn.pdf",)


def test_a_file_that_could_not_be_read_is_tried_again() -> None:
    assert diff({"locked": skipped("")}, {"locked": present("")}).changed == ("locked",)


def test_files_of_folders_that_cannot_be_listed_are_unchanged() -> None:
    files = {"north/bridge": known("a", "north/bridge"), "northern": known("b", "northern")}
    difference = diff(files, {}, unlisted=["north"])
    assert difference.unchanged == {"north/bridge": files["north/bridge"]}
    assert difference.removed == ("northern",)


def test_reparsing_changes_every_present_file() -> None:
    files = {"a": known("a", "a"), "deep/b": known("b", "deep/b")}
    difference = diff(files, {"a": present("a")}, unlisted=["deep"], reparse=True)
    assert (difference.changed, list(difference.unchanged)) == (("a",), ["deep/b"])


def test_an_article_whose_file_became_a_pipe_is_removed() -> None:
    assert diff({"a": known("a", "a")}, {"a": PIPE}).removed == ("a",)
    assert diff({"a": PIPE}, {"a": PIPE}).unchanged == {"a": PIPE}
    assert diff({}, {"a": PIPE}).unchanged == {"a": PIPE}


NAMES = st.sampled_from(["a", "b", "c", "d/a", "d/b", "e/a"])
HASHES = st.sampled_from(["", "1", "2", "3"])


@st.composite
def known_files(draw: st.DrawFn) -> Files:
    names = draw(st.lists(NAMES, unique=True))
    return {
        name: known(draw(HASHES), name) if draw(st.booleans()) else skipped(draw(HASHES))
        for name in names
    }


present_files = st.dictionaries(NAMES, st.one_of(HASHES.map(present), st.just(PIPE)))


def _has_article(known: Files, name: str) -> bool:
    return name in known and known[name].article is not None


@given(known_files(), present_files, st.sets(st.sampled_from(["d", "e"])), st.booleans())
def test_every_file_has_one_fate(
    known: Files, present: Files, unlisted: set[str], reparse: bool
) -> None:
    difference = diff(known, present, unlisted=unlisted, reparse=reparse)
    lost = {
        name
        for name, file in present.items()
        if file.reason and _has_article(known, name) and name.split("/")[0] not in unlisted
    }
    hidden = difference.unchanged.keys() - present.keys()
    after = [*difference.added, *difference.changed, *difference.renamed]
    after += difference.unchanged.keys() - hidden
    assert sorted(after) == sorted(present.keys() - lost)
    before = [*difference.changed, *difference.renamed.values(), *difference.removed]
    before += difference.unchanged.keys() & known.keys()
    assert sorted(before) == sorted(known)
    for new, old in difference.renamed.items():
        assert present[new].sha256 == known[old].sha256 != ""
        assert old not in present.keys() - lost


@given(known_files(), present_files)
def test_once_applied_there_is_no_difference(known: Files, present: Files) -> None:
    difference = diff(known, present)
    applied = dict(difference.unchanged)
    for name in (*difference.added, *difference.changed, *difference.renamed):
        applied[name] = replace(present[name], article=name)
    again = diff(applied, present)
    assert (again.added, again.removed, again.renamed) == ((), (), {})
    assert all(present[name].sha256 == "" for name in again.changed)
