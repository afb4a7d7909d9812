"""`pincite index`, `pincite articles` and `pincite cache`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import NoIndexError, RootError, SettingError
from index.parsing.registry import BUILT_IN, is_supported, supported_formats
from index.settings import Precision
from index.types import Article
from index.vector_stores.registry import STORES
from qa.answer import article_json
from qa.cli.args import add_json, add_source, library
from qa.cli.output import (
    DONE,
    NO_ARTICLES,
    SyncBar,
    name,
    plain,
    print_json,
    report_trouble,
    say,
    waiting,
)
from qa.indexes import DEFAULT_INDEX

if TYPE_CHECKING:
    from index.library import Library
    from qa.cli.args import Commands


def add_index(commands: Commands) -> None:
    """Declare `pincite index`."""
    # Not `supported_formats()`: every command would look for installed plugins.
    formats = " ".join(parser.suffixes[0] for parser in BUILT_IN)
    parser = commands.add_parser(
        "index",
        help="index a folder of articles, or bring an index up to date",
        description=f"Add folders or files of articles ({formats}) to an index, or, without a "
        "path, bring all it knows up to date. What did not change is not read again.",
        epilog="example: pincite index articles/ && pincite ask 'Who signed the treaty?'",
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder or file of articles"
    )
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
    parser.add_argument(
        "--store",
        choices=STORES,
        help="how vectors are searched: exactly, approximately (ivfpq; ivf and ivf4 are its larger "
        "and slower forerunners), or as each part's size suggests (auto, the default)",
    )
    parser.add_argument(
        "--precision",
        choices=[precision.value for precision in Precision],
        help="in what articles are encoded from now on: fp32, bf16 (about twice as fast where "
        "the processor has it), or bf16 where enough come at once (auto, the default)",
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
    parser.add_argument(
        "--left-out",
        action="store_true",
        help="list the files that are not in the index, and why, in place of the articles",
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
    parser.add_argument("path", nargs="?", type=Path, help="only the index of that folder or file")
    add_json(parser)
    parser.set_defaults(run=cache)


def index(args: argparse.Namespace) -> int:
    """Run `pincite index`."""
    from index.library import Library, SyncReport

    if args.paths:
        _check_paths(args.index, args.paths)
        target = Library.open_or_create(
            args.index, encoder=args.encoder, store=args.store, precision=args.precision
        )
    else:
        target = Library.open(args.index)
        if args.encoder:  # refused where it is another than the index was made with
            target = Library.open_or_create(args.index, encoder=args.encoder)
        if args.store:
            target.use_store(args.store, on_wait=waiting)
        if args.precision:
            target.use_precision(args.precision, on_wait=waiting)
    report, removed = SyncReport(), 0
    for root in args.remove or ():
        removed += len(target.remove_root(root, on_wait=waiting).removed)
        say(f"removed {root}")
    # Dropping a folder says nothing about the others, which may be away just now.
    if args.paths or not args.remove:
        with SyncBar() as progress:
            report = target.sync(
                *args.paths,
                verify=args.verify,
                prune=args.prune,
                progress=progress,
                on_wait=waiting,
            )
    report_trouble(report)
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "renamed": len(report.renamed),
        "removed": len(report.removed) + removed,
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


def _check_paths(index: Path, paths: Sequence[Path]) -> None:
    """Refuse mistyped paths before an index is made for them.

    A folder that the index follows may be gone: what then is to be done, the sync decides.
    """
    from index.ingest.scan import walk
    from index.library import Library

    try:
        followed = {root.path for root in Library.open(index).manifest.roots}
        new = False
    except NoIndexError:
        followed, new = set(), True
    for path in paths:
        if str(path.expanduser().resolve()) in followed:
            continue
        if not path.exists():
            raise SettingError(f"{path} does not exist; name a folder or file of articles")
        if path.is_file() and not is_supported(path):
            raise SettingError(f"{path} is no article; it must be one of {supported_formats()}")
        if new and next(walk(path), None) is None:
            raise RootError(f"{path} holds no articles ({supported_formats()})")


def articles(args: argparse.Namespace) -> int:
    """Run `pincite articles`."""
    if args.action == "show" and args.id is None:
        raise SettingError("articles show needs the id of an article; pincite articles lists them")
    source = library(args)
    if args.action == "show":
        return _show(source.article(args.id), dropped=args.dropped, as_json=args.json)
    if args.left_out:
        return _left_out(source, as_json=args.json)
    found = source.articles()
    if args.json:
        print_json(
            [{"id": one.id, **article_json(one), "paragraphs": one.paragraphs} for one in found]
        )
        return DONE
    for one in found:
        about = one.metadata
        dated = about.published.isoformat() if about.published else str(about.year or "undated")
        numbered = f"{one.paragraphs} paragraph{'s' * (one.paragraphs != 1)}"
        said = [*about.authors, about.publisher or "", dated, numbered]
        print(f"{name(one.id)}\n   {plain(about.title) or '(no title)'}")
        print(f"   {', '.join(plain(part) for part in said if part)}")
    if not found:
        print(NO_ARTICLES)
    return DONE


def _left_out(source: Library, *, as_json: bool) -> int:
    from index.ingest.status import left_out

    skips = left_out(source.snapshot().files())
    if as_json:
        print_json([{"path": skip.path, "reason": skip.reason} for skip in skips])
        return DONE
    for skip in skips:
        print(f"{name(skip.path)}\n   {plain(skip.reason)}")
    if not skips:
        print("No file was left out.")
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
    print(f"{plain(article.metadata.title) or name(article.id)}\n")
    for one in shown:
        kind = "" if one.kind.value == "body" else f" ({one.kind.value})"
        print(f"¶{one.number}{kind}  {plain(one.span.of(article.text))}\n")
    if not dropped and (hidden := len(article.paragraphs) - len(shown)):
        say(f"{hidden} paragraphs were set aside; --dropped shows them")
    return DONE


def cache(args: argparse.Namespace) -> int:
    """Run `pincite cache`."""
    from qa.indexes import cached_indexes, clear_cache

    source = str(args.path.expanduser().resolve()) if args.path else None
    done = clear_cache(source) if args.action == "clear" else cached_indexes(source)
    if source and not done:
        raise SettingError(f"there is no private index of {source}; pincite cache lists them")
    if args.json:
        print_json(
            [{"source": one.source, "path": str(one.path), "bytes": one.size} for one in done]
        )
        return DONE
    verb = "deleted " if args.action == "clear" else ""
    for one in done:
        print(f"{verb}{name(one.source)}  {one.size / 1e6:.1f} MB  {one.path}")
    if not done:
        print("no private indexes")
    return DONE
