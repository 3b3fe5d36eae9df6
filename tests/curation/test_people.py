"""Who is on a photo, by its faces and garments."""

import polars as pl

from wildwear.curation.people import who, with_people

FACE, OTHER, FAR = [0, 0, 40, 50], [100, 0, 140, 40], [200, 0, 210, 10]
OUTFIT = ["top", "jeans", "sneakers"]


def test_one_face_is_one_person_and_faces_of_like_size_are_several() -> None:
    assert who([FACE], [0.9], 0.02, OUTFIT, 0.3) == "one"
    assert who([FACE, OTHER], [0.9, 0.9], 0.02, OUTFIT, 0.3) == "several"


def test_bystanders_do_not_count() -> None:
    assert who([FACE, FAR], [0.9, 0.9], 0.02, OUTFIT, 0.3) == "one"


def test_a_hand_that_may_be_a_face_makes_nobody_else() -> None:
    assert who([FACE, OTHER], [0.9, 0.75], 0.02, OUTFIT, 0.3) == "one"


def test_passers_by_are_as_small_as_who_is_seen_from_far_off() -> None:
    assert who([FACE, OTHER], [0.9, 0.9], 0.009, OUTFIT, 0.3) == "one"


def test_a_crowd_is_several_however_far_off() -> None:
    assert who([FACE] * 6, [0.75] * 6, 0.001, [], 0.0) == "several"


def test_nobody_wears_two_trousers() -> None:
    assert who([FACE], [0.9], 0.02, ["top", "jeans", "shorts"], 0.3) == "several"
    assert who([], [], 0.0, ["skirt", "pants"], 0.3) == "several"
    assert who([FACE], [0.9], 0.02, ["top", "leggings", "shorts"], 0.3) == "one"


def test_a_face_that_takes_a_fifth_of_the_photo_makes_a_selfie() -> None:
    assert who([FACE, OTHER], [0.9, 0.9], 0.2, ["top"], 0.3) == "selfie"


def test_without_a_face_garments_tell_whether_somebody_wears_them() -> None:
    assert who([], [], 0.0, OUTFIT, 0.5) == "one"
    assert who([], [], 0.0, [], 0.0) == "none"
    assert who([], [], 0.0, None, None) is None


def test_a_garment_alone_is_laid_out_where_it_fills_the_photo_and_worn_where_it_does_not() -> None:
    assert who([], [], 0.0, ["top"], 0.4) == "none"
    assert who([], [], 0.0, ["top"], 0.1) == "one"


def test_where_faces_were_not_looked_for_nobody_knows() -> None:
    columns = {
        "face_boxes": [None, [FACE]],
        "face_scores": [None, [0.9]],
        "face_share": [None, 0.02],
        "garment_categories": [OUTFIT, None],
        "garment_share": [0.3, None],
    }
    assert with_people(pl.DataFrame(columns))["people"].to_list() == [None, "one"]
