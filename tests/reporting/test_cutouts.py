"""A cut-out holds its garment and nothing else."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear.imaging import Rle, encode
from wildwear.reporting import cut_out, lift, matte, merge

SIZE = (240, 200)
RED, GREEN = (200, 30, 40), (40, 160, 60)


def ellipse(centre: tuple[int, int] = (100, 120), axes: tuple[int, int] = (50, 70)) -> NDArray[np.bool_]:
    drawn = np.zeros(SIZE, dtype=np.uint8)
    cv2.ellipse(drawn, centre, axes, 0, 0, 360, 1, cv2.FILLED)
    return drawn.view(np.bool_)


def on_a_lawn(*garments: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Red garments before green, the lens not quite sharp."""
    photo = np.full((*SIZE, 3), GREEN, dtype=np.int16)
    for garment in garments:
        photo[garment] = RED
    noise = np.random.default_rng(0).integers(-12, 13, photo.shape)
    return np.asarray(cv2.GaussianBlur(np.clip(photo + noise, 0, 255).astype(np.uint8), (0, 0), 1.0))


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return on_a_lawn(ellipse())


def wide_of(garment: NDArray[np.bool_], pixels: int) -> Rle:
    """A mask that is so much too wide."""
    return encode(cv2.dilate(garment.view(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)))


def whole(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    return picture[..., 3] / 255


def test_its_edge_lies_where_the_colours_part_and_not_where_the_mask_ends(photo: NDArray[np.uint8]) -> None:
    for mask in (wide_of(ellipse(), 2), encode(ellipse(axes=(48, 68)))):
        alpha = whole(lift(photo, matte(photo, mask), canvas=True))
        assert np.abs(alpha - ellipse()).sum() < 0.035 * ellipse().sum()


def test_its_edge_is_soft_over_the_whole_range(photo: NDArray[np.uint8]) -> None:
    alpha = whole(cut_out(photo, encode(ellipse())))
    between = alpha[(alpha > 0.05) & (alpha < 0.95)]
    assert len(between) > 300
    assert np.histogram(between, 6, (0.05, 0.95))[0].min() > 10


def test_no_fringe_of_what_was_behind_it_stays(photo: NDArray[np.uint8]) -> None:
    picture = cut_out(photo, wide_of(ellipse(), 2))
    fringe = picture[(picture[..., 3] > 30) & (picture[..., 3] < 225)][:, :3].astype(int)
    seen = np.abs(fringe - RED).max(axis=1)
    assert np.median(seen) < 30
    assert (fringe[:, 1] > 110).mean() < 0.1  # as green as the lawn


def test_it_is_whole_inside_and_nothing_outside(photo: NDArray[np.uint8]) -> None:
    picture = lift(photo, matte(photo, encode(ellipse())), canvas=True)
    deep = cv2.erode(ellipse().view(np.uint8), np.ones((13, 13), np.uint8)) > 0
    far = cv2.dilate(ellipse().view(np.uint8), np.ones((13, 13), np.uint8)) == 0
    assert (picture[deep][:, 3] == 255).all()
    assert np.array_equal(picture[deep][:, :3], photo[deep])
    assert (picture[far] == 0).all()


def test_it_is_cropped_to_its_garment_or_in_its_place_on_the_whole_canvas(photo: NDArray[np.uint8]) -> None:
    cropped = cut_out(photo, encode(ellipse()))
    assert abs(cropped.shape[0] - 141) <= 8
    assert abs(cropped.shape[1] - 101) <= 8
    canvas = lift(photo, matte(photo, encode(ellipse())), canvas=True)
    rows, columns = np.nonzero(canvas[..., 3])
    assert canvas.shape == (*SIZE, 4)
    assert np.array_equal(canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], cropped)


def test_a_background_fills_what_is_not_garment(photo: NDArray[np.uint8]) -> None:
    one = matte(photo, encode(ellipse()))
    picture = lift(photo, one, canvas=True, background=(1, 2, 3))
    assert picture.shape == (*SIZE, 3)
    assert (picture[0, 0] == (1, 2, 3)).all()
    assert np.abs(picture[120, 100].astype(int) - RED).max() < 20
    assert lift(photo, one, background=(1, 2, 3)).shape[:2] == one.alpha.shape


