"""`pincite ask` and `pincite search`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qa import wording
from qa.answer import Answer, AnswerKind, Candidate, Citation
from qa.cli.args import (
    add_filters,
    add_json,
    add_reader,
    add_reranker,
    add_source,
    add_unanswerable,
    article_filter,
    library,
    probability,
)
from qa.cli.output import (
    DONE,
    NO_ANSWER,
    NO_ARTICLES,
    bold,
    print_json,
    terminal_name,
    terminal_text,
)

if TYPE_CHECKING:
    from index.library import Library
    from qa.cli.args import Commands


def add_ask(commands: Commands) -> None:
    """Declare `pincite ask`."""
    parser = commands.add_parser(
        "ask",
        help="answer a question in the articles' own words",
        description="Answer a question in the articles' own words, with citations.",
        epilog='example: pincite ask "Who trains the agents?" --articles seeds/',
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument(
        "--mode",
        choices=("balanced", "strict", "always"),
        default="balanced",
        help="how certain an answer must be; always never refuses (default: balanced)",
    )
    parser.add_argument(
        "--min-confidence",
        type=probability,
        metavar="P",
        help="answer only at this confidence (0 to 1) or above; overrides --mode",
    )
    add_unanswerable(parser)
    add_reader(parser)
    add_reranker(parser)
    add_filters(parser)
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=ask)


def add_search(commands: Commands) -> None:
    """Declare `pincite search`."""
    parser = commands.add_parser(
        "search",
        help="list the passages that match a question",
        description="List the passages that match a question, best first.",
        epilog='example: pincite search "boomerang raids" -k 3 --articles seeds/',
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("-k", type=int, default=5, help="number of passages (default: 5)")
    parser.add_argument(
        "--offset", type=int, default=0, metavar="N", help="leave out the first N passages"
    )
    parser.add_argument(
        "--per-article", type=int, metavar="N", help="list at most N passages of each article"
    )
    parser.add_argument(
        "--min-score", type=float, metavar="S", help="list passages with this score or above"
    )
    add_reranker(parser)
    add_filters(parser)
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=search)


def ask(args: argparse.Namespace) -> int:
    """Run `pincite ask`; the status is 3 without an answer."""
    from qa.chatbot import Chatbot
    from qa.retrieval.arguments import check_question
    from qa.retrieval.reranker import load_retriever

    check_question(args.question)
    source = library(args)
    retriever = load_retriever(source, args.reranker)
    chatbot = Chatbot(retriever, reader=args.reader, unanswerable=args.unanswerable)
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
        if answer.kind is AnswerKind.REFUSAL and not answer.nearest:
            print(_no_passages(source))
    return DONE if answer.answered else NO_ANSWER


def search(args: argparse.Namespace) -> int:
    """Run `pincite search`."""
    from qa.retrieval.arguments import check_k, check_question
    from qa.retrieval.reranker import load_retriever

    check_question(args.question)
    check_k(args.k)
    source = library(args)
    passages = load_retriever(source, args.reranker).retrieve(
        args.question,
        args.k,
        filter=article_filter(args),
        offset=args.offset,
        per_article=args.per_article,
        min_score=args.min_score,
    )
    if args.json:
        print_json(
            {"question": args.question, "passages": [passage.to_json() for passage in passages]}
        )
    else:
        for rank, passage in enumerate(passages, start=args.offset + 1):
            print(f"{rank}. {terminal_text(passage.text)}")
            print(f"   {_source(passage.citation)}  (score {passage.score:.2f})\n")
        if not passages:
            print(f"No passages found. {_no_passages(source)}")
    return DONE


def _no_passages(source: Library) -> str:
    """Return why there are no passages."""
    if not source.articles():
        return NO_ARTICLES
    return (
        "No article matches the filters. To see authors, publishers and dates, run pincite "
        "articles with the same --index or --articles."
    )


def _readable(answer: Answer, *, has_threshold: bool) -> str:
    """Return an answer or refusal as text; `has_threshold`: `--min-confidence` was used."""
    asked = answer.shown_scope
    scope = [terminal_text(wording.scope(asked))] if asked else []
    if answer.remark is not None:
        return "\n".join([*scope, terminal_text(answer.remark)])
    if answer.collection is not None:
        parts = [terminal_text(answer.collection.statement)]
        for quote in answer.collection.quotes:
            parts.append("\n".join([f"“{terminal_text(quote.quote)}”", *_citation_lines(quote)]))
        return "\n\n".join([*scope, *parts])
    if answer.answered:
        parts = [
            f"{_version_text(candidate)}\n   "
            + wording.confidence(candidate.confidence, is_calibrated=answer.calibrated)
            for candidate in answer.versions
        ]
        if len(parts) > 1:
            parts.insert(0, f"{wording.SOURCES_DIFFER}:")
        if answer.recalibration and answer.recalibration.votes:
            parts.append(wording.recalibrated(answer.recalibration.votes))
        return "\n\n".join([*scope, *parts])
    lines = [*scope, wording.refusal(is_unsure=answer.is_unsure)]
    if answer.is_unsure:
        instead = " instead of --min-confidence" if has_threshold else ""
        lines.append(f"To see the best guess, use --mode always{instead}.")
    if answer.key_phrases:
        lines.append(terminal_text(wording.looked_for(answer.key_phrases)))
    if answer.missing:
        lines.append(terminal_text(wording.missing(answer.missing)))
    if answer.nearest:
        lines.append(f"\n{wording.NEAREST}:")
        for passage in answer.nearest:
            lines.append(f"  - {_excerpt(passage.text)}")
            lines.append(f"    {_source(passage.citation)}")
    return "\n".join(lines)


def _version_text(candidate: Candidate) -> str:
    quote = candidate.quote
    if quote.kind is AnswerKind.LIST:
        items = [terminal_text(line) for line in quote.text.splitlines() if line.strip()]
        return "\n".join([*map(bold, items), *_citation_lines(candidate.citations[0])])
    text, sentence = quote.article.text, quote.sentence
    before = terminal_text(text[sentence.start : quote.span.start])
    after = terminal_text(text[quote.span.end : sentence.end])
    space_before = " " if text[sentence.start : quote.span.start][-1:].isspace() else ""
    space_after = " " if text[quote.span.end : sentence.end][:1].isspace() else ""
    lines = [f"{before}{space_before}{bold(terminal_text(quote.text))}{space_after}{after}"]
    if quote.span != sentence:
        lines.insert(0, bold(terminal_text(quote.text)))
    if quote.header is not None:
        lines.insert(0, terminal_text(quote.header.of(text)))
    first, *others = candidate.citations
    lines += _citation_lines(first)
    if candidate.superseded_by is not None:
        lines.append(f"   {terminal_text(wording.later(candidate.superseded_by))}")
    if others:
        lines.append(f"   {candidate.sources} source{'' if candidate.sources == 1 else 's'}; also:")
    for other in others:
        lines.append(f"   “{_excerpt(other.quote)}”")
        lines += _citation_lines(other)
    return "\n".join(lines)


def _citation_lines(citation: Citation) -> list[str]:
    """Return the source of a quote, and its URL where there is one."""
    link = citation.source_link
    return [f"   {_source(citation)}", *([f"   {terminal_text(link)}"] if link else [])]


def _source(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    return f"{terminal_text(str(citation))}{page}  [{terminal_name(citation.article.id)}]"


def _excerpt(text: str, length: int = 160) -> str:
    shown = terminal_text(text)
    return shown if len(shown) <= length else shown[: length - 1].rsplit(" ", 1)[0] + " …"
