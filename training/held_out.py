"""Plan held-out questions to ask of whole libraries, as a user would.

There are two libraries: the held-out articles of the training slice among twelve that were
trained on, and the paragraphs of QED's dev set.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.embedding.encoder import Encoder, load_encoder
from index.library import Library
from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Passage
from qa.retrieval.retriever import Retriever
from training.data import HELD_OUT, RUNS, LabelledQuestion, clean_title, load_sets
from training.negatives import edit, names

DISTRACTORS = 12
SIZES = {"squad": 300, "qed": 120, "human": 160, "edited": 120, "removed": 40, "other": 200}


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """A question to ask the reader. `gold` is the answering (article, paragraph), or None.

    `hidden` paragraphs are removed from the search results, as if they did not exist.
    """

    kind: str
    library: str
    question: LabelledQuestion
    text: str
    gold: tuple[str, int] | None
    hidden: tuple[str, int] | None = None

    def is_hidden(self, passage: Passage) -> bool:
        """Whether a passage overlaps the hidden paragraph."""
        if self.hidden is None:
            return False
        article, paragraph = self.hidden
        return passage.article.id == article and paragraph in passage.paragraphs


def articles_of(questions: Sequence[LabelledQuestion]) -> list[Article]:
    """Return the questions' paragraphs as one article for each title."""
    contexts: dict[str, list[str]] = defaultdict(list)
    for question in questions:
        if question.context not in contexts[question.title]:
            contexts[question.title].append(question.context)
    articles = []
    for title, texts in contexts.items():
        spans, position = [], 0
        for text in texts:
            spans.append(Span(position, position + len(text)))
            position += len(text) + 2
        paragraphs = tuple(Paragraph(n, span) for n, span in enumerate(spans, start=1))
        metadata = Metadata(title=clean_title(title))
        articles.append(Article(title, "\n\n".join(texts), paragraphs, metadata))
    return articles


def library_name(name: str, encoder: Encoder) -> str:
    """Return the name of the folder of a library, another one for each encoder."""
    return f"library-{name}-{encoder.fingerprint[:8]}"


def open_library(folder: Path, articles: Sequence[Article], encoder: Encoder) -> Library:
    """Open the library of these articles, or create it.

    Raises FormatError if the folder holds one made with other settings.
    """
    library = Library.open_or_create(folder, encoder=encoder)
    indexed = {article.id for article in library.articles()}
    missing = [article for article in articles if article.id not in indexed]
    if missing:
        library.add_articles(missing)
    return library


def retrievers_of(
    libraries: Mapping[str, Sequence[Article]], encoder: Encoder | None = None
) -> dict[str, Retriever]:
    """Return a retriever over each library of `plan`, by default with the shipped encoder."""
    encoder = encoder or load_encoder()
    return {
        name: Retriever(open_library(RUNS / library_name(name, encoder), articles, encoder))
        for name, articles in libraries.items()
    }


def plan(rng: random.Random) -> tuple[dict[str, list[Article]], list[PlannedQuestion]]:
    """Return the articles of the libraries, and the questions of every kind."""
    sets = load_sets()
    other_titles = sorted({q.title for q in sets.squad} - set(HELD_OUT))
    chosen = set(rng.sample(other_titles, DISTRACTORS))
    libraries = {
        "squad": articles_of([*sets.held, *(q for q in sets.squad if q.title in chosen)]),
        "qed": articles_of(sets.qed_dev),
    }
    paragraphs = {
        (library, article.id, p.span.of(article.text)): (article.id, p.number)
        for library, articles in libraries.items()
        for article in articles
        for p in article.paragraphs
    }
    items: list[PlannedQuestion] = []
    answered = {
        "squad": [q for q in sets.held if q.answers],
        "qed": sets.qed_dev,
    }
    pools: dict[str, Counter[str]] = defaultdict(Counter)
    for q in sets.held:
        pools[q.title].update(names(q.context))
    for library, questions in answered.items():
        for q in rng.sample(questions, SIZES[library]):
            gold = paragraphs[library, q.title, q.context]
            items.append(PlannedQuestion("answered", library, q, q.question, gold))
        for q in rng.sample(questions, SIZES["removed"]):
            gone = paragraphs[library, q.title, q.context]
            items.append(PlannedQuestion("removed", library, q, q.question, None, gone))
        away = "qed" if library == "squad" else "squad"
        for q in rng.sample(questions, SIZES["other"]):
            items.append(PlannedQuestion("other", away, q, q.question, None))
    for q in [q for q in sets.held if not q.answers][: SIZES["human"]]:
        items.append(PlannedQuestion("human", "squad", q, q.question, None))
    # Edits are made from all held-out questions except those of the human article.
    edits = [q for q in answered["squad"] if q.title != HELD_OUT[0]]
    rng.shuffle(edits)
    count = 0
    for q in edits:
        edited = edit(q, sorted(pools[q.title]), rng)
        if edited and count < SIZES["edited"]:
            count += 1
            items.append(PlannedQuestion("edited", "squad", q, edited, None))
    return libraries, items
