"""`pincite index`, `pincite articles` and `pincite cache`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SettingError
from index.text import Article
from qa.answer import article_json
from qa.cli.arguments import add_json, add_source, library
from qa.cli.output import DONE, SyncBar, plain, print_json, report_trouble, say, waiting
from qa.opening import DEFAULT_INDEX

if TYPE_CHECKING:
    from qa.cli.arguments import Commands


def add_index(commands: Commands) -> None:
    """Declare `pincite index`."""
    parser = commands.add_parser(
        "index",
        help="index a folder of articles, or bring an index up to date",
        description="Add folders or files of articles (.txt .md .html .pdf .docx) to an index, "
        "or, without a path, bring all it knows up to date. What did not change is not "
        "read again.",
        epilog="example: pincite index articles/ && pincite ask 'Who signed the treaty?'",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument(
        "--index",
        type=Path,
        default=DEFAULT_INDEX,
        metavar="DIR",
        help="where the index is kept (default: .pincite in the current folder)",
    )
    parser.add_argument(
        "--remove", action="append", type=Path, metavar="ROOT", help="drop this folder's articles"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="accept that an indexed folder is gone or empty, and drop its articles",
    )
    parser.add_argument(
        "--verify", action="store_true", help="hash every file, even where size and time agree"
    )
    parser.add_argument(
        "--encoder",
        metavar="NAME",
        help="for a new index: a sentence-transformers model by name or folder",
    )
    add_json(parser)
    parser.set_defaults(run=index)


def add_articles(commands: Commands) -> None:
    """Declare `pincite articles` and `pincite articles show ID`."""
    parser = commands.add_parser(
        "articles",
        help="list the articles, or show one",
        description="List the articles of an index, or show one paragraph by paragraph.",
        epilog="example: pincite articles show news/border.txt --dropped",
    )
    parser.add_argument("action", nargs="?", choices=("show",), help="show one article")
    parser.add_argument("id", nargs="?", metavar="ID", help="the id of the article to show")
    parser.add_argument(
        "--dropped",
        action="store_true",
        help="with show: also what was set aside as comment or boilerplate",
    )
    add_source(parser)
    add_json(parser)
    parser.set_defaults(run=articles)


def add_cache(commands: Commands) -> None:
    """Declare `pincite cache`."""
    parser = commands.add_parser(
        "cache",
        help="list or clear the private indexes made for --articles",
        description="List the private indexes in your cache folder, or delete them.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "clear"), default="list")
    parser.add_argument("path", nargs="?", type=Path, help="with clear: only that folder's index")
    add_json(parser)
    parser.set_defaults(run=cache)


def index(args: argparse.Namespace) -> int:
    """Run `pincite index`."""
    from index.library import Library

    for path in args.paths:
        if not path.exists():
            raise SettingError(f"{path} does not exist; name a folder or file of articles")
    if args.paths:
        target = Library.open_or_create(args.index, encoder=args.encoder)
    else:
        target = Library.open(args.index)
    for root in args.remove or ():
        target.remove_root(root)
        say(f"removed {root}")
    with SyncBar() as progress:
        report = target.sync(
            *args.paths, verify=args.verify, prune=args.prune, progress=progress, on_wait=waiting
        )
    report_trouble(report)
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "renamed": len(report.renamed),
        "removed": len(report.removed),
        "unchanged": len(report.unchanged),
    }
    if args.json:
        skipped = [{"path": str(skip.path), "reason": skip.reason} for skip in report.skipped]
        print_json(
            {
                **counts,
                "skipped": skipped,
                "warnings": [str(warning) for warning in report.warnings],
                "articles": len(target),
            }
        )
    else:
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        if report.skipped:
            told += f", {len(report.skipped)} skipped"
        print(f"{len(target)} articles in {args.index}: {told.lstrip(', ') or 'nothing to do'}")
    return DONE


def articles(args: argparse.Namespace) -> int:
    """Run `pincite articles`."""
    source = library(args)
    if args.action == "show":
        if args.id is None:
            raise SettingError(
                "articles show needs the id of an article; pincite articles lists them"
            )
        return _show(source.article(args.id), dropped=args.dropped, as_json=args.json)
    found = source.articles()
    if args.json:
        print_json(
            [{"id": one.id, **article_json(one), "paragraphs": one.paragraphs} for one in found]
        )
        return DONE
    for one in found:
        about = one.metadata
        dated = about.published.isoformat() if about.published else str(about.year or "undated")
        said = [about.publisher or "", dated, f"{one.paragraphs} paragraphs"]
        print(f"{one.id}\n   {plain(about.title) or '(no title)'}")
        print(f"   {', '.join(plain(part) for part in said if part)}")
    return DONE


def _show(article: Article, *, dropped: bool, as_json: bool) -> int:
    shown = [one for one in article.paragraphs if dropped or one.kind.searched]
    if as_json:
        print_json(
            {
                "id": article.id,
                **article_json(article),
                "hash": article.hash,
                "text": article.text,
                "paragraphs": [
                    {
                        "number": one.number,
                        "kind": one.kind.value,
                        "start": one.span.start,
                        "end": one.span.end,
                        "page": one.page,
                        "text": one.span.of(article.text),
                    }
                    for one in shown
                ],
            }
        )
        return DONE
    print(f"{plain(article.metadata.title) or article.id}\n")
    for one in shown:
        kind = "" if one.kind.value == "body" else f" ({one.kind.value})"
        print(f"¶{one.number}{kind}  {plain(one.span.of(article.text))}\n")
    if not dropped and (hidden := len(article.paragraphs) - len(shown)):
        say(f"{hidden} paragraphs were set aside; --dropped shows them")
    return DONE


def cache(args: argparse.Namespace) -> int:
    """Run `pincite cache`."""
    from qa.cache import cached_indexes, clear_cache

    if args.action == "clear":
        done = clear_cache(str(args.path.expanduser().resolve()) if args.path else None)
    else:
        done = cached_indexes()
    if args.json:
        print_json(
            [{"source": one.source, "path": str(one.path), "bytes": one.size} for one in done]
        )
        return DONE
    verb = "deleted " if args.action == "clear" else ""
    for one in done:
        print(f"{verb}{one.source}  {one.size / 1e6:.1f} MB  {one.path}")
    if not done:
        print("no private indexes")
    return DONE
