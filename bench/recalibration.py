"""Measure from how many votes on an index's answers its confidence is worth a recalibration.

    python -m bench.recalibration training/runs/{first,second,held}.pickle

The files are from `training.candidates`. Each domain is an index that nobody had seen: reader,
ranking, confidence and threshold are fitted without it. Its shown answers are the population that
votes are drawn from, with replacement, and that the error is computed for after the recalibration.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.evaluation.calibration import calibration_error
from qa.feedback import VotedAnswer
from qa.judging.recalibration import fit_shift
from training.calibrate import leave_one_out
from training.proposed import load

Values = npt.NDArray[np.float64]

VOTES = (10, 20, 30, 50, 100)
RATIOS = (1.0, 2.0, 3.0)
TRUE_SHIFTS = (-1.5, -0.75, 0.0, 0.75, 1.5)
BINS = 5
SLOPE_DEVIATION = 0.3
WORSE = 0.02
"""An error that grows by more is noticeably worse."""


@dataclass(frozen=True)
class Population:
    """The shown answers of an index: log odds of the confidence, and probabilities of being right.

    Those of real answers are 0 or 1.
    """

    name: str
    log_odds: Values
    right: Values

    def error(self, shift: float, slope: float) -> float:
        """Return the calibration error: exact where the probabilities are known."""
        stated = sigmoid(slope * self.log_odds + shift)
        if set(np.unique(self.right)) <= {0.0, 1.0}:
            return calibration_error(stated, self.right, np.ones(len(stated)), BINS)
        return float(np.abs(stated - self.right).mean())

    def vote(self, count: int, ratio: float, random: np.random.Generator) -> list[VotedAnswer]:
        """Draw votes; a wrong answer gets `ratio` times as many as a right one."""
        right = self.right.mean()
        is_right = random.random(count) < right / (right + ratio * (1 - right))
        odds = np.where(
            is_right,
            random.choice(self.log_odds, count, p=self.right / self.right.sum()),
            random.choice(self.log_odds, count, p=(1 - self.right) / (1 - self.right).sum()),
        )
        return [VotedAnswer(float(z), bool(y)) for z, y in zip(odds, is_right, strict=True)]


def sigmoid(log_odds: Values) -> Values:
    """Return probabilities of log odds, shape (n,)."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


Method = Callable[[Sequence[VotedAnswer]], tuple[float, float]]
"""Returns the shift and the slope for votes."""


def shift_alone(votes: Sequence[VotedAnswer], **settings: float) -> tuple[float, float]:
    """Fit a shift."""
    return fit_shift(votes, **settings), 1.0


def shift_and_slope(votes: Sequence[VotedAnswer]) -> tuple[float, float]:
    """Fit a slope, with a prior at 1, and then a shift."""
    z = np.array([vote.log_odds for vote in votes])
    y = np.array([float(vote.is_right) for vote in votes])
    slope, shift = 1.0, 0.0
    for _ in range(20):  # Newton's method for both
        p = sigmoid(slope * z + shift)
        gradient = np.array(
            [(y - p) @ z - (slope - 1) / SLOPE_DEVIATION**2, (y - p).sum() - shift / 0.5**2]
        )
        w = p * (1 - p)
        curvature = np.array([[w @ z**2, w @ z], [w @ z, w.sum()]])
        step = np.linalg.solve(curvature + np.diag([SLOPE_DEVIATION**-2, 0.5**-2]), gradient)
        slope, shift = slope + float(step[0]), shift + float(step[1])
    return fit_shift([VotedAnswer(slope * v.log_odds, v.is_right) for v in votes]), slope


METHODS: dict[str, Method] = {
    "shift": shift_alone,
    "deviation 1": partial(shift_alone, deviation=1.0),
    "ratio 1": partial(shift_alone, ratio=1.0),
    "and slope": shift_and_slope,
}


def real_populations(paths: Sequence[Path]) -> list[Population]:
    """Return the shown answers of each domain, from models fitted on the other domains."""
    table, data, stated, _ = leave_one_out(load(paths))
    found = []
    for domain, figures in table.items():
        shown = (data.domain == domain) & (stated >= figures["threshold"])
        p = stated[shown]
        found.append(Population(domain, np.log(p / (1 - p)), data.right[shown]))
    return found


def shifted_populations(real: Sequence[Population]) -> list[Population]:
    """Return populations whose confidence is wrong by a known shift."""
    odds = np.concatenate([one.log_odds for one in real])
    return [Population(f"{true:+.2f}", odds, sigmoid(odds + true)) for true in TRUE_SHIFTS]


def errors(
    one: Population, method: Method, count: int, ratio: float, draws: int, seed: int
) -> Values:
    """Return the error after the recalibration by each of `draws` sets of votes, shape (draws,)."""
    random = np.random.default_rng(seed)
    return np.array([one.error(*method(one.vote(count, ratio, random))) for _ in range(draws)])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proposed", type=Path, nargs="+")
    parser.add_argument("--draws", type=int, default=40)
    options = parser.parse_args()
    real = real_populations(options.proposed)
    for one in real:
        stated = sigmoid(one.log_odds).mean()
        print(f"{one.name}: {len(one.right)} shown, {stated:.3f} stated, {one.right.mean():.3f}")
    for kind, populations in (("real", real), ("shifted", shifted_populations(real))):
        before = {one.name: one.error(0.0, 1.0) for one in populations}
        print(f"\n{kind}, without votes: mean {np.mean(list(before.values())):.3f}")
        print(" ".join(f"{name} {error:.3f}" for name, error in before.items()))
        print("ratio votes method: mean, worst, share noticeably worse; each")
        for ratio in RATIOS:
            for count in VOTES:
                for name, method in METHODS.items():
                    found = {
                        one.name: errors(one, method, count, ratio, options.draws, 7)
                        for one in populations
                    }
                    means = {key: float(values.mean()) for key, values in found.items()}
                    worse = [(v > before[key] + WORSE).mean() for key, v in found.items()]
                    print(
                        f"{ratio:g} {count:3} {name:12} {np.mean(list(means.values())):.3f} "
                        f"{max(means.values()):.3f} {np.mean(worse):.2f};",
                        " ".join(f"{value:.3f}" for value in means.values()),
                        flush=True,
                    )


if __name__ == "__main__":
    main()
