"""Photos in, garments out; with a tiny model whose answers are known (tests/conftest.py)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tiny_model import CARD, build_tiny_model
from wildwear.errors import ModelError, PhotoError
from wildwear.imaging import area, read_photo
from wildwear.inference import Failure, Prediction, Segmenter, load, views
from wildwear.inference.card import Calibration

BAG, COAT, PANTS, JEANS, JACKET, SHIRT, TOP, HAT = 2, 16, 17, 18, 23, 29, 30, 1
WHITE, BLACK = 255, 0


def photo(value: int, height: int = 128, width: int = 128) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, dtype=np.uint8)


@pytest.fixture(scope="module")
def segmenter(tiny_model: Path) -> Segmenter:
    return load(tiny_model)


def test_garments_come_with_the_surest_first(segmenter: Segmenter) -> None:
    prediction = segmenter(photo(WHITE))
    assert prediction.category_ids.tolist() == [BAG, JACKET, JEANS]
    assert prediction.scores.tolist() == pytest.approx([1.0, 0.94, 0.9])
    assert prediction.size == (128, 128)


def test_one_garment_has_one_name_and_the_others_as_alternatives(segmenter: Segmenter) -> None:
    prediction = segmenter(photo(BLACK))
    assert prediction.category_ids.tolist() == [JACKET, JEANS]
    assert [name for name, _ in prediction.alternatives[0]] == [COAT]
    assert prediction.alternatives[1] == [(PANTS, pytest.approx(0.06))]


def test_evaluation_gets_every_detection(segmenter: Segmenter) -> None:
    [prediction] = segmenter.batch([photo(BLACK)], score=0.01, suppress=False, limit=100, strict=True)
    assert prediction.category_ids.tolist() == [JACKET, JEANS, COAT, HAT]
    assert len(segmenter(photo(BLACK), score=0.01, suppress=False, limit=2)) == 2


def test_the_score_decides_what_is_left_out(segmenter: Segmenter) -> None:
    assert len(segmenter(photo(BLACK), score=0.92)) == 1
    assert len(segmenter(photo(BLACK), score=0.99)) == 0


def test_a_garment_at_the_score_is_kept(segmenter: Segmenter) -> None:
    at_jeans = float(segmenter(photo(BLACK)).scores[1])
    assert len(segmenter(photo(BLACK), score=at_jeans)) == 2


def test_a_score_is_what_the_card_says_that_it_is_worth_wherever_it_is_asked_for(
    segmenter: Segmenter,
) -> None:
    card = segmenter.card.model_copy(update={"calibration": Calibration(odds=0.25)})
    calibrated = segmenter.with_card(card)
    found = calibrated(photo(BLACK))
    assert found.scores.tolist() == [pytest.approx(0.94 / 0.06 / (0.94 / 0.06 + 4)), pytest.approx(9 / 13)]
    assert [name for name, _ in found.alternatives[0]] == [COAT]  # 0.80 is worth 0.5
    assert found.alternatives[0][0][1] == pytest.approx(0.5)
    assert len(calibrated(photo(BLACK), score=0.7)) == 1
    [streamed] = calibrated.stream([photo(BLACK)], score=0.6)
    assert streamed == calibrated.batch([photo(BLACK)], score=0.6)[0]
    assert streamed.scores.tolist() == found.scores.tolist()
    boxes = np.array([[8, 8, 56, 56]], dtype=np.float32)
    assert calibrated.segment_boxes(photo(BLACK), boxes).scores.tolist() == [pytest.approx(1.5 / 5.5)]
    assert segmenter(photo(BLACK)).scores.tolist() == pytest.approx([0.94, 0.9])  # the card of another


def test_what_onnxruntime_throws_names_the_model(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def run(self, *_: object) -> None:
            raise RuntimeError("Failed to allocate\n  memory")

    monkeypatch.setattr(segmenter, "_session", Broken())
    with pytest.raises(
        ModelError, match=r"tiny\.onnx: onnxruntime stopped on this: Failed to allocate memory"
    ):
        segmenter(photo(BLACK))


def test_a_stream_gives_each_photo_in_its_place_and_a_failure_for_one_that_is_none(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    Image.fromarray(photo(WHITE)).save(tmp_path / "white.png")
    (tmp_path / "none.jpg").touch()
    photos = [tmp_path / "white.png", tmp_path / "none.jpg", tmp_path / "missing.jpg", photo(BLACK)]
    white, none, missing, black = segmenter.stream(iter(photos))
    assert isinstance(white, Prediction)
    assert white == segmenter(photos[0])
    assert white.photo == photos[0]
    assert black == segmenter(photo(BLACK))
    assert isinstance(none, Failure)
    assert none.photo == photos[1]
    assert none.reason.startswith("is empty")
    assert isinstance(missing, Failure)
    assert "no such file" in missing.reason


def test_a_strict_stream_ends_with_the_error(segmenter: Segmenter, tmp_path: Path) -> None:
    found = segmenter.stream([photo(BLACK), tmp_path / "missing.jpg"], strict=True)
    assert len(next(found)) == 2
    with pytest.raises(PhotoError, match=r"missing\.jpg"):
        next(found)


def test_a_segmenter_says_which_model_it_is(tiny_model: Path) -> None:
    assert repr(load(tiny_model)) == "Segmenter(tiny 1)"
    assert repr(load(tiny_model, flip=True, zoom=True)) == "Segmenter(tiny 1, flip=True, zoom=True)"


def test_a_stream_begins_before_its_photos_end(segmenter: Segmenter) -> None:
    asked: list[int] = []

    def photos() -> Iterator[NDArray[np.uint8]]:
        for number in range(100):
            asked.append(number)
            yield photo(BLACK)

    next(segmenter.stream(photos()))
    assert len(asked) == 2  # this one, and the next that is read meanwhile


@pytest.mark.parametrize("error", [RuntimeError("[ONNXRuntimeError] bad"), MemoryError()])
def test_what_onnxruntime_throws_is_the_failure_of_that_photo(
    error: Exception, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter = load(tiny_model)
    session = segmenter._session

    class Moody:
        def run(self, names: list[str], feeds: dict[str, NDArray[np.uint8]]) -> object:
            if feeds["photos"].mean() > 200:
                raise error
            return session.run(names, feeds)

    monkeypatch.setattr(segmenter, "_session", Moody())
    kinds = [type(found) for found in segmenter.stream([photo(BLACK), photo(WHITE), photo(BLACK)])]
    assert kinds == [Prediction, Failure, Prediction]


def test_a_score_in_per_cent_is_refused(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match="a score is from 0 to 1, not 90"):
        segmenter(photo(BLACK), score=90)
    with pytest.raises(ValueError, match="a score is from 0 to 1, not 90"):
        segmenter.stream([photo(BLACK)], score=90)


def test_a_category_may_have_a_score_of_its_own(tmp_path: Path) -> None:
    thresholds = {**CARD["thresholds"], "category_scores": {HAT: 0.02, JEANS: 0.95}}  # type: ignore[dict-item]
    path = tmp_path / "own.onnx"
    path.write_bytes(build_tiny_model(CARD | {"thresholds": thresholds}))
    segmenter = load(path)
    assert segmenter(photo(BLACK)).category_ids.tolist() == [JACKET, HAT]
    assert segmenter(photo(BLACK), score=0.5).category_ids.tolist() == [JACKET, JEANS]


def test_boxes_and_masks_are_in_pixels_of_the_photo(segmenter: Segmenter) -> None:
    prediction = segmenter(photo(BLACK, 1280, 1280))
    assert prediction.network_boxes[0].tolist() == pytest.approx([128, 128, 768, 640], abs=0.01)
    assert prediction.boxes[0].tolist() == pytest.approx([128, 128, 768, 640], abs=8)
    jacket = prediction.mask(0)
    assert jacket.shape == (1280, 1280)
    assert jacket[384, 448]
    assert not jacket[384, 800]
    assert jacket.sum() == pytest.approx(640 * 512, rel=0.02)


def test_a_photo_in_a_batch_gets_what_it_gets_alone(segmenter: Segmenter) -> None:
    photos = [photo(WHITE), photo(BLACK), photo(200, 256, 256)]
    for alone, together in zip(map(segmenter, photos), segmenter.batch(photos, strict=True), strict=True):
        assert together.category_ids.tolist() == alone.category_ids.tolist()
        assert together.masks == alone.masks
        assert np.allclose(together.network_boxes, alone.network_boxes)


def test_a_batch_may_be_empty(segmenter: Segmenter) -> None:
    assert segmenter.batch([]) == []
    with pytest.raises(ValueError, match="a score is from 0 to 1"):
        segmenter.batch([], score=90)


def test_a_batch_loses_nothing_to_a_photo_that_is_missing(segmenter: Segmenter, tmp_path: Path) -> None:
    photos = [photo(WHITE), tmp_path / "missing.jpg", photo(BLACK)]
    white, missing, black = segmenter.batch(photos)
    assert white == segmenter(photo(WHITE))
    assert missing == Failure(tmp_path / "missing.jpg", "no such file.")
    assert black == segmenter(photo(BLACK))
    with pytest.raises(PhotoError, match=r"missing\.jpg"):
        segmenter.batch(photos, strict=True)


def test_nothing_reaches_outside_the_photo(segmenter: Segmenter) -> None:
    # Half of the model's input is padding here, and the tiny model knows nothing of that.
    photos = [photo(WHITE, 128, 40), photo(WHITE, 128, 128)]
    for prediction in segmenter.batch(photos, score=0.01, strict=True):
        height, width = prediction.size
        for boxes in (prediction.boxes, prediction.network_boxes):
            assert (boxes >= 0).all()
            assert (boxes <= [width, height, width, height]).all()
        assert all(area(mask) > 0 for mask in prediction.masks)


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "pil", "array"])
def test_a_photo_may_be_a_path_bytes_an_image_or_an_array(
    kind: str, segmenter: Segmenter, tmp_path: Path
) -> None:
    image = Image.fromarray(photo(WHITE))
    image.save(tmp_path / "photo.png")
    content = BytesIO()
    image.save(content, "PNG")
    path = tmp_path / "photo.png"
    sources = {
        "path": path,
        "text": str(path),
        "bytes": content.getvalue(),
        "pil": image,
        "array": photo(WHITE),
    }
    assert segmenter(sources[kind]).category_ids.tolist() == [BAG, JACKET, JEANS]


def test_a_photo_that_cannot_be_read_is_named(segmenter: Segmenter, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(PhotoError, match=r"empty\.jpg"):
        segmenter(tmp_path / "empty.jpg")


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 5)])
def test_a_photo_of_any_shape_is_segmented(size: tuple[int, int], segmenter: Segmenter) -> None:
    assert segmenter(photo(WHITE, *size), score=0.01).size == size


def test_given_boxes_are_named_in_their_order_and_stay_as_they_are(segmenter: Segmenter) -> None:
    boxes = np.array([[100.5, 20, 150, 90], [0, 0, 30, 30]], dtype=np.float32)
    prediction = segmenter.segment_boxes(photo(WHITE, 100, 200), boxes)
    assert np.array_equal(prediction.network_boxes, boxes)
    assert prediction.category_ids.tolist() == [SHIRT, SHIRT]
    assert prediction.alternatives[0] == [(TOP, pytest.approx(0.3))]
    rows, columns = np.nonzero(prediction.mask(0))
    assert (columns.min(), columns.max()) == pytest.approx((101, 149), abs=1)
    assert (rows.min(), rows.max()) == pytest.approx((20, 89), abs=1)


def test_there_may_be_no_boxes_to_name(segmenter: Segmenter) -> None:
    assert len(segmenter.segment_boxes(photo(WHITE), np.zeros((0, 4), dtype=np.float32))) == 0


def test_one_segmenter_serves_many_threads(segmenter: Segmenter) -> None:
    photos = [photo(value, 64 + 32 * (value % 3), 96) for value in range(0, 256, 8)]
    expected = [repr(segmenter(one)) for one in photos]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda one: repr(segmenter(one)), photos)) == expected


def test_torch_is_not_needed(tiny_model: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; import numpy, wildwear; "
        f"print(len(wildwear.load({str(tiny_model)!r})(numpy.zeros((64, 64, 3), 'uint8'))))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "2"


@pytest.mark.parametrize("box", [(30, 0, 10, 20), (0, 5, 9, 5), (0, 0, float("nan"), 9)])
def test_a_box_without_an_inside_is_refused(segmenter: Segmenter, box: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="x1 < x2 and y1 < y2"):
        segmenter.segment_boxes(photo(WHITE), np.array([box], dtype=np.float32))


def test_boxes_have_four_numbers_each(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match="boxes are xyxy, four numbers each, not"):
        segmenter.segment_boxes(photo(WHITE), np.zeros(3, dtype=np.float32))


def test_a_file_from_before_there_were_features_says_that_it_has_none(segmenter: Segmenter) -> None:
    with pytest.raises(ModelError, match=r"tiny\.onnx: has no features: an older wildwear exported it"):
        segmenter.features(photo(WHITE))


def test_garments_come_with_the_features_of_the_photo_by_one_run() -> None:
    portrait = read_photo(Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg"))
    segmenter = load(threads=1)
    found, features = segmenter.with_features(portrait)
    alone = segmenter(portrait)
    assert len(alone) > 0
    assert found.category_ids.tolist() == alone.category_ids.tolist()
    assert found.scores == pytest.approx(alone.scores, abs=1e-4)
    assert features == pytest.approx(segmenter.features(portrait)[0], abs=1e-3)


def test_a_file_without_features_has_garments_alone(segmenter: Segmenter) -> None:
    found, features = segmenter.with_features(photo(WHITE))
    assert features is None
    assert repr(found) == repr(segmenter(photo(WHITE)))


def test_a_flipping_segmenter_looks_into_the_mirror_as_well(tiny_model: Path) -> None:
    """The tiny model finds the same in every photo, so its mirror image holds what the photo does not."""
    found = load(tiny_model, flip=True)(photo(BLACK, 100, 100), score=0.46, suppress=False)
    assert found.category_ids.tolist() == [JACKET, JACKET]
    assert found.scores.tolist() == pytest.approx([0.47, 0.47])
    assert found.network_boxes.tolist() == [[10, 10, 60, 50], [40, 10, 90, 50]]


def test_a_zooming_segmenter_looks_at_close_ups_of_a_large_photo(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tiny model finds the same in every view, so there is a small jacket in each close-up as well; the
    first of them lies in the large one."""
    monkeypatch.setattr(views, "FILLING", 1)  # of this model every close-up is full
    zooming = load(tiny_model, zoom=True)
    small, large = photo(BLACK, 70, 70), photo(BLACK, 112, 112)  # the model sees 64 pixels
    assert zooming(small) == load(tiny_model)(small)
    found = zooming(large, suppress=False).where(category="jacket")
    sizes = found.boxes[:, 2] - found.boxes[:, 0]
    assert sizes.round().tolist() == [56, 32, 32, 32]


