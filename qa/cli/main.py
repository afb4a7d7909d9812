"""Parse arguments, run one command and turn errors into messages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from index.errors import LibraryError, SettingError
from qa.cli.accounts import add_accounts
from qa.cli.asking import add_ask, add_search
from qa.cli.evaluation import add_compare_parser, add_eval_parser
from qa.cli.indexing import add_articles, add_cache, add_index, add_watch
from qa.cli.maintenance import add_backup, add_check, add_repair, add_restore
from qa.cli.output import ERROR as FAILED
from qa.cli.output import INTERRUPTED, USAGE, escape_unencodable, print_message
from qa.cli.serving import add_chat, add_mcp, add_serve
from qa.cli.settings import SETTINGS_FILE, apply_settings
from qa.errors import QAError, QuestionError

_EPILOG = """\
first steps:
  pincite ask "Who trains the agents?" --articles seeds/    ask a folder directly
  pincite index articles/                                   keep an index in .pincite
  pincite ask "When was the treaty signed?"                 ask that index
  pincite chat                                              the same in a browser

exit status: 0 success, 1 error, 2 wrong usage, 3 no answer found
"""


class _Version(argparse.Action):
    """Print the version; looking it up takes too long to do it for every command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"pincite {version('pincite')}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with the defaults of `pincite.toml`."""
    top = argparse.ArgumentParser(
        prog="pincite",
        description="Ask a folder of articles and get their own words back, cited to the "
        "paragraph. No text is generated, and nothing leaves this machine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_index(commands)
    add_watch(commands)
    add_ask(commands)
    add_search(commands)
    add_articles(commands)
    add_eval_parser(commands)
    add_compare_parser(commands)
    add_chat(commands)
    add_serve(commands)
    add_mcp(commands)
    add_cache(commands)
    add_check(commands)
    add_repair(commands)
    add_backup(commands)
    add_restore(commands)
    add_accounts(commands)
    for command in commands.choices.values():
        command.set_defaults(configured={})
    apply_settings(commands.choices, SETTINGS_FILE)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    escape_unencodable()
    try:
        args = parser().parse_args(arguments)
        status: int = args.run(args)
        sys.stdout.flush()
    except (QuestionError, SettingError) as error:
        print_message(f"pincite: {error}")
        return USAGE
    except (LibraryError, QAError) as error:
        print_message(f"pincite: {error}")
        return FAILED
    except KeyboardInterrupt:
        print_message("pincite: stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # The program that reads the output has ended, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print_message(
            f"pincite: {where}{error.strerror or error}; check the path, its permissions and the "
            "free space"
        )
        return FAILED
    return status


if __name__ == "__main__":
    sys.exit(main())
