"""Pair questions with sentences that answer them and with similar ones that do not.

    python -m training.pairs --out training/runs/pairs.jsonl

A line is a question of `asked/train` or of the public sets of `PUBLIC`, with `right` and `wrong`
texts, written as an index has them encoded: context first. Wrong ones are the sentences closest to
the question in the passages that the search finds beside the right one (asked), or in other
paragraphs of the set that lack the answer's words (public).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedding.encoder import Encoder, load_encoder
from index.embedding.model_files import BASE_MODEL
from index.ingest.embed_chunks import ChunkText, chunk_text
from index.library import Library
from index.segmentation.context import chunk_context
from index.settings import EmbeddingMode
from index.types import Span
from qa.retrieval.retriever import Retriever
from training.asked import AskedQuestion, read_asked
from training.data import shared_folder
from training.inputs import Example, sentence_ranges
from training.mixture import LONG_SETS, read_more

DOMAINS = ("news", "encyclopedia", "government", "cloud-docs", "software-docs", "policy")
PUBLIC = {
    "squad1_train_pieces": 450,
    "tydiqa_en": 450,
    "bioasq_spans": 300,
    "hotpotqa_1100": 150,
    "fairytaleqa": 300,
    "timeqa_human": 150,
    "nq_open_oracle": 300,
    "bioasq_long": 250,
    "bioasq_yesno": 200,
    "clapnq_long": 125,
    "selqa_sentences": 300,
    "pubmedqa_yesno": 200,
    "onestopqa_news": 250,
    "contrast_sets": 100,
}
"""How many questions of each set of `more/` are drawn."""

_RETRIEVED = 40
_WRONG_ASKED, _WRONG_PUBLIC = 8, 6
_MOST_SENTENCES = 6_000  # of a public set, among which wrong ones are looked for
_MARGIN = 0.05
"""A public sentence closer to the question than the right one by more than this may be right."""

Vectors = npt.NDArray[np.float32]
Place = tuple[str, Span]


class DomainTexts:
    """What an index encodes of each chunk, and the vectors of its sentences."""

    def __init__(self, library: Library) -> None:
        snapshot = library.snapshot()
        self._encoder = library.encoder
        self.chunks: dict[Place, ChunkText] = {}
        self.starts: dict[Place, int] = {}
        self._vectors: dict[Place, Vectors] = {}
        for chunk, article in snapshot.passages(np.arange(snapshot.rows)):
            place = article.id, chunk.span
            context = chunk_context(article, chunk)
            self.chunks[place] = text = chunk_text(
                article,
                chunk,
                article.metadata.title,
                EmbeddingMode.SENTENCES,
                context,
                self._encoder.fits,
            )
            self.starts[place] = chunk.span.start - text.start

    def right(self, question: AskedQuestion) -> dict[Place, list[str]]:
        """Return the sentences of the answer, of each chunk that has any."""
        found = {}
        for place, text in self.chunks.items():
            article_id, span = place
            if article_id != question.article.id or not any(map(span.overlaps, question.long)):
                continue
            offset = self.starts[place]
            spans = [Span(s.start - offset, s.end - offset) for s in question.long]
            pairs = zip(text.sentences, text.sentence_texts, strict=True)
            sentences = [words for own, words in pairs if any(map(own.overlaps, spans))]
            found[place] = sentences if text.sentences else [text.text]
        return found

    def closest(self, place: Place, vector: Vectors) -> str:
        """Return the sentence of a chunk that is closest to a vector."""
        texts = self.chunks[place].sentence_texts or [self.chunks[place].text]
        if place not in self._vectors:
            self._vectors[place] = self._encoder.encode(texts)
        return texts[int((self._vectors[place] @ vector).argmax())]


def asked_pairs(domain: str, encoder: Encoder) -> Iterator[dict[str, Any]]:
    """Yield the pairs of a domain of `asked/train`."""
    folder = shared_folder() / "data" / "asked" / "train"
    with TemporaryDirectory(prefix="pincite-pairs-") as path:
        library = Library.create(path, encoder=encoder)
        library.sync(folder / "articles" / domain)
        texts, retriever = DomainTexts(library), Retriever(library)
        for item in read_asked(folder, domain, library):
            right = texts.right(item) if item.answerable else {}
            if not right:
                continue
            vector = encoder.encode([item.question])[0]
            places = [(p.article.id, p.span) for p in retriever.retrieve(item.question, _RETRIEVED)]
            others = [place for place in places if place not in right][:_WRONG_ASKED]
            yield {
                "domain": domain,
                "question": item.question,
                "right": list(dict.fromkeys(words for each in right.values() for words in each)),
                "wrong": [texts.closest(place, vector) for place in others],
            }


def public_pairs(name: str, count: int, encoder: Encoder) -> Iterator[dict[str, Any]]:
    """Yield the pairs of a set of `more/`, for at most `count` questions."""
    rng = random.Random(5)
    examples = read_more(name, "long" if name in LONG_SETS else "spans")
    examples = [example for example in examples if example.long or example.short]
    contexts: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        contexts[example.title].add(example.context)
    rng.shuffle(examples)
    examples = examples[:count]
    sentences = [
        (context, f"{title}\n{context[start:end]}")
        for title in sorted({example.title for example in examples})
        for context in sorted(contexts[title])
        for start, end in sentence_ranges(context)
    ]
    rng.shuffle(sentences)
    sentences = [each for each in sentences if encoder.fits(each[1])][:_MOST_SENTENCES]
    vectors = encoder.encode([text for _, text in sentences])
    for example in examples:
        start, end = (example.long or example.short)[0]
        right = [
            text
            for first, last in sentence_ranges(example.context)
            if first < end and start < last
            and encoder.fits(text := f"{example.title}\n{example.context[first:last]}")
        ]  # fmt: skip
        if not right:
            continue
        answer = example.context[start:end].lower()
        wrong = _wrong(example, answer, right, sentences, vectors, encoder)
        if len(wrong) > 1:
            yield {"domain": name, "question": example.question, "right": right, "wrong": wrong}


def _wrong(
    example: Example,
    answer: str,
    right: Sequence[str],
    sentences: Sequence[tuple[str, str]],
    vectors: Vectors,
    encoder: Encoder,
) -> list[str]:
    """Return the sentences closest to a question that do not have its answer."""
    question, best = encoder.encode([example.question, right[0]])
    cosines = vectors @ question
    limit = float(best @ question) + _MARGIN
    found = []
    for at in np.argsort(-cosines)[: 8 * _WRONG_PUBLIC].tolist():
        context, text = sentences[at]
        if context != example.context and answer not in text.lower() and cosines[at] <= limit:
            found.append(text)
    return found[:_WRONG_PUBLIC]


def main() -> None:
    """Write the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    encoder = load_encoder(BASE_MODEL)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", encoding="utf-8") as file:
        for domain in DOMAINS:
            for pair in asked_pairs(domain, encoder):
                file.write(json.dumps(pair) + "\n")
            print(domain, flush=True)
        for name, count in PUBLIC.items():
            for pair in public_pairs(name, count, encoder):
                file.write(json.dumps(pair) + "\n")
            print(name, flush=True)


if __name__ == "__main__":
    main()
