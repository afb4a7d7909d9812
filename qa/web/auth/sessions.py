"""Sessions of users who have logged in, and the throttling of attempts to do so."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from qa.web.auth.accounts import Account, AccountKind, Accounts

SESSION_SECONDS = 12 * 3600
"""How long a session lasts without a request."""

_FREE_ATTEMPTS = 5
_LONGEST_WAIT = 300.0
_FORGET_SECONDS = 3600.0
_MAX_KEYS = 10_000


@dataclass(slots=True)
class _Session:
    user: Account
    expires: float


class Sessions:
    """The sessions of this process; all end with it. Thread-safe."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    def start(self, user: Account) -> str:
        """Return the secret of a new session, for the browser's cookie."""
        secret = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._lock:
            self._sessions = {
                key: session for key, session in self._sessions.items() if session.expires > now
            }
            self._sessions[_key(secret)] = _Session(user, now + SESSION_SECONDS)
        return secret

    def user(self, secret: str) -> Account | None:
        """Return the user of a session, or None.

        A session ends when its user is removed or gets another password or role.
        """
        now = time.monotonic()
        with self._lock:
            session = self._sessions.get(_key(secret))
            if session is None or session.expires < now:
                return None
            session.expires = now + SESSION_SECONDS
            user = session.user
        if self._accounts.find(AccountKind.USER, user.name) != user:
            self.end(secret)
            return None
        return user

    def end(self, secret: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_key(secret), None)


class Throttle:
    """Counts failed attempts by name and by client; each after the fifth doubles the wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def seconds_to_wait(self, *keys: str) -> float:
        """Return how long another attempt has to wait, 0 if it may be made now."""
        now = time.monotonic()
        waits = [0.0]
        with self._lock:
            for key in keys:
                count, last = self._failures.get(key, (0, 0.0))
                if count >= _FREE_ATTEMPTS:
                    pause = min(2.0 ** (count - _FREE_ATTEMPTS), _LONGEST_WAIT)
                    waits.append(last + pause - now)
        return max(waits)

    def add_failure(self, *keys: str) -> None:
        """Count a failed attempt."""
        now = time.monotonic()
        with self._lock:
            if len(self._failures) > _MAX_KEYS:
                self._failures = {
                    key: (count, last)
                    for key, (count, last) in self._failures.items()
                    if now - last < _FORGET_SECONDS
                }
            for key in keys:
                self._failures[key] = (self._failures.get(key, (0, 0.0))[0] + 1, now)

    def forget(self, *keys: str) -> None:
        """Forget the failures after a success."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
