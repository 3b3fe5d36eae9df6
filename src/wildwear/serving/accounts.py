"""What a server says of its work: a line a request for whoever keeps logs, figures for Prometheus.

Neither holds anything of a photo, its name or its garments, nor the key.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Line = Callable[[dict[str, Any]], None]
SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
NO_ROUTE = "other"  # paths that nobody serves have no series of their own
CRASHED = 500


class Figures:
    """The metrics of one server.

    Attributes:
        registry: of all of them.
        requests: answered, by path and status.
        seconds: from the head of a request to that of its answer, by path.
        together: photos a run of the model.
        waiting: photos that wait for the model.
        underway: requests that bring photos and are not answered yet.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wildwear_requests", "Requests answered", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "wildwear_request_seconds",
            "From the head of a request to that of its answer",
            ["path"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.together = Histogram(
            "wildwear_run_photos", "Photos a run of the model", buckets=(1, 2, 3, 4), registry=self.registry
        )
        self.waiting = Gauge("wildwear_waiting_photos", "Photos that wait", registry=self.registry)
        self.underway = Gauge(
            "wildwear_photo_requests", "Requests with photos underway", registry=self.registry
        )


def keep_accounts(app: FastAPI, figures: Figures, log: Line) -> None:
    """Count every request that an application answers, those that its guards refuse too, and log it.

    Args:
        app: whose guards stand already.
        figures: that grow.
        log: takes a line as names and values.
    """

    @app.middleware("http")
    async def account(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        began, status = time.monotonic(), CRASHED
        try:
            response = await answer(request)
            status = response.status_code
            return response
        finally:
            seconds = time.monotonic() - began
            path = getattr(request.scope.get("route"), "path", NO_ROUTE)
            figures.requests.labels(path, str(status)).inc()
            figures.seconds.labels(path).observe(seconds)
            log(
                {
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "method": request.method,
                    "path": path,
                    "status": status,
                    "seconds": round(seconds, 4),
                    "bytes": request.headers.get("content-length"),
                    "client": request.client.host if request.client else None,
                }
            )
