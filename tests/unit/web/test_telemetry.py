"""Logs and traces say how questions went, and none of their words."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import NoIndexError, SettingError
from qa.web.service import Service
from qa.web.telemetry import JsonFormatter, trace_settings
from tests import PROJECT

QUESTION = "Who closed the Halden bridge?"

TRACED = """
import sys
from pathlib import Path
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from index.library import Library
from qa.retrieval.retriever import Retriever
from qa.web.admission import AdmissionQueue
from qa.web.telemetry import trace_settings
from tests.helpers.library import HashingEncoder

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
library = Library.create(Path(sys.argv[1]), encoder=HashingEncoder())
library.add("The mayor closed the Halden bridge.", id="bridge")
retriever = Retriever(library)
app = FastAPI(telemetry=trace_settings())

@app.get("/search")
def search(q: str = "Who closed the Halden bridge?") -> int:
    with AdmissionQueue(1).slot():
        return len(retriever.retrieve(q))

client = TestClient(app)
for address in ("/search", "/search?q=Halden"):
    assert client.get(address).json() == 1
try:
    retriever.retrieve("Halden " * 1000)
except Exception:
    pass
for span in spans.get_finished_spans():
    print(span.name, dict(span.attributes), span.events, span.status.description)
"""


def test_traces_have_no_words_of_questions(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    command = [sys.executable, "-c", TRACED, str(tmp_path / "index")]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    names = [line.split(" ")[0] for line in run.stdout.splitlines()]
    # The request with a query in its address has the steps only.
    assert sorted(names) == ["GET", *["pincite.retrieve"] * 3, *["pincite.wait"] * 2]
    assert "Halden" not in run.stdout


def test_traces_that_cannot_be_sent_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingError, match=r"ENDPOINT is set, but .* 'pincite\[tracing\]'"):
        trace_settings()


@pytest.mark.parametrize("log_questions", [False, True])
def test_the_log_has_the_words_of_questions_only_if_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, log_questions: bool
) -> None:
    caplog.set_level(logging.INFO, "qa")
    service = Service(tmp_path / "none", log_questions=log_questions)
    service.start()
    with pytest.raises(NoIndexError, match="there is no index in"):
        service.ask(QUESTION)
    (line,) = [
        json.loads(JsonFormatter().format(record))
        for record in caplog.records
        if record.name == "qa.web.service"
    ]
    assert line["message"].startswith("question: failed, ")
    assert (line["level"], line["outcome"]) == ("INFO", "failed")
    assert line["seconds"] >= 0
    assert line.get("question") == (QUESTION if log_questions else None)
    assert ("Halden" in json.dumps(line)) == log_questions


def test_an_error_is_one_line() -> None:
    try:
        raise ValueError("over\ntwo lines")
    except ValueError:
        record = logging.LogRecord("qa", logging.ERROR, "", 1, "it failed", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ValueError: over\ntwo lines" in json.loads(line)["error"]
