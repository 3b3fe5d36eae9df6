"""What our heads do differently from torchvision's."""

import torch

from wildwear.models.proposals import box_losses, excuse_negatives, share_inside


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
    agnostic = box_losses(logits, deltas, labels, wanted)
    each = box_losses(logits, deltas.repeat(1, 31), labels, wanted)
    assert agnostic.keys() == each.keys() == {"classification", "box"}
    for name, loss in agnostic.items():
        torch.testing.assert_close(loss, each[name])
