"""Metrics for Prometheus at `/metrics`.

Needs the package `prometheus-client` (the extra `metrics`) and is the only module that imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from index.errors import LibraryError
from qa.web.service import Phase, Service


def add_metrics(app: FastAPI, service: Service) -> bool:
    """Declare `/metrics` on `app`; return False where `prometheus_client` is not installed.

    The route then only says how to install it.
    """
    if find_spec("prometheus_client") is None:

        @app.get("/metrics", include_in_schema=False)
        def explain() -> JSONResponse:
            message = "this needs prometheus-client: install it with pip install 'pincite[metrics]'"
            return JSONResponse({"detail": message}, 501)

        return False
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_ServiceCollector(service))

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return True


class _ServiceCollector:
    """Collects what the service counts; no metric holds words of a question or an article."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            SummaryMetricFamily,
        )

        service = self._service
        outcomes, seconds = service.question_counts()
        questions = CounterMetricFamily(
            "pincite_questions", "Questions by what became of them.", labels=["outcome"]
        )
        for outcome, count in sorted(outcomes.items()):
            questions.add_metric([outcome.value], count)
        yield questions
        yield SummaryMetricFamily(
            "pincite_question_seconds",
            "Seconds from asking to the answer, waiting included.",
            count_value=outcomes.total(),
            sum_value=seconds,
        )
        yield GaugeMetricFamily(
            "pincite_questions_running", "Questions being answered.", service.queue.taken
        )
        yield GaugeMetricFamily(
            "pincite_questions_waiting", "Questions that wait.", service.queue.waiting
        )
        is_ready = service.status().phase is Phase.READY and not service.is_stopping
        yield GaugeMetricFamily("pincite_ready", "1 while questions are taken.", int(is_ready))
        try:
            articles = len(service.library())
        except LibraryError:
            return
        yield GaugeMetricFamily("pincite_articles", "Articles in the index.", articles)
