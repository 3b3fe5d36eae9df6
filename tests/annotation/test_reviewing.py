"""Where two annotators disagree, and what is settled of it."""

from pathlib import Path

import pytest

from made_annotations import BAG, SHIRT, instance, made_project, rectangle, work
from wildwear.annotation import Project, Review
from wildwear.annotation.reviewing import Settlement
from wildwear.annotation.work import Instance, Work

LARGE, SMALL = rectangle(0, 0, 20, 20), rectangle(0, 0, 20, 12)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Project, Project]:
    """Two projects with the same photos."""
    return made_project(tmp_path, project="first"), made_project(tmp_path, project="second")


def reviewed(both: tuple[Project, Project], first: list[Instance], second: list[Instance]) -> Review:
    both[0].store.save(1, 0, "ann", work(*first))
    both[1].store.save(1, 0, "ben", work(*second))
    return Review(*both)


def settled(review: Review, keep: str, a: str | None, b: str | None) -> Work:
    """What stands in the first project once somebody has said whose is right."""
    assert review.settle(1, Settlement(keep, a, b), "eve") is not None  # type: ignore[arg-type]
    assert review.disagreements() == []
    return review.first.store.standing(1).work


def test_the_name_of_the_second_can_be_the_right_one(both: tuple[Project, Project]) -> None:
    below, above = instance("below", SHIRT, LARGE), instance("above", BAG, rectangle(30, 30, 35, 35))
    review = reviewed(both, [below, above], [instance("x", BAG, SMALL), above])
    assert [(one.kind, one.a, one.b and one.b.id) for one in review.disagreements()] == [("name", below, "x")]
    assert settled(review, "b", "below", "x").instances == [instance("below", BAG, LARGE), above]


def test_an_outline_of_the_second_can_be_the_right_one(both: tuple[Project, Project]) -> None:
    review = reviewed(both, [instance("a", SHIRT, LARGE)], [instance("x", SHIRT, SMALL)])
    assert settled(review, "b", "a", "x").instances == [instance("a", SHIRT, SMALL)]


def test_what_the_first_has_missed_is_added(both: tuple[Project, Project]) -> None:
    review = reviewed(both, [], [instance("x", SHIRT, LARGE)])
    assert settled(review, "b", None, "x").instances == [instance("x", SHIRT, LARGE)]


def test_what_the_first_has_invented_goes(both: tuple[Project, Project]) -> None:
    review = reviewed(both, [instance("a", SHIRT, LARGE)], [])
    assert settled(review, "b", "a", None).instances == []


def test_where_the_first_is_right_nothing_changes_and_nobody_asks_again(
    both: tuple[Project, Project],
) -> None:
    review = reviewed(both, [instance("a", SHIRT, LARGE)], [instance("x", BAG, LARGE)])
    assert settled(review, "a", "a", "x").instances == [instance("a", SHIRT, LARGE)]
    assert len(both[0].store.history(1)) == 1
    assert Review(*both).disagreements() == [], "after a restart as well"


def test_a_pair_that_is_no_more_is_not_settled(both: tuple[Project, Project]) -> None:
    review = reviewed(both, [instance("a", SHIRT, LARGE)], [instance("x", BAG, LARGE)])
    assert review.settle(1, Settlement("b", "gone", "x"), "eve") is None
    assert review.settle(2, Settlement("b", "a", "x"), "eve") is None


def test_it_is_said_whose_work_is_compared(both: tuple[Project, Project]) -> None:
    review = reviewed(both, [instance("a", SHIRT, LARGE)], [])
    assert review.authors() == {"a": "ann", "b": "ben"}
    both[0].store.save(2, 0, "ben", work())
    assert review.authors() == {"a": "ann and ben", "b": "ben"}


def test_who_compares_with_themselves_is_told_by_the_project(both: tuple[Project, Project]) -> None:
    for project in both:
        project.store.save(1, 0, "ann", work())
    assert Review(*both).authors() == {"a": "ann in first", "b": "ann in second"}
