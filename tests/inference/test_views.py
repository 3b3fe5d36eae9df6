"""A photo looked at again."""

import numpy as np
import pytest

from wildwear.inference.preparing import prepare
from wildwear.inference.views import Found, box_iou, mirrored, seen_twice

JEANS, JACKET = 18, 23
WIDTH = 100


def found(*garments: tuple[int, float, tuple[int, int, int, int]]) -> Found:
    """Detections of a view, each with a mask that is surer on its left."""
    masks = np.zeros((len(garments), 28, 28), dtype=np.float32)
    masks[:, :, :14] = 1
    return {
        "boxes": np.array([box for _, _, box in garments], dtype=np.float32).reshape(-1, 4),
        "scores": np.array([score for _, score, _ in garments], dtype=np.float32),
        "category_ids": np.array([name for name, _, _ in garments], dtype=np.int64),
        "probabilities": np.eye(31, dtype=np.float32)[[name for name, _, _ in garments]],
        "masks": masks,
    }


def test_a_mirror_swaps_left_and_right() -> None:
    photo = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    turned = mirrored(prepare(photo, 2))
    assert turned.pixels.tolist() == photo[:, ::-1].tolist()
    assert turned.size == (2, 2)


def test_what_both_views_find_is_their_mean() -> None:
    one = seen_twice(found((JEANS, 0.9, (10, 0, 30, 40))), found((JEANS, 0.5, (70, 2, 92, 40))), WIDTH)
    assert one["category_ids"].tolist() == [JEANS]
    assert one["scores"].tolist() == pytest.approx([0.7])
    assert one["boxes"].tolist() == [[9, 1, 30, 40]]  # in the photo's own direction
    assert np.allclose(one["masks"], 0.5)  # left in one, right in the other
    assert one["probabilities"].shape == (1, 31)


def test_what_one_view_alone_finds_counts_half() -> None:
    straight = found((JEANS, 0.9, (10, 0, 30, 40)), (JACKET, 0.4, (50, 0, 70, 40)))
    turned = found((JACKET, 0.8, (70, 0, 90, 40)))  # where the jeans are: another name, another garment
    together = seen_twice(straight, turned, WIDTH)
    assert together["category_ids"].tolist() == [JEANS, JACKET, JACKET]
    assert together["scores"].tolist() == pytest.approx([0.45, 0.4, 0.2])
    assert together["boxes"][1].tolist() == [10, 0, 30, 40]
    assert [
        len(seen_twice(*views, WIDTH)["scores"]) for views in ((straight, found()), (found(), found()))
    ] == [2, 0]


def test_each_detection_is_seen_again_once() -> None:
    here, beside = (10, 0, 30, 40), (11, 0, 31, 40)
    together = seen_twice(
        found((JEANS, 0.9, here), (JEANS, 0.6, beside)), found((JEANS, 0.9, (70, 0, 90, 40))), WIDTH
    )
    assert together["scores"].tolist() == pytest.approx([0.9, 0.3])


def test_boxes_overlap_by_their_shared_area() -> None:
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]], dtype=np.float32)
    assert box_iou(boxes, boxes[:2]).tolist() == pytest.approx(np.array([[1, 1 / 3], [1 / 3, 1], [0, 0]]))
