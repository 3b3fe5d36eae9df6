"""Photos that meet the conditions, what each of these cost, and those that are put back."""

from pathlib import Path

import pytest

from wildwear.curation import Catalog
from wildwear.curation.selecting import Step, select
from wildwear.errors import DatasetError


def names(catalog: Catalog, where: str) -> list[str]:
    return select(catalog, where).photos["photo"].to_list()


def test_each_step_says_how_many_photos_it_cost(chosen_from: Catalog) -> None:
    selection = select(chosen_from, "color = 'color' and faces > 0 and not duplicate")
    assert selection.photos["photo"].to_list() == ["0.jpg"]
    assert selection.steps == [
        Step("can be read", left=5, went=1, unknown=0),
        Step("color = 'color'", left=4, went=1, unknown=0),
        Step("faces > 0", left=2, went=2, unknown=1),
        Step("not duplicate", left=1, went=1, unknown=0),
    ]


def test_without_conditions_all_that_can_be_read_are_chosen(chosen_from: Catalog) -> None:
    assert len(select(chosen_from).photos) == 5


def test_an_average_is_that_of_all_photos_wherever_it_stands(chosen_from: Catalog) -> None:
    assert names(chosen_from, "sharpness >= median(sharpness) and color = 'color'") == names(
        chosen_from, "color = 'color' and sharpness >= median(sharpness)"
    )


def test_lists_can_be_asked_for_what_is_in_them(chosen_from: Catalog) -> None:
    assert names(chosen_from, "array_contains(garment_categories, 'hat')") == ["0.jpg", "4.jpg"]


def test_named_photos_are_put_back_by_name_or_by_path(chosen_from: Catalog, tmp_path: Path) -> None:
    listed = tmp_path / "names.txt"
    listed.write_text(f"1.jpg\n\n{tmp_path / 'photos' / '4.jpg'}\n0.jpg\n")
    selection = select(chosen_from, "faces = 1", listed)
    assert selection.photos["photo"].to_list() == ["0.jpg", "1.jpg", "4.jpg"]
    assert selection.put_back == {"1.jpg", "4.jpg"}


def test_a_list_may_begin_as_editors_on_windows_begin_it(chosen_from: Catalog, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes("\ufeff1.jpg\r\n4.jpg\r\n".encode())
    assert select(chosen_from, "faces = 1", tmp_path / "names.txt").put_back == {"1.jpg", "4.jpg"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("9.jpg", "line 2: the catalog has no photo 9.jpg"),
        ("5.jpg", "line 2: 5.jpg cannot be put back: is empty"),
    ],
)
def test_a_photo_that_cannot_be_put_back_is_named(
    line: str, reason: str, chosen_from: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "names.txt").write_text(f"0.jpg\n{line}\n")
    with pytest.raises(DatasetError, match=reason):
        select(chosen_from, None, tmp_path / "names.txt")


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("colour = 'color'", "has no column colour; it has photo, path"),
        ("faces", "says neither yes nor no of a photo, but Int16"),
        ("lower(faces) = 'a'", "--where"),
    ],
)
def test_a_condition_that_does_not_fit_the_catalog_says_why(
    where: str, reason: str, chosen_from: Catalog
) -> None:
    with pytest.raises(DatasetError, match=reason):
        select(chosen_from, where)
