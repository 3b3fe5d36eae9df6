"""Run an application on this machine, for its own browser alone, until Ctrl-C."""

import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from wildwear.errors import OutputError

HOST = "127.0.0.1"
FAREWELL = 1  # seconds that open connections have when it ends


def serve(app: FastAPI, port: int, say: Callable[[str], None], *, browser: bool) -> None:
    """Answer this machine until the user ends it.

    Args:
        app: what answers; see `guards.guarded_app`.
        port: where to listen; 0 takes one that is free.
        say: called with the address, once it answers.
        browser: whether to open it.

    Raises:
        OutputError: the port is taken.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise OutputError(f"port {port}: cannot be used ({error}); --port 0 finds a free one") from error
        listening.listen()
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        say(address)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        config = uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=FAREWELL, server_header=False
        )
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
