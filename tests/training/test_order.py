"""The order in which photos are drawn."""

import pytest

from wildwear.datasets import Dataset
from wildwear.errors import DatasetError
from wildwear.training.order import Batches, Draw, RepeatFactorSampler


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
            batches = Batches(RepeatFactorSampler(plain(27), 0.5, seed=7), 4, accumulate)
            batches.share(rank, world)
            assert len(batches) == 6 * accumulate
            ranks.append(list(batches))
        parts = [{draw for rank in ranks for draw in rank[part]} for part in range(6 * accumulate)]
        return [set().union(*parts[at : at + accumulate]) for at in range(0, len(parts), accumulate)]

    assert steps(accumulate, world) == steps(1, 1)
    assert all(len(step) == 4 for step in steps(1, 1))


def test_an_epoch_that_was_broken_off_goes_on_with_the_next_part_and_the_one_after_begins_anew() -> None:
    whole = list(Batches(RepeatFactorSampler(plain(20), 0.5, seed=7), 4))
    resumed = Batches(RepeatFactorSampler(plain(20), 0.5, seed=7), 4)
    resumed.skip = 2
    assert list(resumed) == whole[2:]
    assert list(resumed) == whole
