"""A photo looked at again."""

import numpy as np
import pytest

from made_predictions import made
from wildwear.inference import Prediction
from wildwear.inference.preparing import prepare
from wildwear.inference.views import (
    Outputs,
    box_iou,
    close_ups,
    mirrored,
    placed,
    seen_closer,
    seen_twice,
)

JEANS, JACKET = 18, 23
WIDTH = 100


def found(*garments: tuple[int, float, tuple[int, int, int, int]]) -> Outputs:
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


def test_close_ups_overlap_and_cover_the_photo() -> None:
    assert close_ups(Prediction.empty((700, 1050)), 600) == [
        (0, 0, 600, 400),
        (450, 0, 1050, 400),
        (0, 300, 600, 700),
        (450, 300, 1050, 700),
    ]
    nine = close_ups(Prediction.empty((3000, 2000)), 600)
    assert len(nine) == 9
    assert nine[-1] == (1200, 1800, 2000, 3000)


def test_a_photo_no_larger_than_what_the_model_sees_has_no_close_ups() -> None:
    assert close_ups(Prediction.empty((600, 749)), 600) == []
    thin = close_ups(Prediction.empty((1, 3000)), 600)
    assert all(x1 < x2 and y1 < y2 for x1, y1, x2, y2 in thin)


def test_there_is_no_close_up_on_a_garment_that_fills_it() -> None:
    three = made()  # jacket and jeans are 200 pixels long and end at column 250
    assert close_ups(three, 400) == [(274, 0, 640, 274), (274, 206, 640, 480)]
    assert len(close_ups(three.where(category="boots"), 400)) == 4


def test_what_a_close_up_cuts_is_left_to_the_whole_photo() -> None:
    three = (
        made()
    )  # boxes of masks: jacket 50 to 250 by 50 to 200, jeans 60 to 240 by 200 to 400, boots below
    window = (100, 20, 740, 500)
    moved = placed(three, window, (1000, 2000))
    assert moved.size == (1000, 2000)
    assert moved.boxes.tolist() == [[150, 70, 350, 220], [160, 220, 340, 420], [160, 420, 220, 470]]
    assert moved.network_boxes[0].tolist() == [150, 70, 351, 219]
    low = (0, 0, 640, 450)  # the boots stand at its lower edge, and so do they in a photo that ends there
    cut = Prediction.from_coco(three.to_coco(), (480, 640)).where(category="boots")
    cropped = Prediction.from_coco(
        [{**cut.to_coco()[0], "segmentation": [[60, 400, 120, 400, 120, 450, 60, 450]]}], (450, 640)
    )
    assert len(placed(cropped, low, (480, 640))) == 0
    assert len(placed(cropped, low, (450, 640))) == 1


def test_of_what_is_seen_in_several_views_the_surest_stays() -> None:
    whole = made()
    near = made(scores=np.array([0.97, 0.5, 0.6], dtype=np.float32))
    together = seen_closer(whole, [near[[0, 2]], near[[1]]])
    assert [str(garment) for garment in together] == [
        "Garment(jacket 0.97)",
        "Garment(jeans 0.88)",
        "Garment(boots 0.60)",
    ]
    assert seen_closer(whole, []) is whole


def test_a_view_by_itself_keeps_what_it_found_twice() -> None:
    twice = Prediction.merge([made(), made()])
    assert len(seen_closer(twice, [made()[:0]])) == 6
