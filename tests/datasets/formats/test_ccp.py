"""Clothing Co-Parsing in its own layout."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from wildwear import imaging
from wildwear.datasets.formats import ccp
from wildwear.errors import DatasetError


def test_the_labels_are_those_of_the_published_list(ccp_folder: Path) -> None:
    labels = ccp.load_labels(ccp_folder)
    assert len(labels) == 59
    assert (labels[0], labels[19], labels[41]) == ("null", "hair", "skin")


def test_a_label_map_has_the_size_of_its_photo(ccp_folder: Path) -> None:
    label_map = ccp.load_label_map(ccp_folder, "0001")
    assert label_map.shape == imaging.photo_size(ccp_folder / "photos" / "0001.jpg")
    assert set(np.unique(label_map)) <= set(range(59))


def test_a_damaged_or_foreign_matlab_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "label_list.mat").write_bytes(b"MATLAB 5.0 MAT-file, and then nothing")
    with pytest.raises(DatasetError, match=r"label_list\.mat: is not a readable MATLAB file"):
        ccp.load_labels(tmp_path)
    scipy.io.savemat(tmp_path / "label_list.mat", {"other": np.zeros(1)})
    with pytest.raises(DatasetError, match=r"label_list\.mat: holds no variable 'label_list'"):
        ccp.load_labels(tmp_path)


def test_a_label_map_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "annotations" / "pixel-level"
    folder.mkdir(parents=True)
    scipy.io.savemat(folder / "0001.mat", {"groundtruth": np.zeros((4, 4, 3), np.uint8)})
    with pytest.raises(DatasetError, match="groundtruth: expected"):
        ccp.load_label_map(tmp_path, "0001")
