"""The benchmark of copies counts what is joined."""

import numpy as np

from benchmark_scripts import load

benchmark = load("near_duplicates")


def row(photo: str, kind: str = "") -> object:
    return benchmark.Row(photo, kind, {})


def test_a_copy_is_found_where_it_is_joined_with_its_photo() -> None:
    photo, copy, other = row("a"), row("a", "mirrored"), row("b", "mirrored")
    said = list(benchmark.table([photo, copy, row("b"), other], [(photo, copy), (copy, other)]))
    assert "| mirrored | 0.500 (1/2) |" in said
    assert "\npairs joined that are copies: 0.500 (1/2)" in said


def test_the_same_person_in_the_same_second_is_no_mistake() -> None:
    first, second, third = row("0732"), row("0692"), row("9999")
    said = "\n".join(benchmark.table([first, second, third], [(first, second), (first, third)]))
    assert "known: 1.000 (1/1)" in said
    assert "others joined: 0732/9999" in said


def test_what_is_cut_off_is_a_tenth_of_both_sides() -> None:
    photo = np.zeros((200, 100, 3), np.uint8)
    assert benchmark.cropped(photo, np.random.default_rng(0)).shape == (180, 90, 3)


def test_copies_are_joined_with_their_photos_and_not_with_one_another() -> None:
    random = np.random.default_rng(0)
    rows = []
    for name in "ab":
        coarse = random.integers(0, 255, (7, 9, 3)).astype(np.uint8)
        photo = np.kron(coarse, np.ones((40, 40, 1), np.uint8))
        rows += [benchmark.Row(name, "", benchmark.measured(photo))]
        rows += [
            benchmark.Row(name, kind, benchmark.measured(np.ascontiguousarray(made(photo, random))))
            for kind, made in benchmark.KINDS.items()
        ]
    pairs = benchmark.joined(rows)
    assert {(first.photo, second.photo) for first, second in pairs} == {("a", "a"), ("b", "b")}
