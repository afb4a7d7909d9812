"""Files made to exhaust a parser cost themselves only: they are left out, with the limit."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.errors import SettingError
from index.library import Library, SyncProgress
from index.parsing.limits import ParseLimits
from index.parsing.pool import ParseFailure, ParseTask, parse_files
from index.types import Article
from tests.helpers.library import write

BRIEF = ParseLimits(seconds=2.0)
HARBOUR = "The harbour of Lisbon was dredged in 1887."


def attributes() -> bytes:
    many = " ".join(f'a{number}="{number}"' for number in range(200_000))
    return f"<html><body><p {many}>{HARBOUR}</p></body></html>".encode()


def images() -> bytes:
    return b"![a](" * 100_000


def brackets() -> bytes:
    return b"[" * 500_000


def pages() -> bytes:
    """A PDF of 100,000 pages that share their contents."""
    content = zlib.compress(f"BT /F1 12 Tf 72 700 Td ({HARBOUR}) Tj ET".encode())
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 100_005))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R " + (
        b"/Resources << /Font << /F1 4 0 R >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 100000 /Kids [" + kids + b"] >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *[page] * 100_000,
    ]
    file, offsets = io.BytesIO(), []
    file.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        offsets.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    file.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    file.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return file.getvalue()


def parse_one(path: Path, limits: ParseLimits) -> Article | ParseFailure:
    task = ParseTask(path, path.name, path.stat().st_size)
    with closing(parse_files([task], lambda: None, limits=limits)) as results:
        return next(results)()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("attributes.html", attributes),
        ("images.md", images),
        ("brackets.md", brackets),
        ("pages.pdf", pages),
    ],
)
def test_a_file_that_takes_too_long_fails_by_the_limit(
    tmp_path: Path, name: str, content: Callable[[], bytes]
) -> None:
    (tmp_path / name).write_bytes(content())
    assert parse_one(tmp_path / name, BRIEF) == ParseFailure(
        f"too slow: parsing it takes more than {BRIEF.for_size(len(content())).seconds:g} s of "
        "processor time (PINCITE_PARSE_SECONDS); it is read again when it changes"
    )


def test_a_file_that_cannot_be_read_on_fails_by_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "endless.txt"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)  # nothing is ever written, so that reading waits
    try:
        failure = parse_one(path, ParseLimits(elapsed_seconds=1))
    finally:
        os.close(held)
    assert failure == ParseFailure(
        "too slow: parsing it takes more than 1 s (PINCITE_PARSE_ELAPSED_SECONDS); it is read "
        "again when it changes"
    )


def test_a_file_that_takes_too_much_memory_fails_by_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    write(path, "\n\n".join([HARBOUR] * 300_000))
    failure = parse_one(path, ParseLimits(memory_mb=300))
    assert isinstance(failure, ParseFailure)
    assert failure.reason.startswith("too large in memory: parsing it takes more than 300 MB")
    assert not failure.is_transient


@pytest.mark.parametrize(
    ("suffix", "part"),
    [
        ("docx", "[Content_Types].xml"),
        ("epub", "META-INF/container.xml"),
        ("odt", "content.xml"),
        ("pptx", "[Content_Types].xml"),
        ("xlsx", "[Content_Types].xml"),
    ],
)
def test_an_archive_that_lies_about_its_sizes_is_not_unpacked_whole(
    tmp_path: Path, suffix: str, part: str
) -> None:
    if suffix in ("pptx", "xlsx"):
        pytest.importorskip({"pptx": "pptx", "xlsx": "openpyxl"}[suffix])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, b"<" + b" " * 300_000_000)
    data = packed.getvalue().replace(struct.pack("<L", 300_000_001), struct.pack("<L", 1000))
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(data)
    failure = parse_one(path, ParseLimits(memory_mb=450))
    assert isinstance(failure, ParseFailure)
    assert failure.reason.startswith(f"broken {suffix.upper()}: Bad CRC-32")


def test_an_article_that_is_too_large_is_not_taken_from_the_worker(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    write(path, "\n\n".join([HARBOUR] * 40_000))
    failure = parse_one(path, ParseLimits(output_mb=1))
    assert isinstance(failure, ParseFailure)
    assert "the limit is 1 MB (PINCITE_PARSE_OUTPUT_MB)" in failure.reason


def test_a_hostile_file_is_left_out_and_not_read_again(
    tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINCITE_PARSE_SECONDS", "1")
    write(tmp_path / "articles" / "harbour.txt", HARBOUR)
    (tmp_path / "articles" / "images.md").write_bytes(images())
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    report = library.sync(tmp_path / "articles")
    assert report.added == ("harbour.txt",)
    assert [skip.reason.split(":")[0] for skip in report.skipped] == ["too slow"]
    parsed: list[int] = []

    def progress(step: SyncProgress) -> None:
        if step.phase == "encoding":
            parsed.append(step.total)

    assert library.sync(progress=progress).skipped == report.skipped
    assert not any(parsed)
    # It is read again on request, with what the environment allows now.
    (tmp_path / "articles" / "harbour.txt").unlink()
    write(tmp_path / "articles" / "pears.txt", "Pears from the orchard won a medal in Ghent.")
    assert [skip.path for skip in library.sync(retry=True, progress=progress).skipped] == [
        str(tmp_path / "articles" / "images.md")
    ]
    assert max(parsed) == 2


def test_a_hostile_upload_is_refused_and_leaves_no_file(
    tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINCITE_PARSE_SECONDS", "1")
    hostile, good = tmp_path / "images.md", tmp_path / "pears.txt"
    write(good, "Pears won a medal.")
    hostile.write_bytes(images())
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    report = library.add_uploads([("images.md", hostile), ("pears.txt", good)])
    assert report.added == ("uploads/pears.txt",)
    assert [skip.path for skip in report.skipped] == ["images.md"]
    assert [path.name for path in (library.path / "uploads").iterdir()] == ["pears.txt"]
    assert library.sync().skipped == ()


@pytest.mark.parametrize("value", ["none", "0", "-1", "inf", "nan"])
def test_an_invalid_limit_is_named(value: str) -> None:
    with pytest.raises(SettingError, match=r"PINCITE_PARSE_SECONDS is .*; give a number above 0"):
        ParseLimits.from_environment({"PINCITE_PARSE_SECONDS": value})


def test_large_files_get_more_time() -> None:
    assert ParseLimits().for_size(1_000) == ParseLimits()
    assert ParseLimits().for_size(20_000_000).seconds == 120
