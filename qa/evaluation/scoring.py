"""Score one question: SQuAD's exact match and F1, and ranks of paragraphs.

`normalized`, `exact_match` and `f1` follow the evaluation script published with SQuAD 2.0
(Rajpurkar et al., ACL 2018). Retrieval metrics are computed by ir_measures.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from index.types import Span
from qa.answer import Passage

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

RETRIEVAL = ("recall@1", "recall@5", "recall@10", "recall@20", "mrr@10", "ndcg@10")
"""The names of the retrieval metrics, in the order they are reported."""

DOCUMENT_CUT = 100
"""The cut of the recall that is reported in addition where whole documents are judged."""

ParagraphKey = tuple[str, int]
"""An article's id and a 1-based paragraph number."""


def normalized(text: str) -> str:
    """Return a text as SQuAD compares it: lower case, no ASCII punctuation, no articles."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str | None, accepted: Sequence[str]) -> float:
    """Return 1.0 if the prediction equals an accepted answer after normalisation, else 0.0.

    None or "" is a refusal, which scores 1.0 when nothing is accepted.
    """
    gold = _accepted(accepted)
    return float(max(normalized(prediction or "") == normalized(answer) for answer in gold))


def f1(prediction: str | None, accepted: Sequence[str]) -> float:
    """Return the best overlap of words with an accepted answer, 0..1, after normalisation.

    It is the harmonic mean of precision and recall over words, counted with repeats. A refusal
    scores 1.0 when nothing is accepted and 0.0 otherwise.
    """
    return max(_overlap(prediction or "", answer) for answer in _accepted(accepted))


def _accepted(accepted: Sequence[str]) -> list[str]:
    # As published: accepted answers that normalise to nothing are dropped, and a question
    # left without one accepts only the empty answer.
    return [answer for answer in accepted if normalized(answer)] or [""]


def _overlap(prediction: str, answer: str) -> float:
    predicted, expected = normalized(prediction).split(), normalized(answer).split()
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    return 2.0 * shared / (len(predicted) + len(expected))


def ranked_paragraphs(passages: Iterable[Passage]) -> list[ParagraphKey]:
    """Return the paragraphs of ranked passages, each once.

    Each passage expands into its paragraphs in the retriever's order.
    """
    ranked: dict[ParagraphKey, None] = {}
    for passage in passages:
        for number in passage.paragraphs:
            ranked.setdefault((passage.article.id, number))
    return list(ranked)


def first_hit(ranked: Sequence[ParagraphKey], gold: Iterable[ParagraphKey]) -> int | None:
    """Return the 1-based rank of the first gold paragraph, None when there is none."""
    gold = set(gold)
    return next((rank for rank, key in enumerate(ranked, start=1) if key in gold), None)


def span_overlap(quote: Span, gold: Span) -> float:
    """Return the code points that two spans share over those of both, 0..1 (Jaccard)."""
    shared = max(0, min(quote.end, gold.end) - max(quote.start, gold.start))
    union = len(quote) + len(gold) - shared
    return shared / union if union else 0.0


def retrieval_values(
    rankings: Mapping[str, Sequence[str]],
    judgments: Mapping[str, Mapping[str, int]],
    *further_cuts: int,
) -> dict[str, dict[str, float]]:
    """Return every retrieval metric of every judged query.

    `rankings` maps queries to document names in rank order, `judgments` to their relevance. The
    result maps query to metric to value; a query without a ranking scores 0. The recall is
    computed at `further_cuts` as well.
    """
    import ir_measures
    from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

    measures = {"mrr@10": RR @ 10, "ndcg@10": nDCG @ 10}
    measures |= {f"recall@{cut}": R @ cut for cut in (1, 5, 10, 20, *further_cuts)}
    names = {measure: name for name, measure in measures.items()}
    qrels = [
        Qrel(query, name, grade)
        for query, docs in judgments.items()
        for name, grade in docs.items()
    ]
    run = [
        ScoredDoc(query, name, -float(rank))
        for query, ranked in rankings.items()
        for rank, name in enumerate(ranked)
    ]
    values = {query: dict.fromkeys(names.values(), 0.0) for query in judgments}
    if not run:
        return values
    for score in ir_measures.iter_calc(list(measures.values()), qrels, run):
        values[score.query_id][names[score.measure]] = float(score.value)
    return values


def first_hit_values(ranks: Mapping[str, int | None]) -> dict[str, dict[str, float]]:
    """Return retrieval metrics from first-hit ranks, where any gold paragraph counts.

    Each query is scored as if its first hit were its only relevant document, since several
    evidence entries are alternatives and not parts of a whole.
    """
    rankings = {
        query: [*(f"other {n}" for n in range(1, rank)), "gold"] if rank else []
        for query, rank in ranks.items()
    }
    return retrieval_values(rankings, {query: {"gold": 1} for query in ranks})
