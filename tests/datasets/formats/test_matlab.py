"""MATLAB's files, as SciPy writes and reads them."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from wildwear.datasets.formats.matlab import read_variable
from wildwear.errors import DatasetError


def cell(*texts: str) -> Any:
    cells = np.empty((1, len(texts)), object)
    cells[0] = texts
    return cells


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "f8"])
def test_numbers_come_as_they_were_written(tmp_path: Path, kind: str, compressed: bool) -> None:
    values = np.arange(12).reshape(3, 4).astype(kind)
    scipy.io.savemat(tmp_path / "a.mat", {"other": 1, "map": values}, do_compression=compressed)
    found = read_variable(tmp_path / "a.mat", "map")
    assert (found == values).all()


def test_a_cell_of_text_is_its_texts(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"label_list": cell("null", "t-shirt", "été", "")})
    assert read_variable(tmp_path / "a.mat", "label_list").ravel().tolist() == ["null", "t-shirt", "été", ""]


def test_the_published_files_are_read_as_scipy_reads_them(ccp_folder: Path) -> None:
    for name, variable in (("pixel-level", "groundtruth"), ("image-level", "tags")):
        for file in sorted((ccp_folder / "annotations" / name).glob("*.mat"))[:3]:
            expected = scipy.io.loadmat(file)[variable]
            found = read_variable(file, variable)
            assert found.dtype == expected.dtype
            assert (found == expected).all()


def test_what_else_a_file_may_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    with pytest.raises(DatasetError, match="no such file"):
        read_variable(path, "map")
    path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(200))
    with pytest.raises(DatasetError, match="is not a readable MATLAB file: it does not begin"):
        read_variable(path, "map")
    scipy.io.savemat(path, {"map": {"a": 1}})
    with pytest.raises(DatasetError, match="kind 2, which is neither numbers nor text"):
        read_variable(path, "map")
    nested = np.empty((1, 1), object)
    nested[0, 0] = cell("a")
    scipy.io.savemat(path, {"map": nested})
    with pytest.raises(DatasetError, match="a cell that is no text"):
        read_variable(path, "map")


def test_a_damaged_file_is_read_or_refused(tmp_path: Path) -> None:
    """SciPy's parser ended the process on about one such file in 300."""
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"label_list": cell("null", "bag", "coat")})
    sound = path.read_bytes()
    chance = random.Random(0)
    refused = 0
    for _ in range(2_000):
        damaged = bytearray(sound)
        for _ in range(3):
            damaged[chance.randrange(120, len(damaged))] = chance.choice([0, 1, 0xFF, chance.randrange(256)])
        path.write_bytes(damaged[: chance.randrange(len(damaged))] if chance.random() < 0.2 else damaged)
        try:
            read_variable(path, "label_list")
        except DatasetError:
            refused += 1
    assert refused > 1_000


def test_what_unpacks_to_more_than_a_photo_has_pixels_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildwear.datasets.formats.matlab.LARGEST", 10_000)
    scipy.io.savemat(tmp_path / "a.mat", {"map": np.zeros((200, 200), np.uint8)}, do_compression=True)
    with pytest.raises(DatasetError, match="a variable of more than 10,000 bytes"):
        read_variable(tmp_path / "a.mat", "map")
