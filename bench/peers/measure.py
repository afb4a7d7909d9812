"""Run one part of one system in that system's environment.

Prints timings as JSON on the last line, and "first" once the first question is answered.

    ENVIRONMENT/bin/python bench/peers/measure.py SYSTEM index|first|search WORK MODEL

Only `systems/pincite.py` imports the project.
"""

import importlib
import json
import resource
import sys
import time
from pathlib import Path

K = 5


def main() -> None:
    """Run one part and print its timings."""
    system, part, work, model = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    code = importlib.import_module(f"systems.{system}")
    inputs = json.loads((work / "texts.json").read_text(encoding="utf-8"))
    folder = work / f"index-{system}"
    if part == "index":
        # Importing and loading the model count as part of the system's time.
        began = time.perf_counter()
        code.index(inputs["texts"], model, folder)
        figures = {
            "seconds": time.perf_counter() - began,
            "processor_seconds": time.process_time(),
            "texts": len(inputs["texts"]),
        }
    else:
        search = code.opened(model, folder)
        first = search(inputs["questions"][0]["question"], K)
        assert first
        print("first", flush=True)  # the parent process takes the time
        figures = {"processor_seconds": time.process_time()}
        if part == "search":
            figures = searched(search, inputs["questions"])
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps(figures))


def searched(search, questions) -> dict:
    """Return seconds per search, and recall@5."""
    hits_at_k, times, used = 0, [], time.process_time()
    for item in questions:
        began = time.perf_counter()
        hits = search(item["question"], K)
        times.append(time.perf_counter() - began)
        hits_at_k += item["text"] in hits[:K]
    used = time.process_time() - used
    times.sort()
    return {
        "questions": len(questions),
        "p50": times[len(times) // 2],
        "p95": times[int(len(times) * 0.95)],
        "processor_seconds": used / len(questions),
        "recall@5": hits_at_k / len(questions),
    }


if __name__ == "__main__":
    main()
