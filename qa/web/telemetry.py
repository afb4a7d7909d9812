"""What the server tells those who run it: traces by OpenTelemetry, and a log in lines of JSON."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from importlib import import_module

from fastapi.telemetry import TelemetryConfig

from index.errors import SettingError

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_NOT_FIELDS = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"})


def trace_settings() -> TelemetryConfig:
    """Return what FastAPI traces; it is sent where OpenTelemetry's environment variables say.

    Requests with a query are left out, as it may have words that are searched for. Raises
    SettingError if a variable is set and the exporter is not installed.
    """
    endpoint = next((name for name in _ENDPOINTS if os.environ.get(name)), None)
    if endpoint is not None:
        try:
            import_module(_EXPORTER)
        except ImportError as error:
            raise SettingError(
                f"{endpoint} is set, but {error}; install what sends traces with "
                "pip install 'pincite[tracing]'"
            ) from error
        os.environ.setdefault("OTEL_SERVICE_NAME", "pincite")
    return {
        "auto_configure": endpoint is not None,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "exclude": lambda scope: bool(scope.get("query_string")),
    }


def log_as_json() -> None:
    """Write what the packages log, from the level INFO on, to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    for name in ("index", "qa"):
        logging.getLogger(name).setLevel(logging.INFO)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, with the fields of its `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {key: value for key, value in vars(record).items() if key not in _NOT_FIELDS}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": time,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        return json.dumps(line, default=str)
