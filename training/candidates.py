"""Ask labelled questions of whole libraries, and save what the reader proposed.

    python -m training.candidates --reader EXPORT --domains news policy --out FILE
    python -m training.candidates --reader EXPORT --held --out FILE

A question of `asked` is asked in the articles of its domain, with a reader that never saw the
domain; `--held` asks the questions of `training.held_out`. `FILE` is a pickle of `Proposed`, from
which `training.calibrate` fits the ranking and the confidence without reading again.
"""

from __future__ import annotations

import argparse
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from index.embedding.encoder import Encoder, load_encoder
from index.library import Library
from qa.answer import Passage, Quote
from qa.chatbot import READ_DEPTH, RETRIEVE_DEPTH, Chatbot, readable_passages
from qa.evaluation.rightness import RIGHT_F1, is_right
from qa.evaluation.scoring import f1, normalized
from qa.questions import Question
from qa.readers.ranking import SearchSummary, features
from qa.readers.span import SpanReader, quote_of
from qa.readers.span_model import ShippedModel
from qa.retrieval.retriever import Retriever
from training.asked import read_asked
from training.data import RUNS, shared_folder
from training.held_out import library_name, plan, retrievers_of
from training.proposed import Labelled, Proposed


def _labelled(
    reader: SpanReader,
    question: str,
    passages: list[Passage],
    is_right: Callable[[Quote], bool],
) -> list[Labelled]:
    if not passages:
        return []
    search = SearchSummary.of(question, passages)
    found = []
    for candidate in reader.candidates(question, passages[:READ_DEPTH])[0]:
        sentence, few = candidate.sentence, candidate.few
        quote = quote_of(sentence, 0.0)
        scores = replace(sentence.scores, margin=few.scores.margin) if few else None
        short = replace(quote_of(few, 0.0), scores=scores) if few and scores else None
        found.append(
            Labelled(
                quote,
                features(sentence, few, search),
                is_right(quote),
                short,
                short is not None and is_right(short),
            )
        )
    return found


def ask_domain(
    reader: SpanReader, encoder: Encoder, folder: Path, domain: str, limit: int
) -> Iterator[Proposed]:
    """Ask the questions of a domain of `asked`."""
    library = Library.open_or_create(RUNS / library_name(domain, encoder), encoder=encoder)
    library.sync(folder / "articles" / domain)
    retriever = Retriever(library)
    chatbot = Chatbot(retriever, reader=reader)
    items = list(read_asked(folder, domain, retriever.library))
    if limit and limit < len(items):
        items = random.Random(5).sample(items, limit)
    for item in items:
        gold = Question(
            item.id,
            item.question,
            answers=item.long_texts,
            kind=item.kind,
            domain=domain,
            long=item.long_texts,
            short=item.short_texts,
        )
        passages = readable_passages(retriever.retrieve(item.question, RETRIEVE_DEPTH))
        yield Proposed(
            domain,
            item.article.id,
            item.kind,
            item.question,
            item.answerable,
            passages,
            _labelled(
                reader,
                item.question,
                passages,
                lambda quote, gold=gold: is_right(gold, quote.text, quote.sentence_text),  # type: ignore[misc]
            ),
            chatbot.missing(item.question, passages),
        )


def ask_held(reader: SpanReader, encoder: Encoder, limit: int) -> Iterator[Proposed]:
    """Ask the questions of `training.held_out`; a quote is right by its F1."""
    libraries, items = plan(random.Random(7))
    if limit and limit < len(items):
        items = random.Random(11).sample(items, limit)
    retrievers = retrievers_of(libraries, encoder)
    for item in items:
        chatbot = Chatbot(retrievers[item.library], reader=reader)
        retrieved = retrievers[item.library].retrieve(item.text, RETRIEVE_DEPTH + 2)
        passages = readable_passages(
            [p for p in retrieved if not item.is_hidden(p)][:RETRIEVE_DEPTH]
        )
        accepted = [item.question.context[s:e] for s, e in item.question.answers]

        def right(
            quote: Quote, gold: tuple[str, int] | None = item.gold, accepted: list[str] = accepted
        ) -> bool:
            if gold is None:
                return False
            if quote.is_sentence and quote.scores.margin is None:
                shown = f" {normalized(quote.text)} "
                return quote.article.id == gold[0] and any(
                    f" {normalized(answer)} " in shown for answer in accepted
                )
            return f1(quote.text, accepted) >= RIGHT_F1

        yield Proposed(
            item.library,
            item.question.title,
            item.kind,
            item.text,
            item.gold is not None,
            passages,
            _labelled(reader, item.text, passages, right),
            chatbot.missing(item.text, passages),
        )


def main() -> None:
    """Ask, and save what was proposed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="a folder; default: the shipped encoder")
    parser.add_argument("--set", default="train")
    parser.add_argument("--domains", nargs="*", default=[])
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--limit", type=int, default=0, help="questions of a domain")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    reader = SpanReader(ShippedModel(options.reader))
    encoder = load_encoder(options.encoder)
    folder = shared_folder() / "data" / "asked" / options.set
    found: list[Proposed] = []
    for domain in options.domains:
        found += ask_domain(reader, encoder, folder, domain, options.limit)
        print(domain, len(found), flush=True)
    if options.held:
        found += ask_held(reader, encoder, options.limit)
    with options.out.open("wb") as file:
        pickle.dump(found, file)


if __name__ == "__main__":
    main()
