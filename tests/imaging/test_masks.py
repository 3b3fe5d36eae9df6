"""RLE agrees with pycocotools, survives every round trip, and is refused with its reason when malformed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from pycocotools import mask as pycocotools_mask

from wildwear.errors import MaskError
from wildwear.imaging import Rle, area, as_rle, bbox, decode, encode, encode_crop, iou, runs, union

Mask = NDArray[np.bool_]

shapes = st.tuples(st.integers(1, 20), st.integers(1, 20))
masks = arrays.arrays(np.bool_, shapes)


def of_pycocotools(mask: Mask) -> dict[str, Any]:
    return pycocotools_mask.encode(np.asfortranarray(mask.astype(np.uint8)))


def ellipse(height: int, width: int) -> Mask:
    y, x = np.ogrid[:height, :width]
    return ((y / height - 0.5) ** 2 + (x / width - 0.5) ** 2) < 0.1


@given(mask=masks)
def test_a_mask_survives_the_way_to_rle_and_back(mask: Mask) -> None:
    again = decode(encode(mask))
    assert again.dtype == np.bool_
    assert (again == mask).all()


@given(mask=masks)
def test_encodings_boxes_and_areas_are_those_of_pycocotools(mask: Mask) -> None:
    rle, expected = encode(mask), of_pycocotools(mask)
    assert rle == {"size": expected["size"], "counts": expected["counts"].decode()}
    assert area(rle) == pycocotools_mask.area(expected) == mask.sum()
    assert bbox(rle) == pycocotools_mask.toBbox(expected).tolist()


@given(first=arrays.arrays(np.bool_, (5, 7)), second=arrays.arrays(np.bool_, (5, 7)))
def test_overlaps_and_unions_are_those_of_the_pixels(first: Mask, second: Mask) -> None:
    a, b = encode(first), encode(second)
    expected = (first & second).sum() / max((first | second).sum(), 1)
    assert iou([a], [b]) == pytest.approx(expected)
    assert (decode(union([a, b])) == (first | second)).all()


def test_overlaps_are_pairwise_and_those_of_pycocotools(shared: Path) -> None:
    document = json.loads((shared / "data/wild30/wild30.json").read_text())
    photo = max(document["images"], key=lambda image: image["height"] * image["width"])
    size = (photo["height"], photo["width"])
    segmentations = [a["segmentation"] for a in document["annotations"] if a["image_id"] == photo["id"]]
    rles = [as_rle(segmentation, size) for segmentation in segmentations]
    overlaps = iou(rles[:3], rles)
    assert overlaps.shape == (min(3, len(rles)), len(rles))
    assert (np.diag(overlaps) == 1).all()
    assert (overlaps == pycocotools_mask.iou(rles[:3], rles, [0] * len(rles))).all()


def test_overlaps_with_nothing_have_an_empty_side() -> None:
    rle = encode(ellipse(9, 9))
    assert iou([], [rle, rle]).shape == (0, 2)
    assert iou([rle], []).shape == (1, 0)
    assert iou([], []).shape == (0, 0)


def test_every_real_mask_survives_the_way_to_an_array_and_back(shared: Path) -> None:
    document = json.loads((shared / "data/wild30/wild30.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in document["images"]}
    assert len(document["annotations"]) > 150
    for annotation in document["annotations"]:
        rle = as_rle(annotation["segmentation"], sizes[annotation["image_id"]])
        assert encode(decode(rle)) == rle
        assert area(rle) == annotation["area"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64, np.float32])
def test_arrays_of_any_type_and_memory_order_are_encoded_alike(dtype: type, order: Any) -> None:
    mask = ellipse(30, 20)
    assert encode((mask * np.array(3, dtype)).astype(dtype, order=order)) == encode(mask)
    assert encode(mask[::-1, ::2]) == encode(mask[::-1, ::2].copy())


@given(
    crop=masks,
    top=st.integers(-25, 25),
    left=st.integers(-25, 25),
    size=shapes,
    full=st.booleans(),
)
def test_a_crop_is_encoded_as_if_it_lay_in_its_photo(
    crop: Mask, top: int, left: int, size: tuple[int, int], full: bool
) -> None:
    if full:  # columns that run from edge to edge join their neighbours
        crop = np.ones_like(crop)
    pasted = np.zeros((size[0] + 100, size[1] + 100), np.bool_)
    pasted[50 + top : 50 + top + crop.shape[0], 50 + left : 50 + left + crop.shape[1]] = crop
    assert encode_crop(crop, top, left, size) == encode(pasted[50 : 50 + size[0], 50 : 50 + size[1]])


def test_a_crop_of_a_large_photo_is_encoded_as_if_it_lay_in_it() -> None:
    crop = ellipse(1400, 900)
    pasted = np.zeros((3000, 4000), np.bool_)
    pasted[1500:2900, 3000:3900] = crop
    assert encode_crop(crop, 1500, 3000, (3000, 4000)) == encode(pasted)


def test_runs_go_down_one_column_after_the_other_and_begin_with_what_is_off() -> None:
    mask = np.array([[0, 1, 0], [1, 1, 0]], np.bool_)
    assert runs(encode(mask)).tolist() == [1, 3, 2]
    assert runs({"size": [2, 3], "counts": [0, 4, 2]}).tolist() == [0, 4, 2]


def test_compressed_and_uncompressed_rle_mean_the_same() -> None:
    mask = ellipse(40, 30)
    expected = encode(mask)
    columns = mask.T.ravel()
    edges = np.flatnonzero(np.diff(columns, prepend=False)).tolist()
    counts = np.diff([0, *edges, columns.size]).tolist()
    assert as_rle({"size": [40, 30], "counts": counts}, (40, 30)) == expected
    assert as_rle({"size": (40, 30), "counts": expected["counts"].encode()}, (40, 30)) == expected
    assert as_rle(of_pycocotools(mask), (40, 30)) == expected
    assert as_rle(expected, (40, 30)) == expected


@pytest.mark.parametrize(
    ("rle", "reason"),
    [
        ({"size": [4, 5], "counts": [3, 2, 14]}, r"sum to 19, but its size \[4, 5\] has 20 pixels"),
        ({"size": [4, 5], "counts": [3, 2, 16]}, "sum to 21"),
        ({"size": [4, 5], "counts": [3, -2, 19]}, "negative count, -2, at place 1"),
        ({"size": [4, 5], "counts": [3.5, 16.5]}, "list of whole numbers"),
        ({"size": [4, 5], "counts": [[3], [2, 15]]}, "list of whole numbers"),
        ({"size": [4, 5], "counts": []}, "list of whole numbers"),
        ({"size": [4, 5], "counts": None}, "list of whole numbers"),
        ({"size": [4, 5], "counts": ""}, "are empty"),
        ({"size": [4, 5], "counts": "3"}, "sum to 3"),
        ({"size": [4, 5], "counts": "J9"}, "negative count, -6"),
        ({"size": [4, 5], "counts": "3 2"}, "hold ' ' at place 1"),
        ({"size": [4, 5], "counts": "3\u00e9"}, "at place 1"),
        ({"size": [4, 5], "counts": b"3\xff"}, "at place 1"),
        ({"size": [4, 5], "counts": "3o"}, "break off"),
        ({"size": [4, 5], "counts": "o" * 12 + "0"}, "too large"),
        ({"size": [4], "counts": [4]}, "two whole numbers over 0"),
        ({"size": [0, 5], "counts": [0]}, "two whole numbers over 0"),
        ({"size": [4.5, 5], "counts": [20]}, "two whole numbers over 0"),
        ({"size": "45", "counts": [20]}, "two whole numbers over 0"),
        ({"size": None, "counts": [20]}, "two whole numbers over 0"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "larger than COCO's encoding can hold"),
        ({"counts": [20]}, "no `size`"),
        ({"size": [4, 5]}, "no `counts`"),
    ],
)
def test_a_malformed_rle_is_refused_with_its_reason(rle: Any, reason: str) -> None:
    for door in (decode, area, bbox, lambda rle: as_rle(rle, (4, 5)), lambda rle: union([rle])):
        with pytest.raises(MaskError, match=reason):
            door(rle)


@given(counts=st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_any_counts_are_read_as_pycocotools_reads_them_or_refused(counts: str) -> None:
    try:
        mask = decode(Rle(size=[4, 5], counts=counts))
    except MaskError:
        return
    assert (mask == pycocotools_mask.decode({"size": [4, 5], "counts": counts.encode()})).all()


@pytest.mark.parametrize("measure", [union, lambda rles: iou(rles[:1], rles[1:])])
def test_masks_of_different_sizes_are_not_mixed(measure: Callable[[list[Rle]], Any]) -> None:
    with pytest.raises(MaskError, match=r"different sizes \[\(4, 5\), \(5, 4\)\]"):
        measure([encode(np.ones((4, 5))), encode(np.ones((5, 4)))])


def test_the_union_of_nothing_is_refused() -> None:
    with pytest.raises(MaskError, match="no masks"):
        union([])


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 3, 1)])
def test_an_array_that_is_no_mask_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MaskError, match="this array has shape"):
        encode(np.zeros(shape, np.bool_))
