"""`pincite index`, `pincite watch`, `pincite articles` and `pincite cache`."""

from __future__ import annotations

import argparse
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import NoIndexError, RootError, SettingError
from index.ingest.records import FIELDS, SUFFIXES
from index.parsing.registry import BUILT_IN, is_supported, supported_formats
from index.settings import Precision
from index.storage.manifest import MANIFEST_NAME
from index.storage.registry import is_address
from index.types import Article
from qa.answer import article_json
from qa.cli.args import add_index_folder, add_json, add_source, library
from qa.cli.output import (
    DONE,
    NO_ARTICLES,
    SyncProgressBar,
    print_json,
    print_message,
    report_problems,
    report_wait,
    terminal_name,
    terminal_text,
)
from qa.wording import counted

if TYPE_CHECKING:
    from index.library import Library, SyncReport
    from qa.cli.args import Commands


def add_index(commands: Commands) -> None:
    """Declare `pincite index`."""
    # Not `supported_formats()`: every command would look for installed plugins.
    formats = " ".join(parser.suffixes[0] for parser in BUILT_IN)
    parser = commands.add_parser(
        "index",
        help="index a folder of articles, or bring an index up to date",
        description=f"Add folders or files of articles ({formats}) to an index. Without a PATH, "
        "bring all of its folders up to date. Unchanged files are not read again.",
        epilog="example: pincite index articles/ && pincite ask 'Who signed the treaty?'",
    )
    _add_paths(parser)
    parser.add_argument(
        "--map",
        action="append",
        type=_field_name,
        metavar="FIELD=NAME",
        help="what a field of the articles, such as text or title, is called in a file of JSON "
        "lines (.jsonl) or a Parquet file: --map text=body",
    )
    parser.add_argument(
        "--remove",
        action="append",
        type=Path,
        metavar="ROOT",
        help="remove the articles of this folder",
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="if an indexed folder is gone or empty, remove its articles",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="hash every file, even if size and time are unchanged, and check the index first",
    )
    parser.add_argument(
        "--retry",
        action="store_true",
        help="read the files that were left out again, for example with higher limits",
    )
    parser.add_argument(
        "--encoder",
        metavar="NAME",
        help="the name or folder of a sentence-transformers model, for a new index",
    )
    parser.add_argument(
        "--store",
        metavar="NAME",
        help="how vectors are searched: exact; ivfpq, which is approximate; auto, which chooses by "
        "size (the default); or an installed vector store. Or where the index is kept instead of "
        "in a folder: lance:///FOLDER or lance+s3://BUCKET/PREFIX",
    )
    parser.add_argument(
        "--precision",
        choices=[precision.value for precision in Precision],
        help="the precision in which new articles are encoded: fp32; bf16, about twice as fast if "
        "the processor supports it; or auto, which is bf16 for large batches (the default)",
    )
    add_json(parser)
    parser.set_defaults(run=index)


