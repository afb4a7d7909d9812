"""Measure the recall of BM25 alone on SQuAD paragraphs, for each setting of the word index.

    python -m bench.words.measure

Reads `squad2_dev_half` from the folder that PINCITE_SHARED names (default ../shared), chunks
its articles as an index does, and asks 1,500 of its answerable questions, once as they are
and once with two neighbouring letters of one long word exchanged.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from index.segmentation.chunking import chunk_article
from index.storage.bm25 import BM25Document, BM25Index, BM25Settings, BM25Writer
from index.types import Article, Metadata, Paragraph, Span

SHARED = Path(os.environ.get("PINCITE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
QUESTIONS = 1500
Gold = tuple[str, int]  # article id, paragraph number


def material() -> tuple[list[Article], list[tuple[str, Gold]]]:
    """Return the articles, and answerable questions with the paragraph that holds the answer."""
    data = json.loads((SHARED / "data/squad2_dev_half/dev-v2.0.json").read_text("utf-8"))["data"]
    articles, questions = [], []
    for number, entry in enumerate(data):
        text, paragraphs = "", []
        for place, paragraph in enumerate(entry["paragraphs"], start=1):
            start = len(text)
            text += paragraph["context"] + "\n\n"
            paragraphs.append(Paragraph(place, Span(start, len(text) - 2)))
            questions += [
                (asked["question"], (str(number), place))
                for asked in paragraph["qas"]
                if not asked["is_impossible"]
            ]
        title = Metadata(title=entry["title"].replace("_", " "))
        articles.append(Article(str(number), text, tuple(paragraphs), title))
    return articles, random.Random(3).sample(questions, QUESTIONS)


def misspelt(question: str, chance: random.Random) -> str:
    """Return the question with two inner letters of one word of six or more exchanged."""
    words = question.split()
    long = [place for place, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if long:
        place = chance.choice(long)
        letters = list(words[place])
        at = chance.randrange(1, len(letters) - 1)
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
        words[place] = "".join(letters)
    return " ".join(words)


def main() -> None:
    """Print a table with one row per setting."""
    articles, questions = material()
    chance = random.Random(4)
    wrong = [(misspelt(question, chance), gold) for question, gold in questions]
    gold: list[set[Gold]] = []
    with tempfile.TemporaryDirectory() as folder:
        writer = BM25Writer(Path(folder, "words"), None)
        for article in articles:
            for chunk in chunk_article(article):
                text, title = chunk.span.of(article.text), article.metadata.title
                writer.add([BM25Document(len(gold), article.id, title, text)])
                gold.append({(article.id, number) for number in chunk.paragraphs})
        writer.commit()
        index = BM25Index(Path(folder, "words"))

        def recall(asked: list[tuple[str, Gold]], settings: BM25Settings) -> str:
            at_one = at_five = 0
            for question, place in asked:
                found, _ = index.search(question, 5, settings=settings)
                right = [place in gold[chunk] for chunk in found]
                at_one += any(right[:1])
                at_five += any(right)
            return f"{at_one / len(asked):.3f} | {at_five / len(asked):.3f}"

        default = BM25Settings()
        settings = [default]
        settings += [replace(default, exact=value) for value in (0, 0.15, 0.5, 0.8)]
        settings += [replace(default, title=value) for value in (0, 0.2, 1)]
        settings += [replace(default, fuzzy=value) for value in (0, 0.4, 0.7, 1.5)]
        print("| exact | title | fuzzy | recall@1 | recall@5 | misspelt: @1 | @5 |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for one in settings:
            row = f"| {one.exact:g} | {one.title:g} | {one.fuzzy:g} "
            print(row + f"| {recall(questions, one)} | {recall(wrong, one)} |", flush=True)


if __name__ == "__main__":
    main()
