"""`thesis-exp5` to `thesis-exp9` are what the thesis' configs say, row by row, and what is not is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from wildwear.runs import Run, summarise
from wildwear.runs.page import write_report
from wildwear.runs.thesis_settings import Row, beside_thesis, differences, of_experiment, thesis_settings

EXPERIMENTS = [f"exp{number}" for number in range(5, 10)]
PAGE = Path(__file__).parents[2] / "docs" / "thesis.md"
Make = Callable[..., Path]


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting of a Detectron2 config: `MODEL.RPN.NMS_THRESH`, 0.7."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{name}.{key}" if name else key)
    else:
        yield name, value


def config_of(experiment: str, **changes: Any) -> dict[str, Any]:
    """The shipped run as it writes its config.yaml, complete."""
    from wildwear.training import load_config  # torch takes a moment to load

    overrides = [f"{name}={value}" for name, value in changes.items()]
    config: dict[str, Any] = load_config(f"thesis-{experiment}", overrides).model_dump(mode="json")
    return config


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_the_table_has_every_setting_of_the_thesis_configs_as_it_stands_there(
    shared: Path, experiment: str
) -> None:
    text = (shared / "seed" / "experiments" / experiment / "model_config.yaml").read_text()
    theirs = dict(leaves(yaml.safe_load(text)))
    table = thesis_settings()
    unused = {name for name in theirs if name.startswith(table.unused) and name not in table.settings}
    assert set(theirs) - unused == set(table.settings)
    for name, setting in table.settings.items():
        assert of_experiment(setting.theirs, experiment) == theirs[name], name


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_setting_that_we_have_is_the_thesis_own(experiment: str) -> None:
    rows = list(beside_thesis(config_of(experiment), experiment))
    settable = [row for row in rows if ": " in row.ours and row.is_same]
    assert len(settable) > 45
    assert [row for row in rows if not row.is_same and row.ours != "–"] == []
    assert all(row.why for row in rows if not row.is_same)


def run_with(made: Make, config: dict[str, Any]) -> Run:
    folder = made("mine")
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"name": config["name"]}))
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return Run.read(folder)


def test_a_runs_page_lists_what_differs_from_the_thesis_and_why(made: Make, tmp_path: Path) -> None:
    config = config_of("exp9", batch=4, start="elsewhere/model_final_a3ec72.pkl")
    run = run_with(made, config)
    assert {row.name: row for row in differences(run)}["SOLVER.IMS_PER_BATCH"] == Row(
        "SOLVER.IMS_PER_BATCH", "16", "batch: 4", False, "this run is set otherwise"
    )
    assert not any(row.ours.startswith("start") for row in differences(run))
    write_report(tmp_path / "page.html", [run], [summarise(run, "mine")])
    page = (tmp_path / "page.html").read_text()
    assert "mine beside the thesis" in page
    assert "masks are pixels here" in page


def test_a_run_of_another_name_is_not_held_against_the_thesis(made: Make, tmp_path: Path) -> None:
    run = run_with(made, config_of("exp9") | {"name": "mine"})
    assert differences(run) == []
    write_report(tmp_path / "page.html", [run], [summarise(run, "mine")])
    assert "beside the thesis" not in (tmp_path / "page.html").read_text()


def test_a_config_without_any_setting_differs_in_all_of_them(made: Make) -> None:
    run = run_with(made, {"name": "thesis-exp5"})
    found = {row.name: row.ours for row in differences(run)}
    assert found["SOLVER.BASE_LR"] == "learning_rate: None"


def documented() -> list[str]:
    """The table of the documentation: exp9 beside `thesis-exp9`."""
    lines = ["| in Detectron2 | exp9 | here | |", "|---|---|---|---|"]
    for row in beside_thesis(config_of("exp9"), "exp9"):
        theirs = row.theirs.rsplit("/", 1)[-1] if row.theirs.startswith("https") else row.theirs
        name = row.name if row.name == "–" or " " in row.name else f"`{row.name}`"
        lines.append(f"| {name} | {theirs or 'none'} | {row.ours} | {row.why or 'same'} |")
    return lines


def test_the_documentation_has_the_table_row_by_row() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("| in Detectron2 | exp9 | here | |")
    table = [line for line in lines[start:] if line.startswith("|")]
    assert table == documented()
