"""The benchmark of faces and people counts what was named by eye."""

from collections import Counter
from typing import Any

from benchmark_scripts import load

benchmark = load("people")


def values(faces: int, garments: list[str], share: float = 0.3) -> dict[str, Any]:
    boxes = [[100.0 * number, 0, 100 * number + 40, 50] for number in range(faces)]
    return {
        "faces": faces,
        "face_boxes": boxes,
        "face_scores": [0.9] * faces,
        "face_share": 0.02 * bool(faces),
        "garment_categories": garments,
        "garment_share": share,
    }


def test_a_face_that_is_found_is_one_thing_and_as_many_as_there_are_another() -> None:
    truth = [("a", 1), ("b", 2), ("c", 0), ("d", 1), ("crowd", None)]
    labels = [benchmark.Label(photo, faces, "one") for photo, faces in truth]
    found = {"a": 1, "b": 1, "c": 1, "d": 0, "crowd": 9}
    said = list(benchmark.faces(labels, {photo: values(faces, []) for photo, faces in found.items()}))
    assert said[0] == "4 photos, 3 of them with a face\n"
    assert said[-1] == "| `faces > 0` | 0.667 (2/3) | 0.667 (2/3) | 0.250 (1/4) |"


def test_a_kind_with_few_photos_is_not_measured() -> None:
    labels = [benchmark.Label(f"{n}", 1, "one") for n in range(20)] + [benchmark.Label("b", 2, "several")]
    said = list(benchmark.people(labels, {label.photo: values(1, ["top"]) for label in labels}))
    assert "| one | 0.952 (20/21) | 1.000 (20/20) |" in said
    assert "| several | not measured | not measured: 1 photos |" in said


def test_every_label_is_a_word_of_the_rule_and_stands_once() -> None:
    labels = benchmark.labels()
    assert {label.people for label in labels} <= set(benchmark.WORDS)
    assert max(Counter(label.photo for label in labels).values()) == 1
    assert not any(label.faces for label in labels if label.people == "none")
