"""Plots are readable: no label reaches beyond its picture."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.svg import HEIGHT, WIDTH, Series, bar_plot, line_plot

CHARACTER = 6.2
"""A generous width in pixels of a character of 11 pixels."""

TEXT = re.compile(r'<text x="([\d.]+)"([^>]*)>([^<]*)</text>')
ANCHORS = {"middle": 0.5, "end": 1.0}
"""The part of a label that is before its position."""


@pytest.mark.parametrize(
    "plot",
    [
        bar_plot("Losses", [(stage.label, 12_345.0) for stage in ErrorStage]),
        bar_plot("Losses", [(stage.label, 0.0) for stage in ErrorStage]),
        line_plot(
            "Times",
            [Series("retrieval", [(0, 0), (8512, 1)]), Series("answer", [(0, 0)], "second")],
            x="milliseconds",
            y="share of answerable questions",
            x_max=8512.0,
        ),
    ],
    ids=["bars", "no bars", "lines"],
)
def test_no_label_is_cut_off(plot: Markup) -> None:
    labels = TEXT.findall(str(plot))
    assert labels
    for x, attributes, words in labels:
        width = CHARACTER * len(words)
        if "rotate" in attributes:
            assert width <= HEIGHT, words
            continue
        before = next((part for name, part in ANCHORS.items() if f'"{name}"' in attributes), 0.0)
        start = float(x) - before * width
        assert start >= 0, words
        assert start + width <= WIDTH, words
