"""Run an application on this machine, for its own browser alone unless told otherwise, until Ctrl-C."""

import contextlib
import errno
import socket
import threading
import webbrowser
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from wildwear.errors import OutputError
from wildwear.web.connections import Prompt

HOST = "127.0.0.1"
ANYWHERE = "0.0.0.0"  # all addresses of this machine, by whichever it is asked
FAREWELL = 1  # seconds that open connections have when it ends, unless told otherwise


def listen(port: int, host: str = HOST) -> socket.socket:
    """A socket that listens.

    Args:
        port: where; 0 takes one that is free.
        host: the name or address that is listened on; by default only this machine can reach it.

    Raises:
        OutputError: the port is taken, or the host is none of this machine's.
    """
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, socket.gaierror) or (
            isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL
        ):
            raise OutputError(
                f"--host {host}: is no IPv4 address or name of this machine ({error.strerror})"
            ) from error
        raise OutputError(f"port {port}: cannot be used ({error}); --port 0 finds a free one") from error
    return listening


def serve(
    app: FastAPI,
    listening: socket.socket,
    say: Callable[[str], None],
    *,
    browser: bool,
    path: str = "/",
    farewell: int = FAREWELL,
) -> None:
    """Answer until the user ends it.

    Args:
        app: what answers; see `guards.guarded_app`.
        listening: from `listen`; closed in the end.
        say: called with the address, once it answers.
        browser: whether to open it.
        path: of the address, with all that belongs to it.
        farewell: seconds that requests have to be answered when it ends; no more are taken.
    """
    with listening:
        host, port = listening.getsockname()
        host = socket.gethostname() if host == ANYWHERE else host
        address = f"http://{host}:{port}{path}"
        say(address)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        config = uvicorn.Config(
            app,
            http=Prompt,
            ws="none",
            log_level="error",
            timeout_graceful_shutdown=farewell,
            server_header=False,
        )
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
