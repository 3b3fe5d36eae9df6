"""Where nobody sits before a terminal, a line now and then says how far it is."""

import pytest

from wildwear.cli.progress import duration, now_and_then, photo_progress


def test_a_line_comes_every_ten_seconds_and_says_what_is_left() -> None:
    said: list[str] = []
    times = iter([0.0, 1.0, 11.0, 15.0, 31.0])
    update = now_and_then("Segmenting", said.append, lambda: next(times))
    for done, total in ((1, 1000), (22, 1000), (30, 1000), (62, None)):
        update(done, total)
    assert said == [
        "Segmenting: 22 of 1,000 photos, 2.0 a second, 8 min left",
        "Segmenting: 62 photos, 2.0 a second",
    ]


def test_what_is_quick_says_nothing_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with photo_progress("Segmenting") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (720, "12 min"), (9000, "2.5 h")])
def test_a_duration_is_said_in_the_unit_that_suits_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
