"""What the model proposes to who annotates, and finds where they point."""

from pathlib import Path

import numpy as np
import pytest

from wildwear import inference
from wildwear.annotation.assist import (
    AROUND,
    Assistant,
    boxes_around,
    covering,
    smooth_parts,
)
from wildwear.annotation.outlines import mask_of, parts_of_mask
from wildwear.annotation.work import check_parts
from wildwear.errors import PhotoError
from wildwear.imaging import area, decode, encode, iou, tolerance_for, write_image
from wildwear.taxonomy import category

SIZE = HEIGHT, WIDTH = 160, 120  # pixels


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    path = tmp_path / "photo.png"
    write_image(path, noise)
    return path


@pytest.fixture
def assistant(tiny_model: Path) -> Assistant:
    return Assistant(inference.load(tiny_model))


def test_a_garment_is_proposed_once_with_outlines_and_the_likeliest_names(
    assistant: Assistant, photo: Path
) -> None:
    proposals = assistant.proposals(str(photo))
    names = [category(one.category).name for one in proposals]
    assert names[:2] == ["jacket", "jeans"]
    assert "coat" not in names  # on the jacket's pixels
    assert [one.score for one in proposals] == sorted((one.score for one in proposals), reverse=True)
    jacket = proposals[0]
    assert jacket.runners_up[0] == (category("coat").id, pytest.approx(0.8, abs=0.01))
    assert len(jacket.runners_up) <= 2
    check_parts(jacket.parts, "parts")
    assert area(mask_of(jacket.parts, SIZE)) > 0.1 * HEIGHT * WIDTH


def test_what_is_less_sure_than_is_shown_elsewhere_is_proposed_too(
    assistant: Assistant, photo: Path, tiny_model: Path
) -> None:
    segmenter = inference.load(tiny_model)
    shown = {category(int(one)).name for one in segmenter(photo).category_ids}
    dark = photo.with_name("dark.png")
    write_image(dark, np.full((HEIGHT, WIDTH, 3), 77, np.uint8))  # the bag's score is its brightness: 0.3
    proposed = {category(one.category).name for one in assistant.proposals(str(dark))}
    assert "bag" in proposed
    assert not {"hat"} & (proposed | shown)  # at 0.03


