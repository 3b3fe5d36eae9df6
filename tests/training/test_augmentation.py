"""Views of a photo for training: pixels, masks and boxes move together, and what cannot be judged says so."""

import random

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as F

from wildwear.inference.preparing import prepare
from wildwear.training.augmentation import (
    Sample,
    areas,
    choose_crop,
    extent_of,
    paste,
    region_boxes,
    scale_to,
    seeded,
    to_target,
    turn_hue,
    vary,
)
from wildwear.training.config import AugmentationConfig

PLAIN = AugmentationConfig(
    flip=0, crop_person=0, crop_half=0, colour=0, degrade=0, long_side=(200, 200), max_side=400
)


@pytest.fixture
def sample() -> Sample:
    """A 200 × 100 photo whose white square is a hat (label 1) and whose lower edge is not judged."""
    image = torch.zeros(3, 200, 100, dtype=torch.uint8)
    masks = torch.zeros(1, 200, 100, dtype=torch.uint8)
    judged_not = torch.zeros(200, 100, dtype=torch.uint8)
    image[:, 20:60, 10:50], masks[0, 20:60, 10:50], judged_not[190:] = 255, 1, 1
    return {"image": image, "masks": masks, "labels": torch.tensor([1]), "judged_not": judged_not}


@pytest.mark.parametrize("seed", range(12))
def test_masks_stay_on_the_pixels_they_name(sample: Sample, seed: int) -> None:
    random.seed(seed)
    config = AugmentationConfig(colour=0, degrade=0, long_side=(120, 260), max_side=260)
    view = vary(sample, config)
    white = view["image"][0] > 127
    (mask,) = view["masks"]
    assert (white == mask.bool()).float().mean() > 0.95
    assert view["image"].shape[1:] == mask.shape == view["judged_not"].shape


def test_without_any_variation_a_photo_is_what_it_was(sample: Sample) -> None:
    view = vary(sample, PLAIN)
    assert torch.equal(view["image"], sample["image"])
    assert torch.equal(view["masks"], sample["masks"])


def test_a_flip_mirrors_photo_and_mask(sample: Sample) -> None:
    view = vary(sample, PLAIN.model_copy(update={"flip": 1.0}))
    assert torch.equal(view["image"], sample["image"].flip(2))
    assert torch.equal(view["masks"], sample["masks"].flip(2))


