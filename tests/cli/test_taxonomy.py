"""`wildwear taxonomy`, as its user sees it."""

import json
import subprocess

import pytest

import program
from wildwear.taxonomy import CATEGORIES


def wildwear(*arguments: str) -> subprocess.CompletedProcess[str]:
    return program.wildwear("taxonomy", *arguments)


def test_taxonomy_prints_the_30_with_id_group_and_supercategory() -> None:
    lines = wildwear().stdout.splitlines()
    for one in CATEGORIES:
        line = next(line for line in lines if line.split()[:1] == [str(one.id)])
        assert one.name in line
        assert one.group in line
        assert one.supercategory in line


def test_json_holds_every_field_of_the_30() -> None:
    rows = json.loads(wildwear("--json").stdout)
    assert len(rows) == 30
    assert rows[22] == {
        "id": 23,
        "name": "jacket",
        "supercategory": "clothing",
        "ontology_category": "upperbody",
        "group": "upper body",
        "colour": CATEGORIES[22].hex,
        "definition": CATEGORIES[22].definition,
        "synonyms": list(CATEGORIES[22].synonyms),
    }


@pytest.mark.parametrize("text", ["bomber", "BOMBERS", "bomber-jacket"])
def test_find_says_category_and_id_in_its_first_line_and_the_item_after_it(text: str) -> None:
    answer = wildwear("find", text)
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == ["jacket (23)", "  clothing > upperbody > jacket > bomber jacket"]


def test_find_takes_several_words_without_quotes() -> None:
    assert wildwear("find", "mini", "skirt").stdout.splitlines()[0] == "skirt (20)"


def test_find_says_when_a_known_thing_is_none_of_the_30() -> None:
    assert wildwear("find", "earmuffs").stdout.splitlines()[0] == "none of the 30 categories"


def test_an_unknown_word_gets_suggestions_and_exit_code_1() -> None:
    answer = wildwear("find", "bombr")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "'bombr'" in answer.stderr
    assert "did you mean bomber jacket" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_maps_lists_the_label_maps_with_their_decisions() -> None:
    lines = [line.split() for line in wildwear("maps").stdout.splitlines()]
    assert ["modanet", "13", "6", "4", "3", "0"] in lines
    assert ["coco", "80", "2", "1", "77", "0"] in lines


def test_maps_prints_what_each_label_is() -> None:
    lines = [line.split() for line in wildwear("maps", "deepfashion2").stdout.splitlines()]
    assert ["sling", "is", "top"] in [line[:3] for line in lines]
    assert ["trousers", "ambiguous", "pants,", "jeans,"] in [line[:4] for line in lines]


def test_a_map_as_csv_is_a_file_to_start_from() -> None:
    lines = wildwear("maps", "modanet", "--csv").stdout.splitlines()
    assert lines[0] == "label,aliases,attributes,kind,categories,one_mask_a_shoe,why"
    assert len(lines) == 14


@pytest.mark.parametrize("arguments", [["nope"], ["nope", "--csv"], ["--csv"]])
def test_an_unknown_map_is_an_error_that_names_those_that_there_are(arguments: list[str]) -> None:
    answer = wildwear("maps", *arguments)
    assert answer.returncode == 1
    assert "deepfashion2, modanet, fashionpedia" in answer.stderr
    assert "Traceback" not in answer.stderr
