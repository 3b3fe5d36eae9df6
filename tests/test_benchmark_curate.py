"""The benchmark of curation counts what it says; how fast anything is stands in no test."""

from pathlib import Path

import pytest

from benchmark_scripts import load
from curation.conftest import write_noise

benchmark = load("curate")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    names = [tmp_path / f"{number}.jpg" for number in range(6)]
    for number, name in enumerate(names):
        write_noise(name, number)
    return names


def test_each_photo_is_worked_through_once_the_first_before_to_warm_up(photos: list[Path]) -> None:
    worked: list[Path] = []
    assert benchmark.timed(worked.append, photos).photos == 6
    assert worked == [photos[0], *photos]


def test_a_photo_is_decoded_once_for_all_signals(photos: list[Path], shared: Path) -> None:
    assert benchmark.decodes(photos[:2], shared / "weights" / "yunet_n_640_640.onnx") == 1


def test_decoding_twice_is_counted(photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    from wildwear.curation import measuring

    monkeypatch.setattr(measuring, "measure", lambda photo, *_: [Image.open(photo).load() for _ in range(2)])
    assert benchmark.decodes(photos, None) == 2


def test_all_copies_that_were_planted_are_found() -> None:
    _, found = benchmark.seconds_for_copies(3000, 60)
    assert found == 60


def test_a_folder_has_no_more_photos_than_another(photos: list[Path], tmp_path: Path) -> None:
    write_noise(tmp_path / "other" / "0.jpg", 9)
    assert len(benchmark.photos_of([tmp_path, tmp_path / "other"], 4)) == 3


def test_bars_are_judged_by_the_median_of_rounds_and_what_was_not_run_is_said(
    photos: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def turns(ways: dict[str, object], rounds: int) -> dict[str, list[object]]:
        slow, fast = benchmark.Answer(10, 10.0), benchmark.Answer(10, 4.0)
        return {name: [slow if name == benchmark.COLOUR else fast] * rounds for name in ways}

    monkeypatch.setattr(benchmark, "take_turns", turns)
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    benchmark.speed(photos, None, 3)
    said = capsys.readouterr().out
    assert "| scan: colour | 2.5 (2.5–2.5) | 2.50 (2.50–2.50) |" in said
    assert "colour, at least 2 times as fast: yes" in said
    assert "faces, at least 5 times as fast: not measured" in said
