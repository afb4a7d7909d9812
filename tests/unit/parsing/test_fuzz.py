"""The fuzzer's seeds, and the files on which it found something, are read or have a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.parsing.registry import BUILT_IN, parser_for
from tests import PROJECT
from tests.fuzz.formats import GOALS, document, is_installed, seeds
from tests.fuzz.laws import check_file

FOUND = sorted((PROJECT / "tests" / "data" / "fuzz").glob("*"))


def test_every_format_is_fuzzed() -> None:
    assert {parser_for(Path(f"file{suffix}")) for suffix in GOALS} == set(BUILT_IN)


@pytest.mark.parametrize("suffix", GOALS)
def test_seeds_hold_the_laws(tmp_path: Path, suffix: str) -> None:
    if not is_installed(suffix):
        pytest.skip("needs pincite[office]")
    for data in seeds(suffix):
        for content in (data, data[: len(data) // 2], data[1:] + b"\xff\x00"):
            path = tmp_path / f"file{suffix}"
            path.write_bytes(document(suffix, content))
            check_file(path)


def test_found_files_hold_the_laws() -> None:
    for path in FOUND:
        check_file(path)
