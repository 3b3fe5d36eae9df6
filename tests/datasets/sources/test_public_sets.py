"""What the catalogue must fulfil, whatever the hosts do."""

import re
from urllib.parse import urlsplit

import pytest

from wildwear.cli.data import app
from wildwear.datasets.sources import SOURCES, File, Source

FILES = [file for source in SOURCES.values() for file in source.files]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_loaded_comes_over_https_and_says_how_large_it_is(file: File) -> None:
    if file.url is not None:
        assert urlsplit(file.url).scheme == "https"
        assert file.about > 0
    assert file.size in (None, file.about)
    assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_zips_have_a_folder_and_other_files_have_none(file: File) -> None:
    assert (file.folder is not None) == file.name.endswith(".zip")


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_a_dataset_states_its_terms_in_a_line_and_each_file_once(source: Source) -> None:
    assert "\n" not in source.terms
    assert "https://" in source.terms
    assert len({file.name for file in source.files}) == len(source.files)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_what_comes_next_is_a_command_that_there_is(source: Source) -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    for file in source.files:
        if file.then:
            assert file.then.startswith("wildwear data ")
            assert file.then.split()[2] in commands


def test_files_that_people_must_bring_are_explained() -> None:
    for source in SOURCES.values():
        if any(file.url is None for file in source.files):
            assert all(file.name in source.by_hand for file in source.files)


def test_the_python_lines_for_the_photos_of_modanet_are_python() -> None:
    text = SOURCES["modanet"].by_hand.replace("{out}", "modanet")
    lines = text[text.index("import json") :].splitlines()
    compile("\n".join(line.removeprefix("     ") for line in lines), "by_hand", "exec")
