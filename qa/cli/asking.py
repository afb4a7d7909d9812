"""`pincite ask` and `pincite search`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qa import wording
from qa.answer import Answer, Candidate, Citation
from qa.cli.args import (
    add_filters,
    add_json,
    add_reader,
    add_source,
    add_unanswerable,
    article_filter,
    library,
    probability,
)
from qa.cli.output import DONE, NO_ANSWER, NO_ARTICLES, name, plain, print_json, strong

if TYPE_CHECKING:
    from index.library import Library
    from qa.cli.args import Commands


def add_ask(commands: Commands) -> None:
    """Declare `pincite ask`."""
    parser = commands.add_parser(
        "ask",
        help="answer a question in the articles' own words",
        description="Answer a question with words of the articles, and say where they stand.",
        epilog='example: pincite ask "Who trains the agents?" --articles seeds/',
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument(
        "--mode",
        choices=("balanced", "strict", "always"),
        default="balanced",
        help="how sure to be before answering; always never refuses (default: balanced)",
    )
    parser.add_argument(
        "--min-confidence",
        type=probability,
        metavar="P",
        help="answer only at this confidence (0 to 1) or above, whatever the mode",
    )
    add_unanswerable(parser)
    add_reader(parser)
    add_filters(parser)
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=ask)


def add_search(commands: Commands) -> None:
    """Declare `pincite search`."""
    parser = commands.add_parser(
        "search",
        help="list the passages that belong to a question",
        description="List the passages of the articles that belong to a question, best first.",
        epilog='example: pincite search "boomerang raids" -k 3 --articles seeds/',
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("-k", type=int, default=5, help="how many passages (default: 5)")
    add_filters(parser)
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=search)


def ask(args: argparse.Namespace) -> int:
    """Run `pincite ask`; 3 when nothing answers."""
    from qa.chatbot import Chatbot
    from qa.retrieval.retriever import Retriever, check_question

    check_question(args.question)
    source = library(args)
    chatbot = Chatbot(Retriever(source), reader=args.reader, unanswerable=args.unanswerable)
    answer = chatbot.ask(
        args.question,
        mode=args.mode,
        min_confidence=args.min_confidence,
        filter=article_filter(args),
    )
    if args.json:
        print_json(answer.to_json())
    else:
        print(_readable(answer, has_threshold=args.min_confidence is not None))
        if not answer.nearest:
            print(_nothing_to_look_in(source))
    return DONE if answer.answered else NO_ANSWER


def search(args: argparse.Namespace) -> int:
    """Run `pincite search`."""
    from qa.retrieval.retriever import Retriever, check_k, check_question

    check_question(args.question)
    check_k(args.k)
    source = library(args)
    passages = Retriever(source).retrieve(args.question, args.k, filter=article_filter(args))
    if args.json:
        print_json(
            {"question": args.question, "passages": [passage.to_json() for passage in passages]}
        )
    else:
        for rank, passage in enumerate(passages, start=1):
            print(f"{rank}. {plain(passage.text)}")
            print(f"   {_where(passage.citation)}  (score {passage.score:.2f})\n")
        if not passages:
            print(f"No passage found. {_nothing_to_look_in(source)}")
    return DONE


def _nothing_to_look_in(source: Library) -> str:
    """Why nothing at all was found."""
    if not source.articles():
        return NO_ARTICLES
    return (
        "No article passes the filters; pincite articles, with the same --index or --articles, "
        "shows authors, publishers and dates"
    )


def _readable(answer: Answer, *, has_threshold: bool) -> str:
    """Return an answer or refusal as text; `has_threshold`: `--min-confidence` was used."""
    if answer.answered:
        parts = [
            f"{_version(candidate)}\n   "
            + wording.confidence(candidate.confidence, is_calibrated=answer.calibrated)
            for candidate in answer.versions
        ]
        if len(parts) > 1:
            parts.insert(0, f"{wording.SOURCES_DIFFER}:")
        return "\n\n".join(parts)
    lines = [wording.refusal(is_unsure=answer.is_unsure)]
    if answer.is_unsure:
        instead = " instead of --min-confidence" if has_threshold else ""
        lines.append(f"To see the best guess, use --mode always{instead}.")
    if answer.key_phrases:
        lines.append(plain(wording.looked_for(answer.key_phrases)))
    if answer.missing:
        lines.append(plain(wording.missing(answer.missing)))
    if answer.nearest:
        lines.append(f"\n{wording.nearest_passages(is_unsure=answer.is_unsure)}:")
        for passage in answer.nearest:
            lines.append(f"  - {_excerpt(passage.text)}")
            lines.append(f"    {_where(passage.citation)}")
    return "\n".join(lines)


def _version(candidate: Candidate) -> str:
    quote = candidate.quote
    text, sentence = quote.article.text, quote.sentence
    before = plain(text[sentence.start : quote.span.start])
    after = plain(text[quote.span.end : sentence.end])
    joint = " " if text[sentence.start : quote.span.start][-1:].isspace() else ""
    rejoin = " " if text[quote.span.end : sentence.end][:1].isspace() else ""
    lines = [f"{before}{joint}{strong(plain(quote.text))}{rejoin}{after}"]
    if quote.span != sentence:
        lines.insert(0, strong(plain(quote.text)))
    first, *others = candidate.citations
    lines += _cited(first)
    if others:
        lines.append(f"   {candidate.sources} source{'' if candidate.sources == 1 else 's'}; also:")
    for other in others:
        lines.append(f"   “{_excerpt(other.quote)}”")
        lines += _cited(other)
    return "\n".join(lines)


def _cited(citation: Citation) -> list[str]:
    """Where words stand, and the address of the original where the article has one."""
    link = citation.source_link
    return [f"   {_where(citation)}", *([f"   {plain(link)}"] if link else [])]


def _where(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    return f"{plain(str(citation))}{page}  [{name(citation.article.id)}]"


def _excerpt(text: str, length: int = 160) -> str:
    shown = plain(text)
    return shown if len(shown) <= length else shown[: length - 1].rsplit(" ", 1)[0] + " …"