def test_a_hole_stays_a_hole() -> None:
    ring = ellipse() & ~ellipse(axes=(20, 30))
    picture = lift(on_a_lawn(ring), matte(on_a_lawn(ring), encode(ring)), canvas=True)
    assert (picture[100:140, 90:110, 3] == 0).all()


def test_slivers_go_and_parts_of_some_size_stay() -> None:
    speck, part = np.zeros(SIZE, dtype=bool), np.zeros(SIZE, dtype=bool)
    speck[20:26, 20:26] = part[200:230, 160:190] = True
    photo = on_a_lawn(ellipse(), speck, part)
    picture = lift(photo, matte(photo, encode(ellipse() | speck | part)), canvas=True)
    assert (picture[15:32, 15:32] == 0).all()
    assert (picture[205:225, 165:185, 3] == 255).all()


def test_all_garments_make_one_picture() -> None:
    one, other = ellipse((60, 80), (30, 40)), ellipse((140, 160), (30, 40))
    photo = on_a_lawn(one, other)
    together = merge([matte(photo, encode(mask)) for mask in (one, other)], SIZE)
    picture = lift(photo, together, canvas=True)
    assert picture[80, 60, 3] == picture[160, 140, 3] == 255
    assert picture[20, 180, 3] == 0


def test_a_garment_that_looks_like_what_is_behind_it_keeps_its_mask() -> None:
    photo = np.full((*SIZE, 3), 20, dtype=np.uint8)
    alpha = whole(lift(photo, matte(photo, encode(ellipse())), canvas=True))
    assert np.abs(alpha - ellipse()).sum() < 0.06 * ellipse().sum()


def test_where_an_edge_moves_to_colours_that_part_no_better_the_mask_keeps_its_own() -> None:
    rows, columns = np.indices(SIZE)
    dots = ((rows % 12 - 6) ** 2 + (columns % 12 - 6) ** 2 <= 3**2)[..., None]
    tiles = ((rows // 10 + columns // 10) % 2 > 0)[..., None]
    dotted, tiled = (
        np.where(dots, (240, 240, 240), (40, 45, 80)),
        np.where(tiles, (225, 225, 225), (60, 60, 70)),
    )
    photo = np.where(ellipse()[..., None], dotted, tiled)
    noise = np.random.default_rng(0).integers(-12, 13, photo.shape)
    photo = np.asarray(cv2.GaussianBlur(np.clip(photo + noise, 0, 255).astype(np.uint8), (0, 0), 1.0))
    alpha = whole(lift(photo, matte(photo, encode(ellipse())), canvas=True))
    assert np.abs(alpha - ellipse()).sum() < 0.03 * ellipse().sum()


def test_the_edge_of_a_small_garment_fades_no_wider_than_it_is_in_doubt() -> None:
    small = np.zeros(SIZE, dtype=bool)
    small[100:130, 80:110] = True
    alpha = whole(lift(on_a_lawn(small), matte(on_a_lawn(small), encode(small)), canvas=True))
    assert (alpha[101:129, 81:109] == 1).all()
    assert alpha[98, 80:110].max() == 0


@pytest.mark.parametrize("mask", [np.ones((40, 30)), np.eye(40, 30), np.zeros((40, 30))])
def test_a_mask_of_any_shape_is_cut_out(mask: NDArray[np.float64]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    assert cut_out(photo, encode(mask)).shape[2] == 4
    assert cut_out(photo[:1, :1], encode(np.ones((1, 1)))).shape == (1, 1, 4)


def test_a_large_photo_has_edges_of_its_own_size() -> None:
    scale = 8
    size = SIZE[1] * scale, SIZE[0] * scale
    photo = np.asarray(cv2.resize(on_a_lawn(ellipse()), size, interpolation=cv2.INTER_LINEAR))
    sharp = cv2.resize(ellipse().view(np.uint8), size, interpolation=cv2.INTER_LINEAR_EXACT) > 0
    alpha = whole(lift(photo, matte(photo, encode(sharp)), canvas=True))
    assert np.abs(alpha - sharp).sum() < 0.035 * sharp.sum()


def test_the_same_photo_gives_the_same_cut_out(photo: NDArray[np.uint8]) -> None:
    mask = wide_of(ellipse(), 2)
    assert np.array_equal(cut_out(photo, mask), cut_out(photo, mask))
