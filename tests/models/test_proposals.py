"""What our heads do differently from torchvision's."""

import pytest
import torch
from torchvision.models.detection.rpn import RegionProposalNetwork

from wildwear.models import GarmentRcnn
from wildwear.models.proposals import (
    SeededSampler,
    box_losses,
    box_rates,
    certainty,
    excuse_negatives,
    mask_rates,
    share_inside,
)


def test_the_share_of_a_box_inside_a_region_is_of_the_boxs_own_area() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 20], [50, 50, 60, 60]])
    regions = torch.tensor([[0.0, 0, 10, 10], [0, 0, 5, 5]])
    torch.testing.assert_close(share_inside(boxes, regions), torch.tensor([1.0, 0.5, 0.0]))


def test_background_inside_a_region_that_is_not_judged_is_never_sampled() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60]])
    target = {"regions": torch.tensor([[0.0, 0, 12, 12]])}
    (labels,) = excuse_negatives([torch.tensor([0, 7, 0])], [boxes], [target], negative=0)
    assert labels.tolist() == [-1, 7, 0]


def test_one_box_for_all_categories_costs_as_much_as_the_same_box_in_every_category() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, deltas = torch.randn(6, 31, generator=generator), torch.randn(6, 4, generator=generator)
    labels, wanted = torch.tensor([0, 3, 0, 29, 20, 1]), torch.randn(6, 4, generator=generator)
    agnostic = box_losses(logits, deltas, labels, wanted, beta=1 / 9)
    each = box_losses(logits, deltas.repeat(1, 31), labels, wanted, beta=1 / 9)
    assert agnostic.keys() == each.keys() == {"classification", "box"}
    for name, loss in agnostic.items():
        torch.testing.assert_close(loss, each[name])


def test_what_a_photo_teaches_follows_from_its_seed_and_not_from_its_neighbours() -> None:
    sampler = SeededSampler(batch_size_per_image=8, positive_fraction=0.25)
    matched = [torch.arange(100) % 5, torch.arange(60) % 3]  # 0: background, above: an object

    def drawn(photos: list[int], seeds: list[int]) -> list[list[int]]:
        """The places of positives and negatives of each photo."""
        sampler.seeds = seeds
        sides = sampler([matched[photo] for photo in photos])
        return [torch.cat(both).nonzero().flatten().tolist() for both in zip(*sides, strict=True)]

    first, second = drawn([0, 1], [11, 12])
    assert len(first) == len(second) == 8
    assert drawn([1], [12]) == [second]
    assert drawn([1, 0], [12, 11]) == [second, first]
    assert drawn([0], [13]) != [first]


def test_drawing_what_a_photo_teaches_leaves_the_programs_own_chance_alone() -> None:
    torch.manual_seed(1)
    expected = float(torch.rand(1))
    torch.manual_seed(1)
    sampler = SeededSampler(batch_size_per_image=8, positive_fraction=0.25)
    sampler.seeds = [5]
    sampler([torch.arange(100) % 5])
    assert float(torch.rand(1)) == expected


def test_without_a_quadratic_part_the_loss_of_boxes_is_the_absolute_error() -> None:
    labels, wanted = torch.tensor([0, 3]), torch.zeros(2, 4)
    deltas = torch.tensor([[9.0, 9, 9, 9], [0.01, -0.02, 0.5, -2]])  # background learns no box
    loss = box_losses(torch.zeros(2, 31), deltas, labels, wanted, beta=0)["box"]
    assert loss.item() == pytest.approx((0.01 + 0.02 + 0.5 + 2) / 2)


def test_the_loss_of_proposals_is_torchvisions_and_can_be_the_absolute_error(lite: GarmentRcnn) -> None:
    generator = torch.Generator().manual_seed(0)
    objectness, deltas = torch.randn(40, 1, generator=generator), torch.randn(40, 4, generator=generator)
    labels, wanted = [torch.tensor([0.0, 1, -1, 1] * 5)] * 2, [torch.randn(20, 4, generator=generator)] * 2

    def losses() -> list[float]:
        lite.rpn.fg_bg_sampler.seeds = [0, 0]
        return [loss.item() for loss in lite.rpn.compute_loss(objectness, deltas, labels, wanted)]

    own = losses()
    expected = RegionProposalNetwork.compute_loss(lite.rpn, objectness, deltas, labels, wanted)
    assert own == [loss.item() for loss in expected]
    lite.rpn.smooth_l1 = 0
    positive = torch.cat(labels) == 1
    off = (deltas - torch.cat(wanted))[positive].abs().sum() / 30  # of 30 anchors that are not left out
    assert losses() == pytest.approx([own[0], off.item()])


def test_boxes_on_garments_that_are_called_background_are_missed() -> None:
    logits = torch.eye(4)[[0, 1, 0, 2, 3, 3]]  # what each box is taken for; 0 is background
    rates = box_rates(logits, torch.tensor([0, 1, 2, 3, 3, 0]))
    assert {name: round(rate.item(), 4) for name, rate in rates.items()} == {
        "box_accuracy": 0.5,
        "box_accuracy_garments": 0.5,
        "box_false_negative": 0.25,
    }
    assert torch.isnan(box_rates(logits[:1], torch.tensor([0]))["box_false_negative"])


def test_pixels_are_too_many_as_a_share_of_the_ground_and_too_few_as_one_of_the_garments() -> None:
    garments = torch.zeros(2, 4, 4, dtype=torch.bool)
    garments[0, :2], garments[1, 0] = True, True  # 12 px of 32
    found = garments.clone()
    found[0, 0, :3], found[1, 1] = False, True  # 3 of the 12 missed, 4 of the 20 others taken
    rates = mask_rates(found, garments)
    assert {name: round(rate.item(), 4) for name, rate in rates.items()} == {
        "mask_accuracy": round(25 / 32, 4),
        "mask_false_positive": 0.2,
        "mask_false_negative": 0.25,
    }


def test_a_mask_is_as_sure_as_it_is_of_the_pixels_that_it_takes_on_average() -> None:
    masks = torch.tensor([[[0.9, 0.7], [0.5, 0.0]], [[1.0, 1.0], [1.0, 1.0]], [[0.4, 0.2], [0.5, 0.0]]])
    assert certainty(masks).tolist() == pytest.approx([0.8, 1, 0])
    assert certainty(masks[:0]).shape == (0,)


def test_scores_that_count_the_mask_bring_another_order_and_leave_out_what_falls_too_low(
    lite: GarmentRcnn,
) -> None:
    heads = lite.roi_heads
    scores = torch.tensor([0.9, 0.8, heads.score_thresh * 1.1])
    masks = torch.tensor([0.6, 1.0, 0.7])[:, None, None, None].expand(3, 1, 28, 28)
    found = {"scores": scores, "labels": torch.tensor([1, 2, 3]), "masks": masks}
    surer = heads.surer(found)
    assert surer["labels"].tolist() == [2, 1]
    assert surer["scores"].tolist() == pytest.approx([0.8, 0.54])
