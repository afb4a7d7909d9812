"""`pincite user` and `pincite token`: who may use a server that is started with `--auth`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.output import DONE, print_message
from qa.errors import AccountError

if TYPE_CHECKING:
    from qa.cli.args import Commands

_ROLES = ("reader", "editor")


def add_accounts(commands: Commands) -> None:
    """Declare `pincite user` and `pincite token`."""
    for kind, who in (("user", "people, who log in"), ("token", "programs, which send a token")):
        parser = commands.add_parser(
            kind,
            help=f"add, list or remove a {kind} of a server with --auth",
            description=f"Manage the accounts of {who}. A password is asked for, or read from "
            "standard input; a token is printed once."
            if kind == "user"
            else f"Manage the accounts of {who}. A token is printed once, when it is added.",
            epilog=f"example: pincite {kind} add ada --role editor --auth accounts.json",
        )
        parser.add_argument("action", choices=("add", "list", "remove"))
        parser.add_argument("name", nargs="?", metavar="NAME", help=f"the {kind}'s name")
        parser.add_argument(
            "--auth", type=Path, required=True, metavar="FILE", help="the file of accounts"
        )
        parser.add_argument(
            "--role",
            choices=_ROLES,
            default="reader",
            help="reader: ask and read (the default); editor: also change the articles",
        )
        parser.set_defaults(run=accounts, kind=kind)


def accounts(args: argparse.Namespace) -> int:
    """Run `pincite user` or `pincite token`. Raises AccountError."""
    from qa.web.auth.accounts import AccountKind, Accounts, Role

    kind = AccountKind.USER if args.kind == "user" else AccountKind.TOKEN
    known = Accounts(args.auth)
    if args.action == "list":
        for account in known.all():
            if account.kind is kind:
                print(f"{account.name}\t{account.role}")
        return DONE
    if not args.name:
        raise AccountError(f"give the {args.kind}'s name: pincite {args.kind} {args.action} NAME")
    if args.action == "remove":
        known.remove(kind, args.name)
    elif kind is AccountKind.USER:
        known.set_user(args.name, Role(args.role), _read_password())
    else:
        print(known.add_token(args.name, Role(args.role)))
    past = "removed" if args.action == "remove" else "added"
    print_message(f"{past} {args.kind} {args.name}")
    return DONE


def _read_password() -> str:
    """Ask for a password twice, or read it from standard input where that is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise AccountError("the two passwords differ; try again")
    return password
