"""`wildwear data draw` as its user sees it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from made_datasets import SIDE, make_dataset
from wildwear.cli.data import app
from wildwear.errors import OutputError
from wildwear.imaging import photo_size


def test_one_photo_is_written_plain_and_with_its_masks_and_never_over_another_file(tmp_path: Path) -> None:
    make_dataset(tmp_path / "set.json", [("a.jpg", ["hat"]), ("b.jpg", ["bag", "coat"])])
    arguments = ["draw", str(tmp_path / "set.json"), "b.jpg", "--out", str(tmp_path / "b.png")]
    done = CliRunner().invoke(app, [*arguments, "--long-side", str(2 * SIDE)])
    assert done.exit_code == 0
    assert f"written: {tmp_path / 'b.png'}" in done.stdout
    height, width = photo_size(tmp_path / "b.png")
    assert width == 4 * SIDE + 2
    assert height > 2 * SIDE
    with pytest.raises(OutputError, match=r"b\.png: is there already"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0
