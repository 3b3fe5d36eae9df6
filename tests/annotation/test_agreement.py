"""How far two annotators agree who did the same photos apart from each other."""

from pathlib import Path

import pytest

from made_annotations import BAG, SHIRT, SHORTS, instance, made_project, rectangle, work
from wildwear.annotation import Project, agreement
from wildwear.annotation.agreement import pairs
from wildwear.annotation.work import Instance
from wildwear.errors import DatasetError


@pytest.fixture
def both(tmp_path: Path) -> tuple[Project, Project]:
    """Two projects with the same photos."""
    return made_project(tmp_path, project="first"), made_project(tmp_path, project="second")


def drawn(
    both: tuple[Project, Project], first: list[Instance], second: list[Instance], photo: int = 1
) -> None:
    both[0].store.save(photo, 0, "ann", work(*first))
    both[1].store.save(photo, 0, "ben", work(*second))


def test_names_and_outlines_are_compared_by_category(both: tuple[Project, Project]) -> None:
    large, low = rectangle(0, 0, 20, 20), rectangle(20, 30, 30, 50)
    drawn(
        both,
        [instance("a", SHIRT, large), instance("b", BAG, low)],
        [instance("x", SHIRT, rectangle(0, 0, 20, 16)), instance("y", SHORTS, low)],
    )
    drawn(both, [instance("a", SHIRT, large)], [], photo=2)
    found = agreement(*both)
    assert (found.photos, found.first, found.second, found.same, found.same_name) == (2, 3, 2, 2, 1)
    assert found.iou == pytest.approx((0.8 + 1) / 2)
    shirt = found.categories[SHIRT]
    assert (shirt.first, shirt.second, shirt.both, shirt.iou) == (2, 1, 1, pytest.approx(0.8))
    assert (found.categories[BAG].both, found.categories[BAG].iou) == (0, None)


def test_each_way_to_disagree_has_its_name(both: tuple[Project, Project]) -> None:
    rows = [rectangle(2, 10 * row, 22, 10 * row + 8) for row in range(5)]
    drawn(
        both,
        [instance(f"a{row}", SHIRT, rows[row]) for row in (0, 1, 2, 3)],
        [
            instance("b0", SHIRT, rows[0]),
            instance("b1", BAG, rows[1]),
            instance("b2", SHIRT, rectangle(2, 20, 22, 25)),
            instance("b4", SHIRT, rows[4]),
        ],
    )
    found = {(one.a and one.a.id, one.b and one.b.id): one.kind for one in pairs(*both, 1, 1)}
    assert found == {
        ("a0", "b0"): "agreed",
        ("a1", "b1"): "name",
        ("a2", "b2"): "outline",
        ("a3", None): "missing",
        (None, "b4"): "missing",
    }


def test_what_one_says_that_nobody_can_judge_is_no_miss(both: tuple[Project, Project]) -> None:
    drawn(both, [instance()], [instance("region", judged=False)])
    assert list(pairs(*both, 1, 1)) == []


def test_only_photos_that_both_have_done_are_compared(both: tuple[Project, Project]) -> None:
    both[0].store.save(1, 0, "ann", work(instance()))
    both[1].store.save(1, 0, "ben", work(instance(), status="todo"))
    with pytest.raises(DatasetError, match="no photo is done in both"):
        agreement(*both)
