"""Who is on a photo, by its faces and garments."""

import polars as pl

from wildwear.curation.people import who, with_people

FACE, OTHER, FAR = [0, 0, 40, 50], [100, 0, 140, 40], [200, 0, 210, 10]


def test_one_face_is_one_person_and_faces_of_like_size_are_several() -> None:
    assert who([FACE], 0.02, 3) == "one"
    assert who([FACE, OTHER], 0.02, 3) == "several"


def test_bystanders_do_not_count() -> None:
    assert who([FACE, FAR], 0.02, 3) == "one"


def test_a_face_that_takes_a_fifth_of_the_photo_makes_a_selfie() -> None:
    assert who([FACE, OTHER], 0.2, 1) == "selfie"


def test_without_a_face_garments_tell_whether_somebody_wears_them() -> None:
    assert who([], 0.0, 3) == "one"
    assert who([], 0.0, 1) == "none"
    assert who([], 0.0, None) is None


def test_where_faces_were_not_looked_for_nobody_knows() -> None:
    columns = {"face_boxes": [None, [FACE]], "face_share": [None, 0.02], "garments": [3, None]}
    assert with_people(pl.DataFrame(columns))["people"].to_list() == [None, "one"]
