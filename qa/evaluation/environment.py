"""Describe the machine and the package versions of a run."""

from __future__ import annotations

import os
import platform
import resource
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PACKAGES = ("pincite", "torch", "sentence-transformers", "faiss-cpu", "tantivy", "numpy")


def environment() -> dict[str, Any]:
    """Return Python, platform, processors, package versions and the peak memory so far in MB."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "packages": {name: known for name in _PACKAGES if (known := _version(name))},
        "peak_memory_mb": peak_memory_mb(),
    }


def peak_memory_mb() -> float:
    """Return the peak memory of this process in megabytes (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