def test_a_sliver_of_a_garment_is_not_judged_rather_than_background(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildwear.training.augmentation.choose_crop", lambda *_: (57, 0, 143, 100))
    view = vary(sample, PLAIN)
    assert len(view["masks"]) == len(view["labels"]) == 0
    assert view["judged_not"][0, 30] == 1


@pytest.mark.parametrize("seed", range(20))
def test_every_crop_lies_in_the_photo_and_touches_the_garments(sample: Sample, seed: int) -> None:
    random.seed(seed)
    top, left, height, width = choose_crop(
        extent_of(sample["masks"]), (200, 100), AugmentationConfig(crop_half=0.5, crop_person=0.5)
    )
    assert 0 <= top < top + height <= 200
    assert 0 <= left < left + width <= 100
    assert sample["masks"][0, top : top + height, left : left + width].any()


def test_a_photo_without_garments_is_shown_whole() -> None:
    assert extent_of(torch.zeros(0, 200, 100, dtype=torch.uint8)) is None
    whole = choose_crop(None, (200, 100), AugmentationConfig(crop_half=1))
    assert whole == (0, 0, 200, 100)


@pytest.mark.parametrize("seed", range(12))
def test_a_garment_without_a_pixel_teaches_nothing_and_ends_nothing(sample: Sample, seed: int) -> None:
    random.seed(seed)
    config = AugmentationConfig(crop_half=0.5, crop_person=0.5)
    nothing = torch.zeros_like(sample["masks"])
    alone = vary({**sample, "masks": nothing}, config)
    assert len(alone["masks"]) == len(to_target(alone)["boxes"]) == 0
    both = {**sample, "masks": torch.cat([nothing, sample["masks"]]), "labels": torch.tensor([7, 1])}
    assert vary(both, config)["labels"].tolist() == [1]
    assert scale_to(both, 100)["labels"].tolist() == [1]


def test_colour_and_degradation_leave_size_and_type_alone(sample: Sample) -> None:
    for seed in range(8):
        random.seed(seed)
        view = vary(sample, PLAIN.model_copy(update={"colour": 1.0, "degrade": 1.0}))
        assert view["image"].dtype == torch.uint8
        assert view["image"].shape == (3, 200, 100)


def test_validation_sees_the_whole_photo_at_the_models_size(sample: Sample) -> None:
    view = scale_to(sample, 100)
    assert view["image"].shape == (3, 100, 50)
    assert view["masks"].sum() == 20 * 20


@pytest.mark.parametrize("size", [(200, 100), (64, 97), (40, 30), (577, 431)])
def test_validation_sees_the_pixels_that_users_get(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    blank = torch.zeros(size, dtype=torch.uint8)
    masks, labels = torch.ones(1, *size, dtype=torch.uint8), torch.tensor([1])
    pixels = torch.from_numpy(photo).permute(2, 0, 1)
    view = scale_to({"image": pixels, "masks": masks, "labels": labels, "judged_not": blank}, 96)
    seen = prepare(photo, 96).pixels
    assert np.array_equal(view["image"].permute(1, 2, 0).numpy(), seen)
    assert view["masks"].shape[1:] == view["judged_not"].shape == seen.shape[:2]


def test_boxes_end_behind_the_last_pixel_and_regions_have_theirs(sample: Sample) -> None:
    target = to_target(sample)
    assert target["boxes"].tolist() == [[10, 20, 50, 60]]
    assert target["regions"].tolist() == [[0, 190, 100, 200]]
    assert target["semantic"][30, 20] == 1
    assert target["semantic"][195, 20] == 255
    assert target["semantic"][100, 20] == 0


def test_a_small_garment_keeps_its_pixels_before_a_large_one() -> None:
    masks = torch.zeros(2, 50, 50, dtype=torch.uint8)
    masks[0, 20:30, 20:30], masks[1, 5:45, 5:45] = 1, 1
    blank = torch.zeros(50, 50, dtype=torch.uint8)
    for order in ([0, 1], [1, 0]):
        semantic = to_target(
            {"masks": masks[order], "labels": torch.tensor([2, 16])[order], "judged_not": blank}
        )["semantic"]
        assert (semantic[25, 25], semantic[10, 10]) == (2, 16)


def test_a_photo_in_which_everything_is_judged_has_no_regions() -> None:
    assert region_boxes(torch.zeros(9, 9, dtype=torch.uint8)).shape == (0, 4)


@pytest.mark.parametrize("share", [-0.03, 0.02, 0.5])
def test_hues_turn_as_torchvision_turns_them(share: float) -> None:
    colours = torch.randint(
        0, 256, (3, 40, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    turned, expected = turn_hue(colours, share), F.adjust_hue(colours, share)
    assert (turned.int() - expected.int()).abs().max() <= 10  # hues are 8 bits here
    assert not torch.equal(turned, colours)


@pytest.mark.parametrize(
    ("max_side", "expected"), [(400, {(120, 60), (160, 80)}), (130, {(120, 60), (130, 65)})]
)
def test_the_short_side_is_one_of_those_named_within_the_longest_side(
    sample: Sample, max_side: int, expected: set[tuple[int, int]]
) -> None:
    config = PLAIN.model_copy(update={"short_side": (60, 80), "max_side": max_side})
    random.seed(1)
    assert {tuple(vary(sample, config)["image"].shape[1:]) for _ in range(12)} == expected


def test_photos_of_val_take_the_short_side_that_the_model_will_see(sample: Sample) -> None:
    assert scale_to(sample, 160, 50)["image"].shape == (3, 100, 50)
    assert scale_to(sample, 160, 90)["image"].shape == (3, 160, 80)


def test_what_is_drawn_inside_leaves_no_trace_outside() -> None:
    random.seed(1)
    torch.manual_seed(1)
    expected = (random.random(), float(torch.rand(1)))
    random.seed(1)
    torch.manual_seed(1)
    with seeded(9):
        random.random()
        torch.rand(5)
    assert (random.random(), float(torch.rand(1))) == expected


@pytest.fixture
def striped() -> Sample:
    """A 60 × 80 view, bright: two garments side by side (labels 2 and 3)."""
    masks = torch.zeros(2, 60, 80, dtype=torch.uint8)
    masks[0, 5:55, 10:30], masks[1, 5:55, 30:60] = 1, 1
    return {
        "image": torch.full((3, 60, 80), 200, dtype=torch.uint8),
        "masks": masks,
        "labels": torch.tensor([2, 3]),
        "judged_not": torch.zeros(60, 80, dtype=torch.uint8),
    }


@pytest.mark.parametrize("seed", range(12))
def test_pasted_garments_bring_their_pixels_and_hide_what_lies_beneath(
    sample: Sample, striped: Sample, seed: int
) -> None:
    random.seed(seed)
    torch.manual_seed(seed)
    view = paste(sample, striped)
    assert view["image"].shape == sample["image"].shape
    assert view["image"].dtype == torch.uint8
    new = {
        int(label): mask for label, mask in zip(view["labels"], view["masks"], strict=True) if label in (2, 3)
    }
    for label, mask in new.items():
        assert areas(mask[None]) == areas(striped["masks"][label - 2 : label - 1])
        assert (view["image"][0][mask.bool()] > 127).float().mean() > 0.9
    assert (view["masks"].sum(dim=0) + view["judged_not"]).max() <= 1
    outside = (view["image"][0] == sample["image"][0]) | view["masks"].amax(dim=0).bool()
    assert outside.float().mean() > 0.95  # but for the seams


def test_some_of_the_garments_are_pasted_or_all(sample: Sample, striped: Sample) -> None:
    seen = set()
    for seed in range(30):
        random.seed(seed)
        torch.manual_seed(seed)
        seen.add(tuple(label for label in paste(sample, striped)["labels"].tolist() if label != 1))
    assert seen == {(), (2,), (3,), (2, 3)}


def test_a_photo_without_garments_pastes_nothing(sample: Sample, striped: Sample) -> None:
    bare = {**striped, "masks": striped["masks"][:0], "labels": striped["labels"][:0]}
    assert paste(sample, bare) is sample


def test_what_a_paste_leaves_of_a_garment_is_not_judged(
    sample: Sample, striped: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "choice", lambda _: 1.0)
    monkeypatch.setattr(random, "randint", lambda low, high: low if low == -10 else 17)
    view = paste(sample, striped)  # over all of the hat but its two upper rows
    assert view["labels"].tolist() == [2, 3]
    assert view["judged_not"][21, 20] == 1
    assert view["judged_not"][30, 20] == 0
