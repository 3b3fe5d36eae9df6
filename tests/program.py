"""The program `wildwear` without Python's start, which takes longer than most of what it is asked here."""

import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest.mock import patch

from wildwear.cli.app import main


def wildwear(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end, with streams and an exit code of its own. A traceback comes through."""
    line = ["wildwear", *map(str, arguments)]
    said, complained = StringIO(), StringIO()
    with patch.object(sys, "argv", line), redirect_stdout(said), redirect_stderr(complained):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(line, code, said.getvalue(), complained.getvalue())