def test_a_network_says_its_own_scores_where_it_is_asked_for_them(segmenter: Segmenter) -> None:
    card = segmenter.card.model_copy(update={"calibration": Calibration(odds=0.25)})
    assert segmenter.with_card(card).uncalibrated()(photo(BLACK)) == segmenter(photo(BLACK))


@pytest.mark.parametrize("photo", [None, float("nan"), 5])
def test_what_is_no_photo_at_all_fails_alone(photo: Any, tiny_model: Path) -> None:
    pixels = np.zeros((100, 100, 3), dtype=np.uint8)
    found, failed = load(tiny_model).batch([pixels, photo])
    assert isinstance(found, Prediction)
    assert isinstance(failed, Failure)
    assert failed.reason == "is no photo; a path, the bytes of a file, an image or an array is."


@pytest.mark.parametrize(
    "photo",
    ["photo.jpg", Path("photo.jpg"), b"photo", Image.new("RGB", (9, 9)), np.zeros((9, 9, 3), np.uint8)],
)
def test_one_photo_is_not_taken_for_several(photo: Any, tiny_model: Path) -> None:
    for several in (load(tiny_model).batch, load(tiny_model).stream):
        with pytest.raises(ValueError, match="this is one photo, where several belong"):
            several(photo)
    greys = np.zeros((2, 9, 9), np.uint8)
    assert len(load(tiny_model).batch(greys)) == 2  # type: ignore[call-overload]


def test_a_negative_limit_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ValueError, match="at most -1 garments"):
        load(tiny_model)(np.zeros((100, 100, 3), dtype=np.uint8), limit=-1)


def test_no_more_threads_are_made_than_there_are_cores(tiny_model: Path) -> None:
    options = load(tiny_model, threads=10_000_000)._session.get_session_options()
    assert options.intra_op_num_threads == os.cpu_count()
