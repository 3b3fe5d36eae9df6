"""`wildwear curate select`: the funnel, and what it writes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from wildwear.cli.app import app
from wildwear.curation import Catalog


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["curate", "select", *map(str, arguments)])
    return result.exit_code, result.output


def test_it_prints_a_funnel_and_writes_a_list(chosen_from: Catalog, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("1.jpg\n")
    code, said = run(
        chosen_from.path,
        *("--where", "color = 'color' and faces > 0"),
        *("--put-back", tmp_path / "names.txt", "--out", tmp_path / "chosen.txt"),
    )
    assert code == 0, said
    assert said.splitlines() == [
        "        6 photos in the catalog",
        "        5 can be read  (−1)",
        "        4 color = 'color'  (−1)",
        "        2 faces > 0  (−2, of which 1 not known)",
        "        3 with 1 that were put back",
        f"list: {tmp_path / 'chosen.txt'}",
        f"next: wildwear annotate {tmp_path / 'chosen.txt'} --project work",
    ]
    chosen = [Path(line).name for line in (tmp_path / "chosen.txt").read_text().splitlines()]
    assert chosen == ["0.jpg", "1.jpg", "4.jpg"]


def test_a_sample_goes_into_a_folder(chosen_from: Catalog, tmp_path: Path) -> None:
    code, said = run(
        chosen_from.path, "--sample", 3, "--diverse", "--to", "folder", "--out", tmp_path / "copies"
    )
    assert code == 0, said
    assert "        3 in the sample: diverse\n" in said
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == [
        *("000000.jpg", "000001.jpg", "000002.jpg", "names.csv"),
    ]


def test_a_selection_becomes_a_via_project(chosen_from: Catalog, tmp_path: Path) -> None:
    code, said = run(chosen_from.path, "--to", "via", "--out", tmp_path / "via.json")
    assert (code, (tmp_path / "via.json").is_file()) == (0, True), said
    assert f"next: wildwear annotate --from {tmp_path / 'via.json'} --project work" in said


@pytest.mark.parametrize(
    "arguments",
    [("--diverse",), ("--hardest",), ("--by", "color"), ("--sample", "3", "--diverse", "--hardest")],
)
def test_what_cannot_be_meant_is_refused(
    arguments: tuple[str, ...], chosen_from: Catalog, tmp_path: Path
) -> None:
    code, _ = run(chosen_from.path, *arguments, "--out", tmp_path / "chosen.txt")
    assert (code, (tmp_path / "chosen.txt").exists()) == (2, False)
