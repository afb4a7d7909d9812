"""The HTTP API does what its OpenAPI description says, for requests that Schemathesis makes up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.helpers.chat_server import start_server

REQUESTS = 5
"""Random requests for each operation, besides those that every rule of the description asks for."""


def test_responses_are_as_described(
    web_articles: Path, web_index: Path, tmp_path: Path, free_port: int
) -> None:
    command = ("-m", "pincite", "serve")
    server = start_server(web_index, web_articles, command=command, port=free_port)
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run", f"{server.address}/openapi.json"),
            *("--phases", "coverage,fuzzing", "--max-examples", str(REQUESTS)),
            *("--generation-deterministic", "--request-timeout", "120", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    server.process.terminate()
    assert server.process.wait(60) == 0
    assert run.returncode == 0, run.stdout
