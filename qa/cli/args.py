"""Options that several commands share, and their types."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TypeAlias

from index.errors import SettingError
from index.filters import Filter
from index.library import Library
from index.storage.registry import is_address
from qa.cli.output import SyncProgressBar, report_problems, report_wait
from qa.indexes import DEFAULT_INDEX, open_library
from qa.judging.prior import check_share

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_index_folder(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--index DIR`, described as `what`."""
    parser.add_argument(
        "--index",
        type=index_path,
        default=DEFAULT_INDEX,
        metavar="DIR",
        help=f"{what} (default: .pincite in the current folder)",
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add `--index DIR` and `--articles PATH`."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--index",
        type=index_path,
        metavar="DIR",
        help="the index to use: its folder (default: .pincite in the current folder) or its "
        "address, lance:///FOLDER or lance+s3://BUCKET/PREFIX",
    )
    group.add_argument(
        "--articles",
        type=Path,
        metavar="PATH",
        help="a folder or file of articles; a private index of it is kept in your cache "
        "folder and brought up to date first",
    )


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add `--reader NAME`."""
    parser.add_argument(
        "--reader",
        metavar="NAME",
        help="the model that picks the answer: pincite (trained, the default), sentence (whole "
        "sentences, untrained), the name of a reader that another package adds, or the name or "
        "folder of a Hugging Face model for extractive question answering",
    )


def add_reranker(parser: argparse.ArgumentParser) -> None:
    """Add `--reranker NAME`."""
    parser.add_argument(
        "--reranker",
        metavar="NAME",
        help="the name or folder of a cross-encoder that puts the first passages in order",
    )


def add_unanswerable(parser: argparse.ArgumentParser) -> None:
    """Add `--unanswerable SHARE`."""
    parser.add_argument(
        "--unanswerable",
        type=share,
        metavar="SHARE",
        help="the share of your questions that the articles do not answer, from 0 to below 1 "
        "(default: 0.3); confidences are stated for it: the lower, the fewer questions are refused",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options that restrict which articles are searched."""
    group = parser.add_argument_group("search only articles")
    group.add_argument("--publisher", help="of this publisher; part of the name is enough")
    group.add_argument("--author", help="by this author; part of the name is enough")
    group.add_argument(
        "--after", type=day, metavar="DATE", help="published on this day (YYYY-MM-DD) or later"
    )
    group.add_argument(
        "--before", type=day, metavar="DATE", help="published on this day (YYYY-MM-DD) or earlier"
    )
    group.add_argument("--title", help="with this title; part of it is enough")
    group.add_argument("--year", type=int, help="published in this year")
    group.add_argument(
        "--path", metavar="PATTERN", help="whose id matches this pattern, such as 'news/*'"
    )
    group.add_argument(
        "--field",
        type=_field,
        action="append",
        metavar="NAME=VALUE",
        help="with this value in a field that a program has set; can be repeated",
    )
    group.add_argument(
        "--article", action="append", metavar="ID", help="with this id; can be repeated"
    )
    group.add_argument(
        "--exclude", action="append", metavar="ID", help="but the one with this id; can be repeated"
    )


def article_filter(args: argparse.Namespace) -> Filter:
    """Return the filter that the options of `add_filters` describe."""
    fields: dict[str, list[str]] = {}
    for name, value in args.field or ():
        fields.setdefault(name, []).append(value)
    return Filter(
        args.publisher,
        args.after,
        args.before,
        args.author,
        args.article,
        title=args.title,
        path=args.path,
        year=args.year,
        metadata=fields or None,
        exclude=args.exclude,
    )


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"invalid field {text!r}; write NAME=VALUE")
    return name, value


def index_path(text: str) -> Path | str:
    """Return the folder of an index, or its address as it is, for argparse."""
    return text if is_address(text) else Path(text)


def day(text: str) -> date:
    """Parse a day written YYYY-MM-DD, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid date {text!r}; write YYYY-MM-DD") from None


def probability(text: str) -> float:
    """Parse a number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def share(text: str) -> float:
    """Parse a number from 0 to below 1, for argparse."""
    try:
        return check_share(float(text))
    except (ValueError, SettingError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 0 to below 1, such as 0.1"
        ) from None


def library(args: argparse.Namespace) -> Library:
    """Open the library that `--index` or `--articles` names, with a progress bar."""
    with SyncProgressBar() as progress:
        return open_library(
            args.index,
            args.articles,
            progress=progress,
            on_wait=report_wait,
            on_report=report_problems,
        )