def add_watch(commands: Commands) -> None:
    """Declare `pincite watch`."""
    parser = commands.add_parser(
        "watch",
        help="keep an index in step with its folders until it is stopped",
        description="Bring an index up to date, and again whenever files in its folders change, "
        "until it is stopped with Ctrl+C. A PATH is added to the index first, as by pincite index.",
        epilog="example: pincite watch articles/",
    )
    _add_paths(parser)
    parser.set_defaults(run=watch)


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder or file of articles"
    )
    add_index_folder(parser, "where the index is kept")


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
        help="with show: include comments and boilerplate, which are set aside",
    )
    parser.add_argument(
        "--left-out",
        action="store_true",
        help="list the files that are not in the index, with the reason",
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
    from index.embedding.model_files import BASE_MODEL, DEFAULT_MODEL
    from index.errors import DamagedError
    from index.library import Library, SyncReport
    from index.storage.manifest import rebuild_advice

    if args.store is not None and is_address(args.store):
        args.index, args.store = args.store, None
    if args.verify and isinstance(args.index, Path) and (args.index / MANIFEST_NAME).is_file():
        for damage in Library.check(args.index).damaged:
            raise DamagedError(args.index / damage.path, damage.problem)
    tables = [path for path in args.paths if path.suffix.lower() in SUFFIXES]
    paths = [path for path in args.paths if path not in tables]
    if args.paths:
        if paths:
            _check_paths(args.index, paths)
        target = Library.open_or_create(
            args.index,
            encoder=args.encoder,
            store=args.store,
            precision=args.precision,
            on_wait=report_wait,
        )
    else:
        target = Library.open(args.index, on_wait=report_wait)
        if args.encoder:  # raises an error if it is not the encoder of the index
            target = Library.open_or_create(args.index, encoder=args.encoder, on_wait=report_wait)
        if args.store:
            target.use_store(args.store)
        if args.precision:
            target.use_precision(args.precision)
    report, removed, imported = SyncReport(), 0, 0
    for root in args.remove or ():
        removed += len(target.remove_root(root).removed)
        print_message(f"removed {root}")
    # The other folders may be unavailable at the moment, so removing one does not sync them.
    if paths or not (tables or args.remove):
        with SyncProgressBar() as progress:
            report = target.sync(
                *paths,
                verify=args.verify,
                prune=args.prune,
                retry=args.retry,
                progress=progress,
            )
    for table in tables:
        with SyncProgressBar() as progress:
            fields = dict(args.map or ())
            imported += target.import_articles(table, fields=fields, progress=progress)
    report_problems(report)
    counts = {
        "imported": imported,
        **_counts(report),
        "removed": len(report.removed) + removed,
    }
    unsupported = Counter(report.unsupported)
    if args.json:
        skipped = [{"path": str(skip.path), "reason": skip.reason} for skip in report.skipped]
        print_json(
            {
                **counts,
                "skipped": skipped,
                "unsupported": dict(unsupported.most_common()),
                "warnings": [str(warning) for warning in report.warnings],
                "articles": len(target),
            }
        )
    else:
        print(_summary(target, args.index, {**counts, "skipped": len(report.skipped)}))
        if unsupported:
            several = ", ".join(
                f"{count} {suffix}" for suffix, count in unsupported.most_common(_MOST_SUFFIXES)
            )
            more = ", …" if len(unsupported) > _MOST_SUFFIXES else ""
            print(f"Not read, no parser for them: {several}{more}")
    if target.manifest.encoder == BASE_MODEL and not args.encoder:
        print_message(
            f"pincite: {args.index} was made with the earlier default encoder {BASE_MODEL}; "
            f"{DEFAULT_MODEL} finds more. {rebuild_advice(args.index)}"
        )
    return DONE


def _counts(report: SyncReport) -> dict[str, int]:
    return {
        "added": len(report.added),
        "changed": len(report.changed),
        "renamed": len(report.renamed),
        "removed": len(report.removed),
        "unchanged": len(report.unchanged),
    }


def _summary(target: Library, path: Path, counts: Mapping[str, int]) -> str:
    changes = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{len(target)} articles in {path}: {changes or 'nothing to do'}"


_MOST_SUFFIXES = 8


def watch(args: argparse.Namespace) -> int:
    """Run `pincite watch`, until Ctrl+C."""
    from index.library import Library

    if args.paths:
        _check_paths(args.index, args.paths)
        target = Library.open_or_create(args.index, on_wait=report_wait)
        with SyncProgressBar() as progress:
            report = target.sync(*args.paths, progress=progress)
        print(_summary(target, args.index, _counts(report)), flush=True)
    else:
        target = Library.open(args.index, on_wait=report_wait)
    if not target.manifest.roots:
        raise RootError(f"{args.index} follows no folder; name one: pincite watch PATH")

    def on_report(report: SyncReport) -> None:
        report_problems(report)
        counts = {**_counts(report), "unchanged": 0, "skipped": len(report.skipped)}
        print(_summary(target, args.index, counts), flush=True)

    print_message(f"watching {len(target)} articles in {args.index} (stop with Ctrl+C)")
    try:
        target.watch(
            threading.Event(),
            on_report=on_report,
            on_error=lambda error: print_message(f"pincite: {error}"),
        )
    except KeyboardInterrupt:
        print_message("pincite: stopped")
    return DONE


def _field_name(text: str) -> tuple[str, str]:
    field, separator, name = text.partition("=")
    if not separator or field not in FIELDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FIELD=NAME with one of the fields {', '.join(FIELDS)}"
        )
    return field, name


