"""Runs of Detectron2 as runs of ours: the five of the thesis, and folders that are none."""

import json
import math
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from wildwear.errors import DatasetError, OutputError
from wildwear.runs import Run, Series, import_detectron2, summarise
from wildwear.runs.detectron2 import are_running_medians
from wildwear.runs.thesis import published

CONFIG = """
DATASETS: {TRAIN: [train_df2s], TEST: [val_df2s]}
SOLVER: {MAX_ITER: 40, STEPS: [20, 30], IMS_PER_BATCH: 16}
"""
METRICS = """
{"iteration": 19, "total_loss": 2.0, "time": 0.5, "lr": 0.01, "fast_rcnn/cls_accuracy": 0.9}
{"iteration": 29, "total_loss": 1.5, "time": 0.25, "lr": 0.001}
{"iteration": 19, "segm/AP": 25.0, "segm/AP-hat": NaN, "bbox/AP50": 50.0, "validation_loss": 0.9}
{"iteration": 39, "total_loss": 1.0, "time": 0.25, "lr": 0.001, "new_measure": 5}
{"iteration": 40, "segm/AP": 30.0, "segm/AP-hat": 0.0}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small output folder of Detectron2."""
    source = tmp_path / "output"
    source.mkdir()
    (source / "metrics.json").write_text(METRICS)
    (source / "config.yaml").write_text(CONFIG)
    return source


def test_the_figures_of_the_thesis_come_out_of_its_files(thesis: dict[str, Run]) -> None:
    assert set(thesis) == set(published().runs)
    for name, known in published().runs.items():
        row = summarise(thesis[name])
        assert row.published == name
        assert row.val_ap == pytest.approx(known.val_ap / 100, abs=0.0001)
        assert row.train_loss == pytest.approx(known.train_loss, abs=0.01)
        assert row.val_loss == pytest.approx(known.val_loss, abs=0.01)
        assert (row.steps_done, row.steps, row.decays) == (known.iterations, known.iterations, known.decays)
        assert (row.trained_on, row.photos, row.test_ap) == (
            known.trained_on,
            known.photos,
            known.test_ap / 100,
        )
        assert row.from_table == ["trained_on", "photos", "test_ap"]
        assert not thesis[name].is_unfinished


def test_a_config_that_contradicts_the_published_table_is_pointed_out(thesis: dict[str, Run]) -> None:
    said = {
        name: [remark for remark in run.facts.remarks if "published table" in remark]
        for name, run in thesis.items()
    }
    assert said.pop("exp6") == [
        "its config names the training set train_df2u (and validates on val_df2u), "
        "but the published table says street"
    ]
    assert not any(said.values())


def test_a_run_is_known_by_what_it_measured_and_not_by_its_name(shared: Path, tmp_path: Path) -> None:
    experiment = shared / "seed" / "experiments" / "exp6"
    source = tmp_path / "exp5"
    source.mkdir()
    for file in experiment.iterdir():
        (source / file.name).write_bytes(file.read_bytes())
    assert import_detectron2(source, tmp_path / "out").published == "exp6"


def test_the_validation_losses_of_the_thesis_are_running_medians_and_the_runs_say_so(
    thesis: dict[str, Run],
) -> None:
    for run in thesis.values():
        assert are_running_medians(run.history.series("val/loss"))
        assert any("running medians over the last 20" in remark for remark in run.facts.remarks)


def test_running_medians_are_told_from_the_losses_themselves() -> None:
    losses = [0.9, 0.7, 0.6, 0.65, 0.5, 0.55]
    medians = [median(losses[: end + 1]) for end in range(len(losses))]

    def series(values: list[float]) -> Series:
        return Series("val/loss", np.arange(len(values)), np.array(values))

    assert are_running_medians(series(medians))
    assert not are_running_medians(series(losses))
    assert not are_running_medians(series([1.0, 1.0, 1.0]))
    assert not are_running_medians(series(losses[:2]))


