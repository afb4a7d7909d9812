"""How often a refusal is right, by how probable an answer was estimated to be.

    python -m training.refusals training/runs/*.pickle

The files are from `training.candidates`. Every domain is scored by models that were fitted on the
others, as in `training.calibrate`, and refuses below their threshold. For each limit, the table has
the share of the refusals of `asked` with `answerable` below it, and how many of those have no
answer; then the same for refusals of questions with a name or number that no article has.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from qa.judging.prior import raise_answerable
from training.calibrate import Mask, Sample, Values, leave_one_out
from training.proposed import load

HELD_OUT = ("qed", "squad")
"""The libraries of `training.held_out`, which fit the models and are not reported here."""

LIMITS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


def print_row(name: str, data: Sample, refused: Mask, part: Mask) -> None:
    """Print how many of the refusals are in a part, and the share of those without an answer.

    Shares are weighted as in `training.calibrate`: three of ten questions have no answer. The last
    columns are the same share in each domain that has at least ten of them.
    """
    weight = data.weight
    chosen = refused & part
    if not chosen.any():
        return

    def share(mask: Mask) -> float:
        return float(weight[mask & (data.answerable == 0)].sum() / weight[mask].sum())

    by_domain = [
        share(own)
        for domain in sorted(set(data.domain))
        if (own := chosen & (data.domain == domain)).sum() >= 10
    ]
    print(
        f"{name:>12}{int(chosen.sum()):8}{weight[chosen].sum() / weight[refused].sum():10.2f}"
        f"{share(chosen):10.2f}   " + " ".join(f"{value:.2f}" for value in by_domain)
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proposed", type=Path, nargs="+")
    table, data, right, answerable = leave_one_out(load(parser.parse_args().proposed))
    estimate: Values = np.array(
        [raise_answerable(a, r) for a, r in zip(answerable, right, strict=True)]
    )
    threshold = np.array([table[str(domain)]["threshold"] for domain in data.domain])
    asked = ~np.isin(data.domain, HELD_OUT)
    refused = (right < threshold) & asked
    print(f"{'answerable':>12}{'n':>8}{'share':>10}{'right':>10}   by domain")
    for limit in LIMITS:
        print_row(f"< {limit:.2f}", data, refused, estimate < limit)
    print_row("all", data, refused, np.ones_like(refused))
    missing = data.missing == 1
    print_row("name absent", data, refused, missing)
    for limit in LIMITS:
        print_row(f"and < {limit:.2f}", data, refused, missing & (estimate < limit))


if __name__ == "__main__":
    main()
