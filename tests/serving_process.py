"""`wildwear serve` as a process of its own."""

import signal
import socket
import subprocess
import sys

COMMAND = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "serve", "--port", "0"]
PATIENCE = 60  # seconds


class Serving:
    """The command, running.

    Attributes:
        address: where it answers, without a slash at its end.
    """

    def __init__(self, *options: object) -> None:
        command = [*COMMAND, *map(str, options)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[2].rstrip("/")

    def connect(self) -> socket.socket:
        """Reach it as whoever speaks no HTTP."""
        return socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])), PATIENCE)

    def end(self) -> tuple[int, str]:
        """Stop it as a service is stopped: its exit code, and all that it logged."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, said

    def kill(self) -> None:
        """Stop it in whatever state it is."""
        self.process.kill()
        self.process.communicate()
