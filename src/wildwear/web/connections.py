"""Connections as uvicorn has them, but for clients that never come to the point: there are so many, and the
head of a request comes in time. Not for what follows it: see `serving/limits.py`."""

from asyncio import Transport

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 512  # at once: an open one is an open file, of which a process may have 1,024
PATIENCE = 10.0  # seconds, that the head of a request may take


class Prompt(H11Protocol):
    """A connection that is closed when it waits for the head of a request for too long."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait; where there are too many already, do not."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.close()
        self._wait()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait()

    def _wait(self) -> None:
        self._since = self.loop.time()
        self.loop.call_later(PATIENCE, self._close_if_late, self._since)

    def _close_if_late(self, since: float) -> None:
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and since == self._since:
            self.transport.close()