def test_steps_are_those_done_and_rows_stand_in_their_order(folder: Path, tmp_path: Path) -> None:
    import_detectron2(folder, tmp_path / "run")
    history = Run.read(tmp_path / "run").history
    assert [row["step"] for row in history.rows] == [20, 20, 30, 40, 40]
    assert history.series("val/mask/ap").steps.tolist() == [20, 40]


def test_average_precision_becomes_a_share_and_nan_stays_a_figure_that_does_not_exist(
    folder: Path, tmp_path: Path
) -> None:
    import_detectron2(folder, tmp_path / "run")
    history = Run.read(tmp_path / "run").history
    assert history.series("val/mask/ap").values.tolist() == [0.25, 0.3]
    assert history.series("val/box/ap50").values.tolist() == [0.5]
    hat = history.series("val/mask/ap/hat").values
    assert math.isnan(hat[0])
    assert hat[1] == 0
    assert "NaN" not in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_the_time_is_that_of_the_steps(folder: Path, tmp_path: Path) -> None:
    import_detectron2(folder, tmp_path / "run")
    assert Run.read(tmp_path / "run").seconds == 20 * 0.5 + 10 * 0.25 + 10 * 0.25


def test_a_run_that_is_not_of_the_thesis_says_the_names_of_its_sets(folder: Path, tmp_path: Path) -> None:
    facts = import_detectron2(folder, tmp_path / "run")
    assert (facts.published, facts.trained_on, facts.validated_on) == (None, "train_df2s", "val_df2s")
    assert (facts.name, facts.batch, facts.steps, facts.decays) == ("output", 16, 40, [20, 30])
    assert summarise(Run.read(tmp_path / "run")).from_table == []


def test_a_run_of_a_published_length_with_other_decays_contradicts_the_table(
    shared: Path, tmp_path: Path
) -> None:
    experiment = shared / "seed" / "experiments" / "exp8"
    source = tmp_path / "source"
    source.mkdir()
    (source / "metrics.json").write_bytes((experiment / "metrics.json").read_bytes())
    config = (experiment / "model_config.yaml").read_text()
    (source / "config.yaml").write_text(config.replace("- 7000", "- 8000"))
    facts = import_detectron2(source, tmp_path / "run")
    assert "its config has decays at [5000, 8000], but the published table says [5000, 7000]" in facts.remarks


def test_the_source_is_left_as_it_is_and_the_config_goes_along(folder: Path, tmp_path: Path) -> None:
    import_detectron2(folder, tmp_path / "run")
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "metrics.json"]
    assert (folder / "metrics.json").read_text() == METRICS
    assert (tmp_path / "run" / "config.yaml").read_text() == CONFIG


