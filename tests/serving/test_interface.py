"""Which garments a labelling interface has a place for."""

import pytest

from wildwear.datasets.formats.label_studio.layout import IMAGE, OUTLINE
from wildwear.datasets.formats.label_studio.writing import interface
from wildwear.errors import DatasetError
from wildwear.serving.interface import Place, read_interface
from wildwear.taxonomy import CATEGORIES, category

JACKET, JEANS = category("jacket").id, category("jeans").id


def labels(kind: str, name: str, *called: str, image: str = "photo") -> str:
    inside = "".join(f'<Label value="{one}"/>' for one in called)
    return f'<{kind} name="{name}" toName="{image}">{inside}</{kind}>'


def view(*tags: str, image: str = '<Image name="photo" value="$url"/>') -> str:
    return f"<View>{image}{''.join(tags)}</View>"


def test_each_category_goes_to_the_first_that_is_labelled_with_its_name() -> None:
    outlines = labels("PolygonLabels", "outline", "Jacket", "spaceship")
    painted = labels("BrushLabels", "brush", "jackets", "jeans")
    found = read_interface(view(outlines, painted))
    assert (found.image, found.field) == ("photo", "url")
    assert found.places == {JACKET: Place("outline", False, "Jacket"), JEANS: Place("brush", True, "jeans")}


def test_what_draws_on_something_else_has_no_place_for_garments() -> None:
    foreign = labels("PolygonLabels", "map", "jacket", image="map")
    assert list(read_interface(view(foreign, labels("BrushLabels", "brush", "jeans"))).places) == [JEANS]


def test_the_interface_that_we_write_has_a_place_for_all(tmp_path: object) -> None:
    found = read_interface(interface([one.name for one in CATEGORIES], "interface.xml"))  # type: ignore[arg-type]
    assert (found.image, found.field, len(found.places)) == (IMAGE, IMAGE, len(CATEGORIES))
    assert {place.tag for place in found.places.values()} == {OUTLINE}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not XML"),
        ("<View>", "is not XML"),
        ("<View/>", "has no PolygonLabels or BrushLabels"),
        (view(labels("PolygonLabels", "outline", "spaceship")), "wildwear taxonomy"),
        (view(labels("RectangleLabels", "box", "jacket")), "has no PolygonLabels"),
        (view(labels("PolygonLabels", "outline", "jacket"), image=""), "has no PolygonLabels"),
        ('<!DOCTYPE View [<!ENTITY a "b">]><View>&a;</View>', "document type"),
        ("<Image>" * 1000, "expected <View>"),
        ("<View>" * 1000, "nests more than"),
        ('<?xml version="1.0" encoding="klingon"?><View/>', "is not XML"),
    ],
)
def test_an_interface_without_garments_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        read_interface(text)