def _check_paths(index: Path | str, paths: Sequence[Path]) -> None:
    """Check the paths before an index is created for them.

    A folder that is in the index already may be gone; the sync handles that. Raises SettingError
    or RootError.
    """
    from index.ingest.scan import walk
    from index.library import Library

    try:
        known = {root.path for root in Library.open(index).manifest.roots}
        is_new = False
    except NoIndexError:
        known, is_new = set(), True
    for path in paths:
        if str(path.expanduser().resolve()) in known:
            continue
        if not path.exists():
            raise SettingError(f"{path} does not exist; name a folder or file of articles")
        if path.is_file() and not is_supported(path):
            raise SettingError(f"{path}: unsupported format; use one of {supported_formats()}")
        if is_new and next(walk(path), None) is None:
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
    listed = source.articles()
    if args.json:
        print_json(
            [{"id": one.id, **article_json(one), "paragraphs": one.paragraphs} for one in listed]
        )
        return DONE
    for one in listed:
        about = one.metadata
        dated = about.published.isoformat() if about.published else str(about.year or "undated")
        numbered = counted(one.paragraphs, "paragraph")
        details = [*about.authors, about.publisher or "", dated, numbered]
        print(f"{terminal_name(one.id)}\n   {terminal_text(about.title) or '(no title)'}")
        print(f"   {', '.join(terminal_text(part) for part in details if part)}")
    if not listed:
        print(NO_ARTICLES)
    return DONE


def _left_out(source: Library, *, as_json: bool) -> int:
    from index.ingest.status import skipped_files

    skips = skipped_files(source.snapshot().files())
    if as_json:
        print_json([{"path": skip.path, "reason": skip.reason} for skip in skips])
        return DONE
    for skip in skips:
        print(f"{terminal_name(skip.path)}\n   {terminal_text(skip.reason)}")
    if not skips:
        print("No file was left out.")
    return DONE


def _show(article: Article, *, dropped: bool, as_json: bool) -> int:
    shown = [one for one in article.paragraphs if dropped or one.kind.is_searched]
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
    print(f"{terminal_text(article.metadata.title) or terminal_name(article.id)}\n")
    for one in shown:
        kind = "" if one.kind.value == "body" else f" ({one.kind.value})"
        print(f"¶{one.number}{kind}  {terminal_text(one.span.of(article.text))}\n")
    if not dropped and (hidden := len(article.paragraphs) - len(shown)):
        print_message(f"{counted(hidden, 'paragraph')} set aside; --dropped shows them")
    return DONE


def cache(args: argparse.Namespace) -> int:
    """Run `pincite cache`."""
    from qa.indexes import delete_private_indexes, private_indexes

    source = str(args.path.expanduser().resolve()) if args.path else None
    indexes = delete_private_indexes(source) if args.action == "clear" else private_indexes(source)
    if source and not indexes:
        raise SettingError(f"there is no private index of {source}; pincite cache lists them")
    if args.json:
        print_json(
            [{"source": one.source, "path": str(one.path), "bytes": one.size} for one in indexes]
        )
        return DONE
    verb = "deleted " if args.action == "clear" else ""
    for one in indexes:
        print(f"{verb}{terminal_name(one.source)}  {one.size / 1e6:.1f} MB  {one.path}")
    if not indexes:
        print("No private indexes.")
    return DONE
