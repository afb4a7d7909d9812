"""Run an operation in a child process in which one call of the operating system fails.

The calls are those of `faults.c`. A child is forked from a process that has imported everything,
so that an attempt takes a fraction of a second.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from index.errors import DamagedError, LibraryError, NoIndexError
from index.parsing.article import make_article
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.segmentation.language import looks_english
from index.segmentation.sentences import sentences
from tests.torture.operations import OPERATIONS, Place, copy, make, state

LIBRARY = "PINCITE_FAULTS"
"""Environment variable that names the compiled library; set in processes that have it loaded."""


@dataclass(frozen=True)
class Fault:
    """What happens at the chosen one of some calls: an error once, from then on, or SIGKILL."""

    code: int
    how: int
    calls: int = 0  # CHANGE


ONCE, FROM_THEN_ON, KILL = range(3)  # as in faults.c
CHANGE, READ, MAP = range(3)

FAULTS = {
    "a write fails": Fault(errno.EIO, ONCE),
    "the disk is full": Fault(errno.ENOSPC, FROM_THEN_ON),
    "killed": Fault(0, KILL),
    "a read fails": Fault(errno.EIO, ONCE, READ),
    "a mapping fails": Fault(errno.ENOMEM, ONCE, MAP),
}


def build(folder: Path) -> Path | None:
    """Compile the library of faults into a folder; None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path, source = folder / "faults.so", Path(__file__).with_name("faults.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(path), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return path


def preload() -> None:
    """Import and load all that an operation uses, without starting a thread."""
    import faiss  # noqa: F401
    import filelock  # noqa: F401
    import numpy.ma
    import numpy.random  # noqa: F401
    import tantivy  # noqa: F401

    article = make_article("One sentence. Another one.", "article")
    chunk_article(article, ChunkSettings(), fits=lambda _: True)
    list(sentences(article.text, article.paragraphs[0].span))
    looks_english(article)


def in_child(call: Callable[[], Any]) -> Any:
    """Call in a forked process, and return what it returns, through JSON; None if it is killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(call(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def _run(call: Callable[[], object]) -> str:
    """Return "" if a call succeeds or raises one of the package's errors, else the traceback.

    A fault is not damage, so that DamagedError is wrong as well.
    """
    try:
        call()
    except DamagedError:
        return traceback.format_exc()
    except LibraryError:
        return ""
    except BaseException:
        return traceback.format_exc()
    return ""


def _state(path: Path) -> Any:
    try:
        return state(path)
    except NoIndexError:
        return "no index"
    except BaseException:
        return traceback.format_exc()


class Attempts:
    """Attempts at one operation, each with a fault at another call."""

    def __init__(self, name: str, work: Path) -> None:
        self.name = name
        self.operation = OPERATIONS[name]
        self._work = work / name.replace(" ", "-")
        shutil.rmtree(self._work, ignore_errors=True)
        self._template = Place(
            *(self._work / part for part in ("index", "articles", "backup", "x"))
        )
        in_child(lambda: make(self._template))
        self._known = [in_child(partial(_state, self._template.index))]
        in_child(lambda: self.operation.before(self._template))
        self._faults = ctypes.CDLL(os.environ[LIBRARY])
        self.old = self._states(copy(self._template, self._work / "old"))
        place = copy(self._template, self._work / "new")
        problem = in_child(lambda: _run(lambda: self.operation.run(place)))
        assert problem == "", problem
        self.new = self._states(place)
        self._known.append(self.new[0])

    def _states(self, place: Place) -> list[Any]:
        return [in_child(partial(_state, path)) for path in (place.index, place.empty)]

    def calls(self, fault: Fault) -> int:
        """Return how many calls the operation makes at which a fault can happen."""
        place = copy(self._template, self._work / "attempt")
        result = in_child(partial(self._run_with, place, replace(fault, how=ONCE), 0))
        return int(result[1])

    def _run_with(self, place: Place, fault: Fault, number: int) -> list[Any]:
        """Run with a fault at one call, none for 0; return what was wrong and the calls seen."""
        folder = os.fsencode(place.index.parent)
        self._faults.faults_arm(folder, number, fault.code, fault.how, fault.calls)
        problem = _run(lambda: self.operation.run(place))
        seen = self._faults.faults_seen()
        self._faults.faults_arm(b"", 0, 0, 0, 0)
        return [problem, seen]

    def attempt(self, fault: Fault, number: int) -> list[str]:
        """Fail at the `number`-th call, and return all that was wrong."""
        place = copy(self._template, self._work / "attempt")
        result = in_child(partial(self._run_with, place, fault, number))
        wrong = [result[0]] if result is not None and result[0] else []

        def afterwards() -> list[Any]:
            states = [_state(path) for path in (place.index, place.empty)]
            shutil.rmtree(place.empty, ignore_errors=True)
            again = _run(lambda: self.operation.run(place))
            return [states, again, [_state(path) for path in (place.index, place.empty)]]

        states, again, last = in_child(afterwards)
        for one, old, new in zip(states, self.old, self.new, strict=True):
            if one not in (old, new) and not self._is_between(one):
                wrong.append(f"neither the old nor the new state: {one}")
        if again or last != self.new:
            wrong.append(f"run again, it ended otherwise: {again or last}")
        return wrong

    def _is_between(self, found: Any) -> bool:
        """Whether every article that is found is one of the old or of the new state."""
        if not self.operation.in_parts or not isinstance(found, list) or len(found) != 5:
            return False
        known = [article for one in self._known for article in one[0]]
        return all(article in known for article in found[0])


def restart(module: str, arguments: list[str], library: Path) -> None:
    """Start this program again with the library of faults loaded. Does not return."""
    environment = {**os.environ, "LD_PRELOAD": str(library), LIBRARY: str(library)}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)
