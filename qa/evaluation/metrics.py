"""What one question is worth: SQuAD's answer metrics and ranks of paragraphs.

`normalized`, `exact_match` and `f1` follow the evaluation script published with SQuAD 2.0
(Rajpurkar et al., ACL 2018). Retrieval figures are computed by ir_measures.
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
"""The names of the retrieval figures, in the order they are reported."""

ParagraphKey = tuple[str, int]
"""An article's id and a 1-based paragraph number."""


def normalized(text: str) -> str:
    """A text as SQuAD compares it: lower case, no ASCII punctuation, no articles."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str | None, accepted: Sequence[str]) -> float:
    """1.0 if the prediction equals an accepted answer after normalisation, else 0.0.

    None or "" is a refusal, which is right exactly when nothing is accepted.
    """
    gold = _accepted(accepted)
    return float(max(normalized(prediction or "") == normalized(answer) for answer in gold))


def f1(prediction: str | None, accepted: Sequence[str]) -> float:
    """The best overlap of words with an accepted answer, 0..1, after normalisation.

    The harmonic mean of precision and recall over words, counted with repeats. A refusal
    scores 1.0 when nothing is accepted and 0.0 otherwise.
    """
    return max(_overlap(prediction or "", answer) for answer in _accepted(accepted))


def _accepted(accepted: Sequence[str]) -> list[str]:
    # As published: accepted answers that normalise to nothing are dropped, and a question
    # left without one accepts only the empty answer.
    return [answer for answer in accepted if normalized(answer)] or [""]


def _overlap(prediction: str, answer: str) -> float:
    predicted, wanted = normalized(prediction).split(), normalized(answer).split()
    if not predicted or not wanted:
        return float(predicted == wanted)
    shared = sum((Counter(predicted) & Counter(wanted)).values())
    return 2.0 * shared / (len(predicted) + len(wanted))


def ranked_paragraphs(passages: Iterable[Passage]) -> list[ParagraphKey]:
    """The paragraphs of a search in rank order, each once.

    Passages expand in rank order, each into its paragraphs in the retriever's own order.
    """
    ranked: dict[ParagraphKey, None] = {}
    for passage in passages:
        for number in passage.paragraphs:
            ranked.setdefault((passage.article.id, number))
    return list(ranked)


def first_hit(ranked: Sequence[ParagraphKey], gold: Iterable[ParagraphKey]) -> int | None:
    """The 1-based rank of the first gold paragraph, None when none was found."""
    wanted = set(gold)
    return next((rank for rank, key in enumerate(ranked, start=1) if key in wanted), None)


def span_overlap(quote: Span, gold: Span) -> float:
    """Shared code points over all code points of the two spans, 0..1 (Jaccard)."""
    shared = max(0, min(quote.end, gold.end) - max(quote.start, gold.start))
    union = len(quote) + len(gold) - shared
    return shared / union if union else 0.0


def retrieval_values(
    rankings: Mapping[str, Sequence[str]], judgments: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, float]]:
    """Every retrieval figure of every judged query, computed by ir_measures.

    `rankings` gives document names in rank order, `judgments` their relevance. The result
    maps query to figure to value; a query without a ranking scores 0.
    """
    import ir_measures
    from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

    measures = {"mrr@10": RR @ 10, "ndcg@10": nDCG @ 10}
    measures |= {f"recall@{cut}": R @ cut for cut in (1, 5, 10, 20)}
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
    values = {query: dict.fromkeys(RETRIEVAL, 0.0) for query in judgments}
    if not run:
        return values
    for found in ir_measures.iter_calc(list(measures.values()), qrels, run):
        values[found.query_id][names[found.measure]] = float(found.value)
    return values


def first_hit_values(ranks: Mapping[str, int | None]) -> dict[str, dict[str, float]]:
    """Retrieval figures where any of several gold paragraphs counts, from first-hit ranks.

    Each query has one thing to find, standing at its first hit, so that several evidence
    entries are alternatives and not parts of a whole.
    """
    rankings = {
        query: [*(f"other {n}" for n in range(1, rank)), "gold"] if rank else []
        for query, rank in ranks.items()
    }
    return retrieval_values(rankings, {query: {"gold": 1} for query in ranks})
