"""The order in which photos are drawn."""

from functools import partial
from pathlib import Path

import pytest

from benchmark_scripts import load
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.training import load_config
from wildwear.training.augmentation import vary
from wildwear.training.config import AugmentationConfig
from wildwear.training.order import Batches, Draw, RepeatFactorSampler, ViewSizes
from wildwear.training.samples import GarmentPhotos


def square(_: Draw) -> tuple[int, int]:
    return 100, 100


def plain(images: int) -> Dataset:
    return Dataset({"images": [{"id": n} for n in range(images)], "annotations": [], "categories": []})


def test_photos_of_a_rare_category_are_shown_more_often() -> None:
    images = [{"id": number} for number in range(100)]
    annotations = [{"image_id": number, "category_id": 2 if number == 0 else 1} for number in range(100)]
    dataset = Dataset({"images": images, "annotations": annotations, "categories": []})
    sampler = RepeatFactorSampler(dataset, threshold=0.09, seed=1)
    order = list(sampler)
    assert order.count(0) == 3  # sqrt(0.09 / 0.01)
    assert all(order.count(number) == 1 for number in range(1, 100))


def test_photos_of_a_source_come_up_as_often_as_its_weight_says() -> None:
    images = [{"id": n, "source": "closet" if n < 40 else "wild"} for n in range(60)]
    dataset = Dataset({"images": images, "annotations": [], "categories": []})
    sampler = RepeatFactorSampler(dataset, 0.0, seed=1, weights={"closet": 0.25, "wild": 2})
    seen: set[int] = set()
    for epoch in range(20):
        sampler.set_epoch(epoch)
        order = list(sampler)
        assert sum(number < 40 for number in order) == 10
        assert all(order.count(number) == 2 for number in range(40, 60))
        seen |= set(order)
    assert seen == set(range(60))  # another part each epoch


def test_a_weight_of_a_source_that_no_photo_has_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"data\.weights names wld; its sources: no photo states one"):
        RepeatFactorSampler(plain(3), 0.0, seed=1, weights={"wld": 2})


def test_weights_understand_a_source_in_whichever_terms_records_and_settings_have_it() -> None:
    sources = ["street", "shop", "SHOP", "wild", "user", ["user", "IG"], "user_shop", "catalogue", None]
    images = [{"id": number, "source": source} for number, source in enumerate(sources)]
    dataset = Dataset({"images": images, "annotations": [], "categories": []})
    weights = {"shop": 2, "wild": 3, "mixed": 4, "catalogue": 5}
    sampler = RepeatFactorSampler(dataset, 0.0, seed=1, weights=weights)
    assert sampler.factors.tolist() == [2, 2, 2, 3, 3, 3, 4, 5, 1]


def test_a_folder_of_photos_may_weigh_otherwise_than_its_kind() -> None:
    dataset = plain(4)
    names = ("wild/a.jpg", "pool/b.jpg", "pool/c.jpg", "d.jpg")
    for image, name, source in zip(dataset.images, names, ("wild", "wild", "street", "wild"), strict=True):
        image |= {"file_name": name, "source": source}
    sampler = RepeatFactorSampler(dataset, 0.0, seed=1, weights={"wild": 3, "pool": 0.5})
    assert sampler.factors.tolist() == [3, 0.5, 0.5, 3]


def test_two_weights_of_one_kind_of_photo_are_refused() -> None:
    dataset = Dataset({"images": [{"id": 1, "source": "IG"}], "annotations": [], "categories": []})
    with pytest.raises(DatasetError, match=r"data\.weights names wild twice, as user and IG"):
        RepeatFactorSampler(dataset, 0.0, seed=1, weights={"user": 2, "IG": 3})
    with pytest.raises(DatasetError, match=r"data\.weights names shop; its sources: wild$"):
        RepeatFactorSampler(dataset, 0.0, seed=1, weights={"shop": 2})


def test_every_epoch_is_equally_long_though_fractions_are_drawn_anew() -> None:
    images = [{"id": number} for number in range(40)]
    annotations = [{"image_id": number, "category_id": 1 + (number % 7 == 0)} for number in range(40)]
    sampler = RepeatFactorSampler(
        Dataset({"images": images, "annotations": annotations, "categories": []}), threshold=0.4, seed=3
    )
    orders = []
    for epoch in range(20):
        sampler.set_epoch(epoch)
        orders.append(sorted(sampler))
    assert {len(order) for order in orders} == {len(sampler)}
    assert len({tuple(order) for order in orders}) > 1


