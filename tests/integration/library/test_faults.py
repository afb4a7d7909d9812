"""A fault at any call leaves the old or the new state; a part of `make torture`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import PROJECT

OPERATIONS = ["sync", "sync in parts", "restore", "repair"]
ATTEMPTS = 3


@pytest.mark.skipif(shutil.which("cc") is None, reason="the faults need a C compiler")
def test_faults_at_some_calls_of_every_kind(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "tests.torture", "--work", str(tmp_path), "--attempts", str(ATTEMPTS),
        "--flips", "0", "--only", *OPERATIONS,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    run = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    counts = json.loads((tmp_path / "counts.json").read_text())
    faults = counts["faults"].values()
    assert len(faults) == 5 * len(OPERATIONS)
    assert all(entry["tried"] == min(ATTEMPTS, entry["calls"]) for entry in faults)
    assert "      0  wrong" in run.stdout
