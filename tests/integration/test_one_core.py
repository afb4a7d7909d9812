"""A search gives the same results on one core as on all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.library import Library

SEARCH = """
import os, sys
if sys.argv[2] == "one":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from qa.retrieval.retriever import Retriever
for question in ("Who dredged the harbour?", "What won a medal?", "zzzz"):
    for passage in Retriever.open(sys.argv[1]).retrieve(question, 2):
        print(passage.article.id, passage.span, passage.score, passage.scores)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_results_do_not_depend_on_the_number_of_cores(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    for number, text in enumerate(
        (
            "The harbour of Lisbon was dredged in 1887 by a Dutch firm. It took two years.",
            "Pears from the orchard won a medal in Ghent. The judges came from Bruges.",
            "Engineers closed the Halden bridge after a storm.",
        )
    ):
        library.add(text, id=f"{number}")
    one, every = (
        subprocess.run(
            [sys.executable, "-c", SEARCH, str(library.path), cores],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for cores in ("one", "all")
    )
    assert one == every != ""
