"""Read pairs of articles that are labelled by whether their answers to a question differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Any

from qa.matching.agreement import same_answer

LABELS = Path(__file__).with_name("pairs.jsonl")


class Label(StrEnum):
    """What two articles say in answer to one question.

    `DIFFERS`: each gives a value for the same thing, and the values differ. `AGREES`: the same
    value in other words. `OTHER`: only one answers; the other's value is for something else.
    """

    DIFFERS = "differs"
    AGREES = "agrees"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and two articles, by their ids and texts."""

    id: str
    domain: str
    question: str
    label: Label
    articles: Mapping[str, str]


def asked_pairs(articles: Path) -> Iterator[Pair]:
    """Yield the pairs of `pairs.jsonl` with the articles of `asked/dev`.

    The second article is another one of the set, or was written for the pair. Raises ValueError
    for an article that is not the one that was labelled.
    """
    for line in LABELS.read_text("utf-8").splitlines():
        row = json.loads(line)
        texts = {}
        for name, digest in row["articles"].items():
            data = (articles / name).read_bytes()
            if hashlib.sha256(data).hexdigest()[:12] != digest:
                raise ValueError(f"{name} is not the article that was labelled in {LABELS.name}")
            texts[name] = data.decode("utf-8")
        if written := row.get("written"):
            texts[f"written/{row['id']}.md"] = _markdown(**written)
        yield Pair(row["id"], row["domain"], row["question"], Label(row["label"]), texts)


def ramdocs_pairs(file: Path) -> Iterator[Pair]:
    """Yield pairs of RAMDocs' documents (Wang et al., 2025).

    A document and a copy with another answer differ. Two right documents with different answers
    are about different entities of one name.
    """
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        right = [doc for doc in row["documents"] if doc["type"] == "correct"]
        wrong = [doc for doc in row["documents"] if doc["type"] == "misinfo"]
        if right and wrong:
            yield _ramdocs_pair(row, Label.DIFFERS, right[0], wrong[0])
        for first, second in combinations(right, 2):
            if not same_answer(first["answer"], second["answer"]):
                yield _ramdocs_pair(row, Label.OTHER, first, second)
                break


def _ramdocs_pair(row: Mapping[str, Any], label: Label, *documents: Mapping[str, str]) -> Pair:
    name = f"{row['id']}-{label}"
    texts = {f"{name}-{at}.txt": doc["text"] for at, doc in enumerate(documents)}
    return Pair(name, "ramdocs", row["question"], label, texts)


def _markdown(title: str, published: str, text: str) -> str:
    return f"---\ntitle: {json.dumps(title)}\ndate: {published}\n---\n\n{text}\n"
