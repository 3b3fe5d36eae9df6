"""The thesis' two scripts in one go: its lists, and its counts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from wildwear.curation import thesis_lists
from wildwear.curation.measurer import Measurer
from wildwear.curation.models import Models
from wildwear.curation.signals.thesis import Thresholds
from wildwear.curation.thesis_lists import clean, lists_of, write
from wildwear.errors import DatasetError
from wildwear.gathering import Photo, gather


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos are measured in this process."""

    def measured(
        photos: Sequence[tuple[str, Photo]], signals: Sequence[str], models: Models, **_: Any
    ) -> Iterator[pl.DataFrame]:
        measurer = Measurer(models, signals)
        for name, photo in reversed(photos):  # in no order
            yield measurer([(name, photo.place)])

    monkeypatch.setattr(thesis_lists, "measured", measured)


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """A photo of each class, and a file that is none."""
    folder = tmp_path / "pile"
    folder.mkdir()
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    colours = {"color": ramp * 0, "maybe_color": (ramp * 0.95).astype(np.uint8), "grey": ramp}
    for name, blue in colours.items():
        Image.fromarray(np.dstack([ramp, ramp, blue])).save(folder / f"{name}.png")
    Image.fromarray(ramp).save(folder / "black_and_white.png")
    Image.fromarray(np.dstack([ramp, ramp, ramp, ramp])).save(folder / "no_idea.png")
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(folder / "monochrome.png")
    (folder / "bad.jpg").write_bytes(b"nothing")
    return folder


def test_each_photo_stands_on_the_list_of_its_class_and_grey_ones_go(pile: Path) -> None:
    cleaned = clean(gather([str(pile)]), Models(), Thresholds(), workers=1)
    assert cleaned.photos == 7
    assert {
        name: listed for name, listed in cleaned.lists.items() if name not in ("kept", "cannot_be_read")
    } == {
        name: [f"{name}.png"]
        for name in ("no_idea", "black_and_white", "grey", "monochrome", "maybe_color", "color")
    }
    assert cleaned.lists["kept"] == ["color.png", "maybe_color.png", "monochrome.png", "no_idea.png"]
    assert cleaned.lists["cannot_be_read"] == ["bad.jpg"]


def test_of_those_in_colour_the_ones_without_a_face_are_set_aside() -> None:
    row = {"failure": None, "channels": 3, "variance_least": 0.0, "variance_most": 2000.0}
    assert list(lists_of(row | {"faces": 2}, Thresholds())) == ["color", "faces", "kept"]
    assert list(lists_of(row | {"faces": 0}, Thresholds())) == ["color", "no_faces"]
    assert list(lists_of(row | {"variance_most": 50.0, "faces": 2}, Thresholds())) == ["grey"]


def test_its_thresholds_can_be_set(pile: Path) -> None:
    cleaned = clean(gather([str(pile)]), Models(), Thresholds(maybe_color=1e4, color=1e4), workers=1)
    assert cleaned.lists["grey"] == ["color.png", "grey.png", "maybe_color.png"]


def test_a_list_is_a_file_and_those_of_another_time_go(pile: Path, tmp_path: Path) -> None:
    out = tmp_path / "cleaned"
    out.mkdir()
    (out / "faces.txt").write_text("of before\n")
    write(clean(gather([str(pile)]), Models(), Thresholds(), workers=1), out)
    assert (out / "grey.txt").read_text() == "grey.png\n"
    assert sorted(path.stem for path in out.iterdir()) == sorted(
        set(thesis_lists.LISTS) - {"faces", "no_faces"}
    )


def test_the_first_hundred_photos_of_the_pool_fall_where_pillow_has_them(shared: Path) -> None:
    from PIL import ImageStat

    pool = sorted((shared / "data" / "wild-pool").glob("*.jpg"))[:100]
    expected: dict[str, set[str]] = {}
    for path in pool:
        with Image.open(path) as photo:
            variances = ImageStat.Stat(photo).var
        spread = max(variances) - min(variances)
        if len(variances) == 1:
            name = "black_and_white"
        else:
            name = "color" if spread > 1000 else "maybe_color" if spread > 100 else "grey"
        expected.setdefault(name, set()).add(path.name)
    cleaned = clean(gather([str(path) for path in pool]), Models(), Thresholds(), workers=1)
    assert {name: set(cleaned.lists[name]) for name in expected} == expected
    assert len(expected) >= 3


def test_a_name_that_no_list_can_hold_is_said_before_anything_is_measured(
    pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pile / "two\nlines.png").write_bytes((pile / "grey.png").read_bytes())
    monkeypatch.setattr(thesis_lists, "measured", None)
    with pytest.raises(DatasetError, match="has the end of a line in its name"):
        clean(gather([str(pile)]), Models(), Thresholds(), workers=1)
