"""Fitting the confidence on all domains but one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qa.judging.confidence import FEATURES
from training.leave_one_out import (
    Bounds,
    Rows,
    choose_thresholds,
    fit_rows,
    held_out,
    leave_one_out,
    load,
    measure,
    table,
    weights,
)

DOMAINS = ("news", "guides", "policy", "cloud")


def questions(count: int = 300, *, turned: str = "") -> Rows:
    """Return noisy rows of four domains; in `turned`, a low margin is a sign of a right answer."""
    rng = np.random.default_rng(5)
    domain = [name for name in DOMAINS for _ in range(count)]
    total = len(domain)
    answerable = (rng.random(total) < 0.7).astype(float)
    right = answerable * (rng.random(total) < 0.6)
    features = rng.normal(0.0, 1.0, (total, len(FEATURES)))
    sign = np.array([-1.0 if name == turned else 1.0 for name in domain])
    features[:, FEATURES.index("margin")] += sign * 3.0 * right
    has_quote = rng.random(total) < 0.95
    return Rows(domain, features, has_quote, answerable, right * has_quote)


def test_every_domain_weighs_the_same_with_the_same_share_of_unanswerable_questions() -> None:
    rows = questions()
    small = rows[np.array([name != "news" or at < 30 for at, name in enumerate(rows.domain)])]
    weight = weights(small, 0.3)
    assert weight.mean() == pytest.approx(1.0)
    for domain in DOMAINS:
        mask = small.of(domain)
        assert weight[mask].sum() == pytest.approx(len(weight) / 4)
        unanswerable = mask & (small.answerable == 0)
        assert weight[unanswerable].sum() == pytest.approx(0.3 * weight[mask].sum())


def test_a_domain_is_judged_by_the_others_alone() -> None:
    p, _ = held_out(questions(turned="news"))
    rows = questions(turned="news")
    news, rest = rows.of("news"), ~rows.of("news")

    def gap(mask: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(p[mask & (rows.right == 1)].mean() - p[mask & (rows.right == 0)].mean())

    assert gap(rest) > 0.2
    assert gap(news) < 0.0
    fitted = fit_rows(rows[news])
    own, _ = fitted.probabilities(rows[news])
    assert own[rows[news].right == 1].mean() > own[rows[news].right == 0].mean() + 0.2
    assert not own[~rows[news].has_quote].any()


def test_figures_of_a_domain_by_hand() -> None:
    rows = Rows(
        ["news"] * 5, np.zeros((5, len(FEATURES))),
        np.array([True, True, True, True, False]),
        np.array([1.0, 1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 1.0, 0.0, 0.0]),
    )  # fmt: skip
    p = np.array([0.9, 0.6, 0.3, 0.7, 0.0])
    one = measure(rows, p, p, 0.5)
    assert (one.questions, one.shown) == (5, 3)
    assert one.right_of_shown == pytest.approx(1 / 3)
    assert one.answered_right == pytest.approx(1 / 3)
    assert one.false_answers == 0.5
    assert one.auroc == 1.0
    # Right 0.9 beats all three, 0.3 only the question without a quote.
    assert one.auroc_all == pytest.approx(4 / 6)
    assert one.ece == pytest.approx((0.9 + 0.6 + 0.7) / 3 - 1 / 3)


def test_the_threshold_keeps_its_bounds_in_the_worst_domain() -> None:
    rows = questions()
    p, _ = held_out(rows)

    def worst(level: float) -> float:
        return max(measure(rows[m], p[m], p[m], level).false_answers for m in map(rows.of, DOMAINS))

    free = choose_thresholds(rows, p, Bounds())
    bound = worst(free["balanced"]) / 2
    careful = choose_thresholds(rows, p, Bounds(false_answers=bound))
    assert careful["balanced"] > free["balanced"]
    assert worst(careful["balanced"]) <= bound
    assert careful["strict"] >= careful["balanced"]


def test_the_table_has_each_domain_the_worst_and_the_mean(tmp_path: Path) -> None:
    rows = questions(60)
    path = tmp_path / "rows.jsonl"
    with path.open("w") as file:
        for at, domain in enumerate(rows.domain):
            known = dict(zip(FEATURES, rows.features[at].tolist(), strict=True))
            line = {
                "domain": domain, "kind": "who", "answerable": bool(rows.answerable[at]),
                "right": bool(rows.right[at]), "features": known if rows.has_quote[at] else None,
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")
    read = load(path)
    assert read.domains == list(DOMAINS)
    assert np.array_equal(read.right, rows.right)
    results = leave_one_out(read, Bounds())
    lines = table(results).splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == [*DOMAINS, "worst", "mean"]
    worst = max(figures.false_answers for _, figures in results.values())
    assert f"{worst:.3f}" in lines[-2]
    with pytest.raises(ValueError, match=r"2 domains \(news, guides\); give 3 or more"):
        leave_one_out(read[read.of("news") | read.of("guides")], Bounds())
    path.write_text('{"domain": "news", "answerable": true, "features": {"margin": 1}}\n')
    with pytest.raises(ValueError, match="line 1: no right, margin_low"):
        load(path)
