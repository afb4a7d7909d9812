"""Turns of conversations are counted by kind, answerable ones apart from the others."""

from __future__ import annotations

import pytest

from bench.followups.asked import Outcome, print_table

RIGHT = Outcome("c1", "why", True, "why?", "Why did it fall?", "rain", True)
WRONG = Outcome("c2", "why", True, "why?", "Why did it rise?", "snow", False)
FIRST = Outcome("c1", "new", True, "When did it fall?", "When did it fall?", None, False)
SHOWN = Outcome("c2", "noun", False, "and the bridge?", "and the bridge?", "a ford", False)


def test_only_answerable_follow_ups_count_as_answered_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table({"rules": [FIRST, RIGHT, WRONG, SHOWN]})
    rows = {line.split(" | ")[0].strip("| "): line for line in capsys.readouterr().out.splitlines()}
    assert rows["**all follow-ups**"].startswith("| **all follow-ups** | 2 | 0.50 (0.00–1.00)")
    assert rows["new"] == "| new | 1 | 0.00 (0.00–0.00) |"
    assert rows["unanswerable, answered"] == "| unanswerable, answered | 1 | 1.00 (1.00–1.00) |"
    assert rows["follow-ups, answered wrong"].startswith("| follow-ups, answered wrong | 2 | 0.50")
    assert "noun" not in rows