def test_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="run: is there already"):
        import_detectron2(folder, out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    with pytest.raises(OutputError, match="is there already"):
        import_detectron2(folder, out / "mine.txt")


def test_an_empty_folder_is_filled(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    import_detectron2(folder, tmp_path / "run")
    assert Run.read(tmp_path / "run").history.steps == 40


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("metrics.json", "<html>\n", r"metrics\.json:1: is not JSON"),
        ("metrics.json", '{"total_loss": 1}\n', "whole number 'iteration'"),
        (
            "metrics.json",
            '{"iteration": 1, "total_loss": "low"}\n',
            "'total_loss' is 'low'; expected a number",
        ),
        ("metrics.json", "", "is empty; the run has measured nothing"),
        ("config.yaml", "", "is no config of Detectron2"),
        ("config.yaml", "SOLVER: {MAX_ITER: 5}\n", r"SOLVER\.STEPS: Field required"),
        ("config.yaml", "- 1\n- 2\n", "is no config of Detectron2"),
        ("config.yaml", CONFIG.replace("40", "-40"), r"SOLVER\.MAX_ITER"),
        ("config.yaml", CONFIG.replace("[20, 30]", "soon"), r"SOLVER\.STEPS"),
        ("config.yaml", CONFIG.replace("[train_df2s]", "[{a: b}]"), r"DATASETS\.TRAIN"),
        ("config.yaml", "a: [\n", "cannot be read as YAML"),
        ("config.yaml", "[" * 100_000, "cannot be read as YAML"),
        ("config.yaml", "\x00", "cannot be read as YAML"),
        ("config.yaml", "#" * 2_000_000, "has 2,000,000 bytes; expected at most 1,048,576"),
    ],
)
def test_what_is_damaged_is_named(folder: Path, tmp_path: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(DatasetError, match=said):
        import_detectron2(folder, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_yaml_runs_no_code(folder: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    bomb = f"SOLVER: !!python/object/apply:os.system ['touch {witness}']\n"
    (folder / "config.yaml").write_text(bomb)
    with pytest.raises(DatasetError, match="could not determine a constructor"):
        import_detectron2(folder, tmp_path / "run")
    assert not witness.exists()


def test_yaml_that_unfolds_without_end_is_refused_at_once(folder: Path, tmp_path: Path) -> None:
    doubling = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    (folder / "config.yaml").write_text(doubling + CONFIG.replace("[train_df2s]", "*a59"))
    with pytest.raises(DatasetError, match=r"DATASETS\.TRAIN"):
        import_detectron2(folder, tmp_path / "run")


@pytest.mark.parametrize("missing", ["metrics.json", "config.yaml"])
def test_a_folder_without_its_files_is_none_of_detectron2(folder: Path, tmp_path: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(DatasetError, match=r"output folder of Detectron2|holds no config"):
        import_detectron2(folder, tmp_path / "run")


def test_the_last_line_of_a_killed_run_may_be_cut_off(folder: Path, tmp_path: Path) -> None:
    (folder / "metrics.json").write_text(METRICS.strip()[:-20])
    import_detectron2(folder, tmp_path / "run")
    run = Run.read(tmp_path / "run")
    assert run.history.steps == 40
    assert len(run.history.series("val/mask/ap")) == 1


def test_figures_that_are_null_are_none(folder: Path, tmp_path: Path) -> None:
    row = {"iteration": 9, "total_loss": None, "time": None, "segm/AP": None, "segm/AP-\ud800": 5.0}
    (folder / "metrics.json").write_text(json.dumps(row) + "\n")
    import_detectron2(folder, tmp_path / "run")
    run = Run.read(tmp_path / "run")
    assert run.seconds is None
    assert run.is_unfinished
    assert summarise(run).val_ap is None
    assert run.history.series("val/mask/ap/\ud800").values.tolist() == [0.05]


def brought_in(source: Path, tmp_path: Path) -> Run:
    import_detectron2(source, tmp_path / "run")
    return Run.read(tmp_path / "run")


def test_a_second_test_set_is_kept_beside_the_first(shared: Path, tmp_path: Path) -> None:
    run = brought_in(shared / "cases" / "15" / "twosets", tmp_path)
    assert [run.history.series(f"val/{of}").last for of in ("mask/ap", "mask/ap/skirt", "box/ap50")] == [
        *(0.31, 0.22, 0.5)
    ]
    wild = [
        run.history.series(f"val/fashion_wild/{of}").last for of in ("mask/ap", "mask/ap/skirt", "box/ap50")
    ]
    assert wild == [0.21, 0.12, 0.4]
    assert run.facts.validated_on == "fashion_val"
    assert run.facts.remarks == [
        "its AP on val is that on fashion_val; it was measured on fashion_wild as well, where its mask AP "
        "ended at 0.210"
    ]


def test_the_first_set_of_the_config_is_val_and_rows_without_a_name_are_its_own(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "config.yaml").write_text(CONFIG.replace("[val_df2s]", "[b, a]"))
    (folder / "metrics.json").write_text(
        '{"iteration": 19, "segm/AP": 10.0}\n{"iteration": 29, "a/segm/AP": 20.0, "b/segm/AP": 30.0}\n'
    )
    history = brought_in(folder, tmp_path).history
    assert history.series("val/mask/ap").values.tolist() == [0.1, 0.3]
    assert history.series("val/a/mask/ap").values.tolist() == [0.2]


def test_a_set_of_another_name_than_the_configs_is_val_where_it_is_the_only_one(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "metrics.json").write_text('{"iteration": 29, "other/segm/AP": 20.0}\n')
    run = brought_in(folder, tmp_path)
    assert run.history.series("val/mask/ap").values.tolist() == [0.2]
    assert run.facts.validated_on == "other"


def test_names_of_categories_may_hold_slashes_and_dashes(shared: Path, tmp_path: Path) -> None:
    history = brought_in(shared / "cases" / "15" / "names", tmp_path).history
    assert history.series("val/mask/ap/t-shirt/top").last == 0.4
    assert math.isnan(history.series("val/mask/ap/AP-s").last)
    assert history.series("val/mask/ap50/shirt").last == 0.6


@pytest.mark.parametrize(
    ("case", "steps", "losses", "ap", "said"),
    [
        ("again", [20, 100], [3.0, 0.5], [0.4], "from step 100 to step 20"),
        (
            "resumed",
            [20, 40, 50, 60, 80, 100],
            [2, 1.5, 1.4, 1.3, 1.0, 0.9],
            [0.31, 0.36],
            "step 80 to step 60",
        ),
        ("plain", [20, 40, 50, 60, 80], [2, 1.5, 1.4, 1.3, 1.0], [0.31, 0.36], None),
    ],
)
def test_a_run_that_began_again_replaces_what_came_before_from_there_on(
    shared: Path,
    tmp_path: Path,
    case: str,
    steps: list[int],
    losses: list[float],
    ap: list[float],
    said: str | None,
) -> None:
    run = brought_in(shared / "cases" / "15" / case, tmp_path)
    loss = run.history.series("train/loss")
    assert (loss.steps.tolist(), loss.values.tolist()) == (steps, losses)
    assert run.history.series("val/mask/ap").values.tolist() == ap
    assert [said in remark for remark in run.facts.remarks] == [True] if said else not run.facts.remarks


def test_a_run_that_was_broken_off_twice_is_one_line(folder: Path, tmp_path: Path) -> None:
    losses = [(9, 3.0), (19, 2.0), (29, 8.0), (19, 1.8), (29, 7.0), (39, 6.0), (29, 1.5), (39, 1.0)]
    rows = [json.dumps({"iteration": step, "total_loss": loss}) for step, loss in losses]
    (folder / "metrics.json").write_text("\n".join(rows) + "\n")
    run = brought_in(folder, tmp_path)
    assert run.history.series("train/loss").values.tolist() == [3.0, 1.8, 1.5, 1.0]
    assert len(run.facts.remarks) == 1
    assert "from step 30 to step 20, from step 40 to step 30" in run.facts.remarks[0]


def test_an_evaluation_that_is_written_late_is_no_beginning(folder: Path, tmp_path: Path) -> None:
    assert not any("goes back" in remark for remark in brought_in(folder, tmp_path).facts.remarks)


def test_what_the_heads_take_for_garments_and_what_they_miss_is_kept(thesis: dict[str, Run]) -> None:
    for run in thesis.values():
        for name in ("mask_false_positive", "mask_false_negative", "box_false_negative"):
            rates = run.history.series(f"train/{name}")
            assert len(rates) == len(run.history.series("train/mask_accuracy")) > 100
            assert 0 < rates.last < 1


def test_half_a_character_in_a_config_becomes_a_question_mark(shared: Path, tmp_path: Path) -> None:
    facts = import_detectron2(shared / "cases" / "hostile" / "11", tmp_path / "run")
    assert facts.trained_on == "?"
    assert Run.read(tmp_path / "run").facts.trained_on == "?"


def test_a_folder_whose_name_is_not_utf_8_has_a_run_all_the_same(folder: Path, tmp_path: Path) -> None:
    source = folder.rename(tmp_path / "lauf-\udcfc")
    assert brought_in(source, tmp_path).facts.name == "lauf-?"


def test_tuples_may_be_written_as_in_python(folder: Path, tmp_path: Path) -> None:
    written = CONFIG.replace("[20, 30]", '"(20, 30)"').replace("[train_df2s]", "\"('train_df2s',)\"")
    (folder / "config.yaml").write_text(written)
    facts = brought_in(folder, tmp_path).facts
    assert (facts.trained_on, facts.decays) == ("train_df2s", [20, 30])
