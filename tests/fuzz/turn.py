"""Fuzz one format for a while: `python -m tests.fuzz.turn WORK SUFFIX SECONDS`.

The fuzzer ends the process. It needs the modules that it follows to be imported by it.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["index.parsing", "index.segmentation"]):
    from index.parsing.registry import parser_for
    from tests.fuzz.formats import MAX_BYTES, document
    from tests.fuzz.laws import check_file
    from tests.fuzz.record import Record

_HANG_SECONDS = 300
_SAVED_EVERY = 100


def main() -> None:
    """Fuzz, counting and keeping what is wrong. Does not return."""
    work, suffix, seconds = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    path, record = work / f"input{suffix}", Record(work, suffix)
    parser = parser_for(path)
    assert parser is not None
    with atheris.instrument_imports(include=["index.parsing"]):
        parser.load()
    count = record.count

    def check(data: bytes) -> None:
        nonlocal count
        content = document(suffix, data)
        path.write_bytes(content)
        try:
            check_file(path)
        except Exception:
            record.keep(content, traceback.format_exc())
        count += 1
        if count % _SAVED_EVERY == 0:
            record.count = count

    options = [
        f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-timeout={_HANG_SECONDS}",
        "-rss_limit_mb=4096", f"-report_slow_units={_HANG_SECONDS}",
        f"-artifact_prefix={work}/stopped-", str(record.corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


main()
