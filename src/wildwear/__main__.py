"""Where the program `wildwear` begins; `python -m wildwear` is the same."""

import os
import signal
import sys
from types import FrameType

IMPORTING = "<frozen importlib._bootstrap>"  # whose code runs below every import


def main() -> None:
    """Run the program."""
    signal.signal(signal.SIGINT, interrupt)
    from wildwear.cli import app

    try:
        app.main()
    except SystemExit as end:
        # Where Daft was stopped amid its work, its threads wait for processes still: they would meet a
        # Python that is gone, which aborts
        if isinstance(end.code, int) and end.code and "daft" in sys.modules:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code)
        raise


def interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt on Ctrl-C as Python does; but end the program at once where it is still importing.

    Nothing is to be kept then, and libraries that are interrupted there print tracebacks of their own.
    """
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        frame = frame.f_back
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
