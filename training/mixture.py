"""Mix the question sets into an endless stream of training rows.

Besides the rows of the sets there are rows that ask about a candidate: the right words of an
earlier row, or the words that the network under training preferred there.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.data import HELD_OUT, Sets, clean_title, read_squad, shared_folder, words
from training.inputs import (
    ANSWER_TOKENS,
    Batch,
    Example,
    Range,
    Row,
    Scores,
    candidate_row,
    collate,
    make_row,
    sentence_ranges,
)

# The sets of `more/` whose licence allows weights to be shipped, and how many questions of each
# are drawn for one of another set. Overlaps with `asked` are left out.
SPAN_SETS = {
    "squad1_train_pieces": 1.0,
    "squad1_train_sentences": 0.3,
    "tydiqa_en": 1.5,
    "qamr_wiki_news": 0.1,
    "bioasq_spans": 1.0,
    "hotpotqa_1100": 1.0,
    "contrast_sets": 0.5,
    "fairytaleqa": 1.0,
    "timeqa_human": 1.0,
    "nq_open_oracle": 1.0,
    "molweni_test": 0.5,
}
LONG_SETS = {
    "bioasq_long": 2.0,
    "bioasq_yesno": 1.5,
    "clapnq_long": 3.0,
    "selqa_sentences": 1.5,
    "pubmedqa_yesno": 1.0,
    "onestopqa_news": 2.0,
}
UNANSWERABLE_SETS = {"squad2_train_unanswerable": 1.0, "squad2_train_unanswerable_sentences": 1.0}
NEWS_TWINS = ("onestopqa_news",)  # the same newspaper articles as the news of `asked`

SHARES = {
    "asked": 0.24,
    "asked-wrong": 0.20,
    "squad": 0.10,
    "qed": 0.08,
    "spans": 0.12,
    "long": 0.10,
    "human": 0.10,
    "cut": 0.06,
}
PAIRED = 0.3  # answered questions that bring a wrong passage of the same question
CANDIDATES = 0.3  # share of rows that ask about a candidate
GOLD = 0.4  # of those from a row with an answer, how many have the right words
_QUEUE = 4_000


def _around(text: str, answer: Range) -> Range:
    """Return the sentences that an answer overlaps."""
    touched = [s for s in sentence_ranges(text) if s[0] < answer[1] and answer[0] < s[1]]
    return min([answer, *touched])[0], max(end for _, end in [answer, *touched])


def read_more(name: str, kind: str) -> list[Example]:
    """Return the questions of a set of `more/`."""
    path = shared_folder() / "data" / "more" / f"{name}.json"
    flags = {}
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                flags[str(item["id"])] = bool(item.get("list_answer"))
    examples = []
    for q in read_squad(path, name):
        if q.title in HELD_OUT or q.title.replace(" ", "_") in HELD_OUT:
            continue
        if kind == "long" and q.answers:
            known: dict[str, object] = {"long": q.answers, "wants_short": False}
            if name.endswith("yesno"):
                known["wants_short"] = None
        elif q.answers and not (flags[q.id] and len(q.answers) > 1):
            known = {
                "short": q.answers,
                "long": (_around(q.context, q.answers[0]),),
                "wants_short": True,
            }
        elif q.answers:
            known = {"long": tuple(dict.fromkeys(_around(q.context, a) for a in q.answers))}
        else:
            known = {}
        title = clean_title(q.title)
        examples.append(Example(kind, name, title, q.question, q.context, **known))  # type: ignore[arg-type]
    return examples


def read_rows(path: Path, without: Sequence[str] = ()) -> dict[str, list[Example]]:
    """Return the windows of `asked` questions by question, from `training.asked`.

    Domains in `without` are left out.
    """
    questions: dict[str, list[Example]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["domain"] in without:
            continue
        short = tuple((s, e) for s, e in row["short"])
        long = tuple((s, e) for s, e in row["long"])
        questions[row["id"]].append(
            Example(
                "asked" if long else "asked-wrong",
                "asked",
                row["title"],
                row["question"],
                row["context"],
                short,
                long,
                row["wants_short"],
                row["domain"],
            )
        )
    return questions


class Mixture:
    """An endless stream of training rows, pairs, and rows that ask about a candidate."""

    def __init__(
        self,
        sets: Sets,
        asked: Path,
        seed: int,
        taught: Mapping[int, Scores] | None = None,
        without: Sequence[str] = (),
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.taught = taught
        self.shares = {**SHARES, **(shares or {})}
        self.queue: deque[Row] = deque(maxlen=_QUEUE)
        pools: dict[str, list[tuple[Example, float]]] = {name: [] for name in SHARES}
        self.wrong: dict[int, list[Example]] = {}
        for windows in read_rows(asked, without).values():
            wrong = [example for example in windows if not example.answers]
            for example in windows:
                if example.answers:
                    pools["asked"].append((example, 1.0))
                    self.wrong[example.key] = wrong
            # Those the search puts first are taken more often.
            pools["asked-wrong"] += [(e, 1.0 / (1 + at)) for at, e in enumerate(wrong[:8])]
        for kind, questions in (("squad", sets.squad), ("qed", sets.qed)):
            for q in questions:
                long = (_around(q.context, q.answers[0]),)
                title = clean_title(q.title)
                pools[kind].append(
                    (Example(kind, kind, title, q.question, q.context, q.answers, long, True), 1.0)
                )
        pools["human"] += [
            (Example("human", "squad", clean_title(q.title), q.question, q.context), 1.0)
            for q in sets.unanswerable
        ]
        for group, kind in (
            (SPAN_SETS, "spans"),
            (LONG_SETS, "long"),
            (UNANSWERABLE_SETS, "human"),
        ):
            for name, weight in group.items():
                if name in NEWS_TWINS and "news" in without:
                    continue
                for example in read_more(name, kind):
                    pools[kind if example.answers else "human"].append((example, weight))
        pools["cut"] = [
            (example, weight)
            for kind in ("squad", "qed", "spans")
            for example, weight in pools[kind]
            if len(sentence_ranges(example.context)) > 2
        ]
        self.pools = {name: pool for name, pool in pools.items() if pool}
        self._weights = {
            name: np.cumsum([weight for _, weight in pool]) for name, pool in self.pools.items()
        }
        self.sizes = {name: len(pool) for name, pool in self.pools.items()}
        self.contexts: dict[str, list[str]] = defaultdict(list)
        for kind in ("squad", "qed", "spans", "long"):
            for example, _ in self.pools.get(kind, ()):
                contexts = self.contexts[f"{example.source}/{example.title}"]
                if not contexts or contexts[-1] != example.context:
                    contexts.append(example.context)

    def _draw(self, name: str) -> Example:
        total = self._weights[name]
        at = int(np.searchsorted(total, self.rng.random() * total[-1], side="right"))
        return self.pools[name][min(at, len(total) - 1)][0]

    def _without_answer(self, example: Example) -> Example | None:
        """Return the passage without the sentences that have an accepted answer."""
        context = example.context
        for start, end in sorted((_around(context, a) for a in example.short), reverse=True):
            context = context[:start] + context[end:]
        if len(context) < 120 or any(example.context[s:e] in context for s, e in example.short):
            return None
        return Example("cut", example.source, example.title, example.question, context)

    def _wrong_passage(self, example: Example) -> Example | None:
        """Return a passage near the question that does not answer it."""
        if example.domain:
            wrong = self.wrong[example.key]
            return self.rng.choice(wrong[:5]) if wrong else None
        others = self.contexts.get(f"{example.source}/{example.title}", ())
        answers = [example.context[s:e].lower() for s, e in example.short or example.long]
        wanted = set(words(example.question))
        sample = self.rng.sample(others, min(12, len(others)))
        usable = [c for c in sample if not any(a in c.lower() for a in answers)]
        if not usable:
            return None
        nearest = max(usable, key=lambda c: len(wanted & set(words(c))))
        return Example("near", example.source, example.title, example.question, nearest)

    def unit(self) -> list[Row]:
        """Return one row, or a right and a wrong row of the same question."""
        names = list(self.pools)
        while True:
            name = self.rng.choices(names, [self.shares[name] for name in names])[0]
            example: Example | None = self._draw(name)
            assert example is not None
            if name == "cut":
                example = self._without_answer(example)
            row = make_row(example, self.rng, self.taught) if example else None
            if row is None or example is None:
                continue
            if example.answers and self.rng.random() < PAIRED:
                wrong = self._wrong_passage(example)
                wrong_row = make_row(wrong, self.rng) if wrong else None
                if wrong_row:
                    return [row, wrong_row]
            return [row]

    def batches(self, rows: int, pool: int) -> Iterator[tuple[list[Row], Batch]]:
        """Yield about `pool` batches of `rows` rows of similar length, in random order."""
        units: list[list[Row]] = []
        count = 0
        for _ in range(min(len(self.queue), round(CANDIDATES * pool * rows))):
            units.append([self.queue.popleft()])
            count += 1
        while count < pool * rows:
            units.append(self.unit())
            count += len(units[-1])
        units.sort(key=lambda unit: max(len(row.ids) for row in unit))
        groups: list[list[list[Row]]] = [[]]
        for unit in units:
            if sum(len(u) for u in groups[-1]) + len(unit) > rows:
                groups.append([])
            groups[-1].append(unit)
        self.rng.shuffle(groups)
        for group in groups:
            yield [row for unit in group for row in unit], collate(group)

    def propose(self, rows: Sequence[Row], scores: npt.NDArray[np.float32]) -> None:
        """Queue candidates of these rows; `scores` are the network's, (rows, length, 3)."""
        for row, values in zip(rows, scores, strict=True):
            if row.answers is None or row.candidate or self.rng.random() > 0.65:
                continue
            candidate = self._candidate(row, values)
            if candidate is not None:
                self.queue.append(candidate_row(row, candidate, is_right(row, candidate)))

    def _candidate(self, row: Row, values: npt.NDArray[np.float32]) -> Range | None:
        is_long = row.wants_short is False or self.rng.random() < 0.25
        if row.answers and self.rng.random() < GOLD:
            if is_long and row.sentences:
                return _full_answer(row)
            return self.rng.choice(row.short) if row.short else None
        if is_long:
            if not row.sentences:
                return None
            means = [float(values[s : e + 1, 2].mean()) for s, e in row.sentences]
            order = np.argsort(means)[::-1]
            best = int(order[0 if len(order) == 1 or self.rng.random() < 0.6 else 1])
            return row.sentences[best]
        first, last = row.first, len(row.ids) - 1
        starts = first + np.argsort(values[first:last, 0])[::-1][:8]
        ends = first + np.argsort(values[first:last, 1])[::-1][:8]
        pairs = sorted(
            (
                (float(values[i, 0] + values[j, 1]), int(i), int(j))
                for i in starts
                for j in ends
                if i <= j < i + ANSWER_TOKENS
            ),
            reverse=True,
        )
        if not pairs:
            return None
        _, low, high = pairs[0]
        others = [(i, j) for _, i, j in pairs if j < low or i > high]
        if others and self.rng.random() < 0.4:
            return others[0]
        return low, high


def _full_answer(row: Row) -> Range | None:
    """Return the sentences of the full answer, four at most."""
    labels = [0] * row.first + (row.inside or [])
    wanted = [s for s in row.sentences if any(labels[s[0] : s[1] + 1])][:4]
    return (wanted[0][0], wanted[-1][1]) if wanted else None


def is_right(row: Row, candidate: Range) -> bool:
    """Whether a candidate is right: as `qa.evaluation.rightness`, on tokens."""
    if not row.answers:
        return False
    size = candidate[1] - candidate[0] + 1
    for low, high in row.short:
        shared = max(0, min(high, candidate[1]) - max(low, candidate[0]) + 1)
        if 2 * shared >= 0.5 * (size + high - low + 1):
            return True
        whole = any(s[0] == candidate[0] for s in row.sentences)
        if whole and candidate[0] <= low and high <= candidate[1]:
            return True
    if row.short or row.inside is None:
        return False
    inside = row.inside[candidate[0] - row.first : candidate[1] + 1 - row.first]
    return 2 * sum(inside) >= 0.5 * (size + sum(row.inside))
