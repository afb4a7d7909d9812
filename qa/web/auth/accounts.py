"""Accounts: users with passwords, and tokens for programs, each with a role.

    {"users": {"ada": {"role": "editor", "hash": "$argon2id$…"}},
     "tokens": {"nightly": {"role": "reader", "hash": "<SHA-256 of the token>"}}}

Needs the package `argon2-cffi` (the extra `auth`) and is the only module that imports it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa.errors import AccountError

MIN_PASSWORD = 12
"""Characters of the shortest password (NIST SP 800-63B-4 asks for 15 alone, 8 beside others)."""

_MAX_PASSWORD = 1024
_TOKEN_PREFIX = "pincite_"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Role(StrEnum):
    """What an account may do. `READER`: ask and read. `EDITOR`: also change the articles and
    run benchmarks."""

    READER = "reader"
    EDITOR = "editor"


class AccountKind(StrEnum):
    """Who an account is for."""

    USER = "users"
    TOKEN = "tokens"


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its kind, name and role, and the hash of its password or token."""

    kind: AccountKind
    name: str
    role: Role
    hash: str


class Accounts:
    """The accounts in a file. Thread-safe; changes of the file take effect at once."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises AccountError if it cannot be used or argon2 is not installed."""
        if find_spec("argon2") is None:
            raise AccountError(
                "accounts need argon2-cffi: install it with pip install 'pincite[auth]'"
            )
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._accounts: dict[AccountKind, dict[str, Account]] = {}
        # Checked for unknown names, so that the time of an answer does not tell which exist.
        self._unknown = _hasher().hash(secrets.token_urlsafe())

    def all(self) -> list[Account]:
        """Return the accounts, sorted. Raises AccountError if the file cannot be used."""
        found = self._read()
        return [found[kind][name] for kind in AccountKind for name in sorted(found[kind])]

    def find(self, kind: AccountKind, name: str) -> Account | None:
        """Return an account, None if there is none of that name."""
        return self._read()[kind].get(name)

    def check_password(self, name: str, password: str) -> Account | None:
        """Return the user with that name and password, or None."""
        from argon2.exceptions import InvalidHashError, VerificationError

        user = self.find(AccountKind.USER, name)
        if len(password) > _MAX_PASSWORD:
            return None
        try:
            _hasher().verify(user.hash if user is not None else self._unknown, password)
        except (VerificationError, InvalidHashError):
            return None
        return user

    def check_token(self, token: str) -> Account | None:
        """Return the account of a token, or None."""
        digest = _token_hash(token)
        for account in self._read()[AccountKind.TOKEN].values():
            if secrets.compare_digest(account.hash, digest):
                return account
        return None

    def set_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or replace the one of that name. Raises AccountError for a bad password."""
        if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
            raise AccountError(
                f"the password has {len(password)} characters; use {MIN_PASSWORD} to "
                f"{_MAX_PASSWORD}"
            )
        self._write(Account(AccountKind.USER, name, role, _hasher().hash(password)))

    def add_token(self, name: str, role: Role) -> str:
        """Add a token, or replace the one of that name, and return it; only its hash is kept."""
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        self._write(Account(AccountKind.TOKEN, name, role, _token_hash(token)))
        return token

    def remove(self, kind: AccountKind, name: str) -> None:
        """Remove an account. Raises AccountError if there is none of that name."""
        if self.find(kind, name) is None:
            raise AccountError(f"there is no {kind.value[:-1]} {name!r} in {self.path}")
        accounts = [
            account for account in self.all() if (account.kind, account.name) != (kind, name)
        ]
        _write_file(self.path, accounts)

    def _write(self, account: Account) -> None:
        if not _NAME.fullmatch(account.name):
            raise AccountError(
                f"{account.name!r} cannot be a name; use up to 64 of a-z, 0-9, '.', '_' and '-'"
            )
        key = (account.kind, account.name)
        others = [one for one in self.all() if (one.kind, one.name) != key]
        _write_file(self.path, [*others, account])

    def _read(self) -> Mapping[AccountKind, Mapping[str, Account]]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return {kind: {} for kind in AccountKind}
        except OSError as error:
            raise AccountError(f"cannot read {self.path}: {error.strerror}") from error
        if status.st_mode & 0o077:
            raise AccountError(
                f"others can read or write {self.path}; keep it to yourself: chmod 600 {self.path}"
            )
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            if stamp != self._stamp:
                self._accounts = _read_file(self.path)
                self._stamp = stamp
            return self._accounts


def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher()  # the second recommended option of RFC 9106


def _token_hash(token: str) -> str:
    # A token is random, so a fast hash protects it as well as a slow one.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _read_file(path: Path) -> dict[AccountKind, dict[str, Account]]:
    try:
        data = json.loads(path.read_bytes())
        return {
            kind: {
                str(name): Account(kind, str(name), Role(entry["role"]), str(entry["hash"]))
                for name, entry in data[kind.value].items()
            }
            for kind in AccountKind
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AccountError(f"{path} is not a file of accounts: {error!r}") from error


def _write_file(path: Path, accounts: list[Account]) -> None:
    data = {
        kind.value: {
            account.name: {"role": account.role.value, "hash": account.hash}
            for account in accounts
            if account.kind is kind
        }
        for kind in AccountKind
    }
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(data, indent=1).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise AccountError(f"cannot write {path}: {error.strerror or error}") from error
