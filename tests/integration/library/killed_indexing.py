"""Run by `test_killed`: sync in child processes, and kill them with SIGKILL.

Imports everything once, then forks a child for each line `INDEX FOLDER KIND NUMBER` of
standard input. KIND "after" kills the child NUMBER seconds after it starts; "step" when it is
about to flush or rename its NUMBER-th file; "never" lets it finish. Prints "killed", or
"finished" and the seconds it took.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from index.embedding.encoder import load_encoder
from index.library import Library


def die_at_step(number: int) -> None:
    """Kill this process instead of making its `number`-th call that flushes or renames files."""
    left = number

    def deadly(real):  # type: ignore[no-untyped-def]
        def call(*arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    os.fsync = deadly(os.fsync)
    Path.replace = deadly(Path.replace)  # type: ignore[method-assign]
    os.unlink = deadly(os.unlink)


def main() -> None:
    import faiss  # noqa: F401
    import onnxruntime  # noqa: F401
    import tantivy  # noqa: F401

    # Everything slow is imported, but nothing is encoded here: that starts threads, which a
    # child would not have.
    encoder = load_encoder()
    assert encoder.fits("The tokenizer and the fingerprint are ready.")
    assert encoder.fingerprint
    print("ready", flush=True)
    for line in sys.stdin:
        index, folder, kind, number = line.rstrip("\n").split("\t")
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            if kind == "step":
                die_at_step(int(number))
            status = 1
            try:
                Library.open(index, encoder=encoder, lock_timeout=0).sync(folder)
                status = 0
            finally:
                os._exit(status)
        if kind == "after":
            time.sleep(float(number))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print("killed", flush=True)
        else:
            assert os.WEXITSTATUS(status) == 0, f"the child failed with {status}"
            print(f"finished {time.monotonic() - started}", flush=True)


if __name__ == "__main__":
    main()
