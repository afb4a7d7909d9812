"""Stop the server without cutting off what runs."""

from __future__ import annotations

import threading
from types import FrameType

from uvicorn import Config, Server

from qa.web.service import Service


class DrainingServer(Server):
    """A server that, on SIGTERM or SIGINT, finishes what runs before it stops.

    Meanwhile it answers pages and its status, and 503 to new questions and changes. A second
    signal stops it at once.
    """

    def __init__(self, config: Config, service: Service) -> None:
        super().__init__(config)
        self.is_drained = False
        self._service = service
        self._draining: threading.Thread | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop. Called by the signal handler."""
        if self._draining is None:
            self._draining = threading.Thread(target=self._drain, name="draining", daemon=True)
            self._draining.start()
        else:
            self.should_exit = self.force_exit = True

    def _drain(self) -> None:
        self.is_drained = self._service.drain()
        self.should_exit = True
