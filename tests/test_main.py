"""The program ends with its own exit code, whatever a library does to Python's end."""

import subprocess
import sys

import pytest

from wildwear.cli.app import main

PROGRAM = """
import atexit, sys
atexit.register(print, "as Python ends")
sys.argv[1:] = ["no-such-command"]
if {loaded}:
    sys.modules["daft"] = sys
from wildwear.__main__ import main
main()
"""


@pytest.mark.parametrize("loaded", [True, False])
def test_where_daft_is_loaded_a_failure_ends_at_once(loaded: bool) -> None:
    program = PROGRAM.format(loaded=loaded)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
    assert ("as Python ends" in done.stdout) is not loaded


def test_what_calls_the_commands_itself_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "daft", sys)
    monkeypatch.setattr(sys, "argv", ["wildwear", "data", "health", "no-such-file.json"])
    with pytest.raises(SystemExit):
        main()