def test_an_epochs_order_depends_on_its_number_alone_so_that_a_resumed_run_sees_the_same() -> None:
    first, second = (RepeatFactorSampler(plain(50), threshold=0.5, seed=7) for _ in range(2))
    for sampler in (first, second):
        sampler.set_epoch(3)
    assert list(first) == list(second)
    second.set_epoch(4)
    assert list(first) != list(second)
    assert sorted(second) == list(range(50))


@pytest.mark.parametrize(("accumulate", "world"), [(1, 2), (2, 1), (2, 2), (1, 4)])
def test_a_step_takes_the_same_draws_however_it_is_divided(accumulate: int, world: int) -> None:
    def steps(accumulate: int, world: int) -> list[set[Draw]]:
        """The draws of each step, of all processes and parts."""
        ranks = []
        for rank in range(world):
            batches = Batches(RepeatFactorSampler(plain(27), 0.5, seed=7), square, 4, accumulate)
            batches.share(rank, world)
            assert len(batches) == 6 * accumulate
            ranks.append(list(batches))
        parts = [{draw for rank in ranks for draw in rank[part]} for part in range(6 * accumulate)]
        return [set().union(*parts[at : at + accumulate]) for at in range(0, len(parts), accumulate)]

    assert steps(accumulate, world) == steps(1, 1)
    assert all(len(step) == 4 for step in steps(1, 1))


def test_an_epoch_that_was_broken_off_goes_on_with_the_next_part_and_the_one_after_begins_anew() -> None:
    whole = list(Batches(RepeatFactorSampler(plain(20), 0.5, seed=7), square, 4))
    resumed = Batches(RepeatFactorSampler(plain(20), 0.5, seed=7), square, 4)
    resumed.skip = 2
    assert list(resumed) == whole[2:]
    assert list(resumed) == whole


def crowd(sizes: list[tuple[int, int]]) -> Dataset:
    """A photo of each size (height, width) with a garment in its middle."""
    images = [{"id": n, "height": h, "width": w} for n, (h, w) in enumerate(sizes)]
    boxes = [[w // 4, h // 4, w // 2, h // 2] for h, w in sizes]
    annotations = [{"image_id": n, "category_id": 1, "bbox": box} for n, box in enumerate(boxes)]
    return Dataset({"images": images, "annotations": annotations, "categories": []})


def test_portraits_come_with_portraits() -> None:
    whole = AugmentationConfig(crop_person=0, crop_half=0, long_side=(200, 200))
    dataset = crowd([(300, 200), (200, 300)] * 32)
    batches = Batches(RepeatFactorSampler(dataset, 0, seed=3), ViewSizes(dataset, whole), 4)
    kinds = [{draw.photo % 2 for draw in batch} for batch in batches]
    assert all(len(kind) == 1 for kind in kinds)
    assert kinds != sorted(kinds, key=min)  # and in any order
    assert sorted(draw.photo for batch in batches for draw in batch) == list(range(64))


def test_a_photo_is_varied_as_its_place_in_the_epoch_says_whatever_step_it_comes_to() -> None:
    dataset = crowd([(300, 200), (200, 300)] * 10)
    sampler = RepeatFactorSampler(dataset, 0, seed=3)
    batches = Batches(sampler, ViewSizes(dataset, AugmentationConfig()), 4)
    drawn = sorted((draw for step in batches.steps() for draw in step), key=lambda draw: draw.seed)
    assert [draw.photo for draw in drawn] == sampler.order()
    assert len({draw.seed for draw in drawn}) == 20
    assert sorted(draw.other for draw in drawn if draw.other is not None) == sorted(sampler.order())


@pytest.mark.parametrize("seed", range(20))
def test_the_size_of_a_view_is_known_before_its_photo_is_read(drawn_set: Path, seed: int) -> None:
    dataset = Dataset.load(drawn_set / "train.json")
    config = AugmentationConfig(long_side=(60, 120), max_side=120, crop_half=0.4, close_up=0.5)
    labels = {number: number for number in range(1, 31)}
    photos = GarmentPhotos(dataset, drawn_set / "images", labels, partial(vary, config=config))
    draw = Draw(seed % 4, seed)
    assert ViewSizes(dataset, config)(draw) == photos[draw][0].shape[1:]


def test_like_beside_like_saves_most_of_the_padding_of_wild_photos(shared: Path) -> None:
    train = Dataset.load(shared / "data" / "wild780" / "train.json")
    drawn, alike = load("padding").padding(train, load_config("wildwear-s-street"), epochs=1)
    assert drawn > 0.5
    assert alike < drawn / 2
