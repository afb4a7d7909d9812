"""`pincite check`, `pincite repair`, `pincite backup` and `pincite restore`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.args import add_index_folder, add_json
from qa.cli.output import (
    DONE,
    ERROR,
    SyncProgressBar,
    print_json,
    print_message,
    report_wait,
    terminal_name,
)
from qa.wording import counted

if TYPE_CHECKING:
    from index.storage.check import Damage
    from qa.cli.args import Commands


def add_check(commands: Commands) -> None:
    """Declare `pincite check`."""
    parser = commands.add_parser(
        "check",
        help="check every file of an index for damage",
        description="Read every file of an index and compare it with its digest. The status is 0 "
        "if all are whole, and 1 otherwise.",
        epilog="example: pincite check --index .pincite || pincite repair --index .pincite",
    )
    add_index_folder(parser, "the index")
    add_json(parser)
    parser.set_defaults(run=check)


def add_repair(commands: Commands) -> None:
    """Declare `pincite repair`."""
    parser = commands.add_parser(
        "repair",
        help="make what is damaged in an index again from the articles",
        description="Keep the stored articles that equal their digests, and read all others from "
        "their files again. The status is 0 if the index is whole afterwards, and 1 otherwise.",
        epilog="example: pincite repair --index .pincite",
    )
    add_index_folder(parser, "the index")
    add_json(parser)
    parser.set_defaults(run=repair)


def add_backup(commands: Commands) -> None:
    """Declare `pincite backup`."""
    parser = commands.add_parser(
        "backup",
        help="copy an index to a new folder while it is in use",
        description="Copy the newest state of an index, with its uploads and votes, to a new "
        "folder, which is an index itself. Every file is checked while it is copied.",
        epilog="example: pincite backup backups/monday",
    )
    parser.add_argument("target", type=Path, metavar="FOLDER", help="the new folder")
    add_index_folder(parser, "the index")
    parser.set_defaults(run=backup)


def add_restore(commands: Commands) -> None:
    """Declare `pincite restore`."""
    parser = commands.add_parser(
        "restore",
        help="make an index what it was when a backup was made",
        description="Check a backup and make an index what it was then, in one step. The index "
        "may be in use: a running chat window shows the restored state at the next question.",
        epilog="example: pincite restore backups/monday",
    )
    parser.add_argument("backup", type=Path, metavar="FOLDER", help="the folder of the backup")
    add_index_folder(parser, "the index")
    parser.set_defaults(run=restore)


def check(args: argparse.Namespace) -> int:
    """Run `pincite check`."""
    from index.library import Library

    report = Library.check(args.index)
    if args.json:
        print_json(
            {
                "index": str(args.index),
                "files": report.files,
                "bytes": report.bytes,
                "damaged": [asdict(one) for one in report.damaged],
            }
        )
    elif not report.damaged:
        print(f"{counted(report.files, 'file')} of {args.index} checked: all are whole")
    else:
        _print_damage(report.damaged, "is")
        print_message(f"To make them again: pincite repair --index {args.index}")
    return ERROR if report.damaged else DONE


def _print_damage(damaged: Sequence[Damage], verb: str) -> None:
    for one in damaged:
        print(f"{terminal_name(one.path)} {verb} damaged: {one.problem}")


def repair(args: argparse.Namespace) -> int:
    """Run `pincite repair`."""
    from index.library import Library

    with SyncProgressBar() as progress:
        report = Library.repair(args.index, progress=progress, on_wait=report_wait)
    if args.json:
        print_json(
            {
                "index": str(args.index),
                "damaged": [asdict(one) for one in report.damaged],
                "kept": report.kept,
                "reread": report.reread,
                "problems": list(report.problems),
            }
        )
    elif not report.damaged:
        print(f"{args.index} is whole; nothing to repair")
    else:
        _print_damage(report.damaged, "was")
        print(f"{counted(report.kept, 'article')} kept, {report.reread} read from files again")
    for problem in report.problems:
        print_message(problem)
    return ERROR if report.problems else DONE


def backup(args: argparse.Namespace) -> int:
    """Run `pincite backup`."""
    from index.library import Library

    Library.open(args.index).backup(args.target)
    print(f"{args.index} backed up to {args.target}")
    return DONE


def restore(args: argparse.Namespace) -> int:
    """Run `pincite restore`."""
    from index.library import Library

    Library.restore(args.backup, args.index, on_wait=report_wait)
    print(f"{args.index} is as it was when {args.backup} was made")
    return DONE
