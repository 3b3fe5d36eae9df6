"""`wildwear curate draw`: the faces of a photo, to look at."""

from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.imaging import read_photo


def test_faces_are_boxed(shared: Path, tmp_path: Path) -> None:
    import matplotlib

    photo = Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")
    model, out = shared / "weights" / "yunet_n_640_640.onnx", tmp_path / "faces.png"
    command = ["curate", "draw", str(photo), "--face-model", str(model), "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.output == f"1 face: {out}\n"
    changed = (read_photo(out) != read_photo(photo)).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.mean() < 0.02
    assert rows.min() < 180 < rows.max()
    assert columns.min() < 270 < columns.max()
