"""What records say of their photos, in the thesis' terms and in ours."""

from typing import Any

import pytest

from wildwear.datasets.stream import PhotoStream
from wildwear.datasets.terms import kind_called, photo_kind, photo_people, with_kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("user", "wild"),
        ("IG", "wild"),
        ("wild", "wild"),
        ("shop", "street"),
        ("Street", "street"),
        ("user_shop", "mixed"),
        (["shop", "user"], "mixed"),
        ("user_ig", "wild"),
        ("mixed", "mixed"),
        ("closet", "closet"),
        ("my_museum", "my_museum"),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_sources_are_understood_by_the_thesis_terms_and_by_ours(said: Any, kind: str | None) -> None:
    assert kind_called(said) == photo_kind({"source": said}) == kind


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("0_3", ("one person", "selfie")),
        (["0", "3"], ("one person", "selfie")),
        ([3, 0, 0], ("one person", "selfie")),
        ({"0": True, "1": False, "3": True}, ("one person", "selfie")),
        (0, ("one person",)),
        ("9", ()),
        ([], ()),
        (None, ()),
    ],
)
def test_people_are_understood_joined_listed_or_ticked(said: Any, words: tuple[str, ...]) -> None:
    assert photo_people({"people": said}) == words


def test_a_kind_is_for_photos_that_do_not_say_theirs() -> None:
    images: list[dict[str, Any]] = [{"id": 1}, {"id": 2, "source": "shop"}, {"id": 3, "source": None}]
    told = with_kind(PhotoStream({}, iter([(image, []) for image in images])), "wild")
    assert [image["source"] for image, _ in told.photos] == ["wild", "shop", "wild"]
