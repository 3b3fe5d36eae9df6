"""What is seen of each instance: the later lie on top, no pixel is seen twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_annotations import instance, rectangle, work
from wildwear import imaging
from wildwear.annotation.layers import seen

SIZE = (60, 80)  # height, width


def test_what_lies_on_top_is_cut_out_of_what_lies_below() -> None:
    coat = instance("coat", 16, rectangle(10, 10, 50, 50))
    belt = instance("belt", 2, rectangle(10, 20, 50, 30))
    below, above = seen(work(coat, belt), {}, SIZE)
    assert (below.instance, above.instance) == (coat, belt)
    assert above.segmentation == [[10, 20, 50, 20, 50, 30, 10, 30]], "as it was drawn"
    assert isinstance(below.segmentation, dict)
    assert not (imaging.decode(below.mask) & imaging.decode(above.mask)).any()
    assert imaging.area(below.mask) + imaging.area(above.mask) == imaging.area(
        imaging.from_polygons([[10, 10, 50, 10, 50, 50, 10, 50]], SIZE)
    )


def test_what_is_hidden_or_outside_the_photo_is_not_there() -> None:
    hidden = instance("hidden", 16, rectangle(10, 10, 20, 20))
    outside = instance("outside", 16, rectangle(200, 200, 220, 220))
    cover = instance("cover", 16, rectangle(0, 0, 40, 40))
    assert [one.instance.id for one in seen(work(outside, hidden, cover), {}, SIZE)] == ["cover"]


CORNERS = st.tuples(st.floats(-10, 90), st.floats(-10, 70), st.floats(1, 60), st.floats(1, 60))


@given(st.lists(CORNERS, max_size=6))
def test_no_pixel_is_seen_twice_and_all_that_was_covered_is_seen(boxes: list[tuple[float, ...]]) -> None:
    drawn = [
        instance(str(number), 2, rectangle(x, y, x + width, y + height))
        for number, (x, y, width, height) in enumerate(boxes)
    ]
    counted = np.zeros(SIZE, int)
    for one in seen(work(*drawn), {}, SIZE):
        counted += imaging.decode(one.mask)
        assert imaging.as_rle(one.segmentation, SIZE) == one.mask
    covered = np.zeros(SIZE, bool)
    for one in drawn:
        covered |= imaging.decode(imaging.from_polygons([[v for p in one.parts[0][0] for v in p]], SIZE))
    assert (counted == covered).all()