def test_the_model_looks_at_a_photo_once(
    assistant: Assistant, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = assistant.proposals(str(photo))
    monkeypatch.delattr(inference.Segmenter, "batch")
    assert assistant.proposals(str(photo)) == first


def test_a_box_gets_the_outline_and_the_name_of_what_is_in_it(assistant: Assistant, photo: Path) -> None:
    found = assistant.in_box(str(photo), (10, 20, 60, 120))
    assert found is not None
    assert (category(found.category).name, category(found.runners_up[0][0]).name) == ("shirt", "top")
    rows, columns = np.nonzero(decode(mask_of(found.parts, SIZE)))
    assert columns.min() >= 5
    assert columns.max() <= 65
    assert rows.min() >= 12
    assert rows.max() <= 128


def test_a_box_beside_the_photo_holds_nothing(assistant: Assistant, photo: Path) -> None:
    assert assistant.in_box(str(photo), (500, 500, 600, 600)) is None


def test_a_click_takes_the_surest_garment_that_lies_there(assistant: Assistant, photo: Path) -> None:
    jacket = assistant.proposals(str(photo))[0]
    found = assistant.under(str(photo), [jacket.parts[0][0][0]])
    inside = np.argwhere(decode(mask_of(jacket.parts, SIZE)))
    row, column = inside[len(inside) // 2]
    found = assistant.under(str(photo), [(float(column), float(row))])
    assert found is not None
    assert found.category == jacket.category
    assert found.score == jacket.score


def test_where_nothing_was_found_boxes_of_several_sizes_are_looked_at(
    assistant: Assistant, photo: Path
) -> None:
    empty = photo.with_name("black.png")
    write_image(empty, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    found = assistant.under(str(empty), [(110.0, 8.0)])
    assert found is not None
    assert category(found.category).name == "shirt"  # as every extra box
    assert decode(mask_of(found.parts, SIZE))[8, 110]


def test_boxes_around_a_scribble_hold_it_and_end_at_the_photo() -> None:
    boxes = boxes_around([(10, 20), (50, 90)], SIZE)
    assert boxes.shape == (len(AROUND), 4)
    assert (boxes[:, :2] <= (10, 20)).all()
    assert (boxes[:, 2:] >= (50, 90)).all()
    assert (boxes >= 0).all()
    assert (boxes[:, 2:] <= (WIDTH, HEIGHT)).all()
    outside = boxes_around([(-900, 5000)], SIZE)
    assert (outside[:, 2:] > outside[:, :2]).all()


def test_a_scribble_may_slip_off_a_garment(assistant: Assistant, photo: Path) -> None:
    found = inference.load(assistant._segmenter.path)(photo)
    inside = np.argwhere(found.mask(0))[:, ::-1].astype(float)
    over = [tuple(point) for point in inside[:: max(1, len(inside) // 9)]][:9]
    assert len(covering(found[:1], [*over, (0.0, 0.0)])) == 1
    assert len(covering(found[:1], [over[0], (0.0, 0.0)])) == 0


def test_outlines_of_large_photos_have_no_more_vertices() -> None:
    assert tolerance_for(SIZE) == 1
    assert tolerance_for((5780, 4000)) == 10


def test_a_fringed_mask_is_proposed_with_few_vertices_and_a_tiny_one_is_kept() -> None:
    rows, columns = np.mgrid[:200, :200]
    fringe = np.random.default_rng(0).uniform(-3, 3, (200, 200))
    fringed = encode(np.hypot(rows - 100, columns - 100) + fringe < 70)
    disc = encode(np.hypot(rows - 100, columns - 100) < 70)
    parts = smooth_parts(fringed, tolerance=1)
    rough, few = (
        sum(len(ring) for part in one for ring in part) for one in (parts_of_mask(fringed, 1), parts)
    )
    assert few < 30 < rough
    assert iou([mask_of(parts, (200, 200))], [disc])[0, 0] > 0.96
    speck = np.zeros((200, 200), np.bool_)
    speck[5, 5:8] = True
    assert smooth_parts(encode(speck), tolerance=1)


def test_a_rough_outline_snaps_and_what_has_no_pixel_comes_back(assistant: Assistant, tmp_path: Path) -> None:
    pixels = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    pixels[40:120, 30:90] = (30, 60, 90)
    path = tmp_path / "plain.png"
    write_image(path, pixels)
    [[ring, *holes]] = assistant.snapped(str(path), [[[(31, 41), (89, 39), (91, 119), (29, 121)]]], [])
    assert sorted(ring) == [(30, 40), (30, 120), (90, 40), (90, 120)]
    assert holes == []
    beside = [[[(500.0, 500.0), (510.0, 500.0), (510.0, 510.0)]]]
    assert assistant.snapped(str(path), beside, []) == beside


def test_a_click_adds_what_an_outline_lacks_and_leaves_no_garment_without_pixels(
    assistant: Assistant, tmp_path: Path
) -> None:
    pixels = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    pixels[40:120, 30:90] = (30, 60, 90)
    path = tmp_path / "plain.png"
    write_image(path, pixels)
    half = [[[(30.0, 40.0), (60.0, 40.0), (60.0, 120.0), (30.0, 120.0)]]]
    [[ring]] = assistant.patched(str(path), half, (75.0, 80.0))
    assert sorted(ring) == [(30, 40), (30, 120), (90, 40), (90, 120)]
    assert assistant.patched(str(path), half, (45.0, 80.0)) == half  # all of it would go
    beside = [[[(500.0, 500.0), (510.0, 500.0), (510.0, 510.0)]]]
    assert assistant.patched(str(path), beside, (5.0, 5.0)) == beside


def test_a_photo_that_has_gone_is_said(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such file"):
        assistant.proposals(str(tmp_path / "gone.jpg"))
