"""A process that may use one core only finds what others find."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.library import Library

ASK = """
import os, sys
if sys.argv[2] == "one":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from qa.retrieval.retriever import Retriever
for question in ("Who dredged the harbour?", "What won a medal?", "zzzz"):
    for passage in Retriever.open(sys.argv[1]).retrieve(question, 2):
        print(passage.article.id, passage.span, passage.score, dict(passage.scores))
import threading
print(any(thread.name.startswith("words") for thread in threading.enumerate()), file=sys.stderr)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_one_core_finds_the_same_without_a_thread_for_words(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    for number, text in enumerate(
        (
            "The harbour of Lisbon was dredged in 1887 by a Dutch firm. It took two years.",
            "Pears from the orchard won a medal in Ghent. The judges came from Bruges.",
            "Engineers closed the Halden bridge after a storm.",
        )
    ):
        library.add(text, id=f"{number}")
    told = []
    for cores in ("one", "all"):
        done = subprocess.run(
            [sys.executable, "-c", ASK, str(library.path), cores],
            capture_output=True,
            text=True,
            check=True,
        )
        told.append((done.stdout, done.stderr.split()[-1]))
    assert told[0][0] == told[1][0] != ""
    assert told[0][1] == "False"
