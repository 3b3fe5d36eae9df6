"""An experiment: one recipe on several choices of photos, measured on the same test sets."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from made_datasets import make_dataset
from wildwear.cli.app import app
from wildwear.configs import names
from wildwear.datasets import Dataset
from wildwear.errors import DatasetError, OutputError
from wildwear.experiments import Experiment, answer, load_experiment, run_experiment
from wildwear.experiments.answer import mean_interval, write_answer
from wildwear.experiments.plan import ExperimentError
from wildwear.training.config import ConfigError

PLAN: dict[str, Any] = {
    "name": "tiny",
    "question": "Which photos teach more?",
    "run": "smoke",
    "settings": ["steps=4", "val_every=4"],
    "seeds": [1, 2],
    "arms": {
        "street": {"sources": ["street"], "photos": 4},
        "both": {"sources": ["street", "wild"], "photos": 4},
        "union": {"sources": ["street", "wild"]},
    },
    "tests": {"made": {"truth": "test/test.json", "images": "test/images"}},
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six street photos, four wild ones to learn from, and six to measure on."""
    photos = [
        (f"{source}{n}.png", ["jacket"])
        for source, count in (("street", 6), ("wild", 4))
        for n in range(count)
    ]
    fields = {name: {"source": name.rstrip("0123456789.png")} for name, _ in photos}
    make_dataset(tmp_path / "data" / "train.json", photos, fields=fields).save(
        tmp_path / "data" / "train.json"
    )
    shutil.copy(tmp_path / "data" / "train.json", tmp_path / "data" / "val.json")
    of_test = [(f"{n}.png", ["jacket" if n % 2 else "jeans"]) for n in range(6)]
    make_dataset(tmp_path / "test" / "test.json", of_test).save(tmp_path / "test" / "test.json")
    return tmp_path / "data"


class Trainer:
    """Trains nothing: it leaves the tiny model in the run's folder, and remembers what it was asked."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.asked: list[tuple[str, Counter[str], int]] = []
        self.stops_after = 99

    def __call__(self, config: Any, data: Path, out: Path, **_: Any) -> Path | None:
        if len(self.asked) == self.stops_after:
            return None
        train = Dataset.load(data / config.data.train)
        self.asked.append((config.name, Counter(one["source"] for one in train.images), config.seed))
        out.mkdir(parents=True)
        shutil.copy(self.model, out / "model.onnx")
        return out / "best.safetensors"


@pytest.fixture
def trainer(tiny_model: Path) -> Trainer:
    return Trainer(tiny_model)


def plan(**changes: Any) -> Experiment:
    return Experiment.model_validate(PLAN | changes)


def test_each_arm_learns_from_its_own_photos_with_each_seed(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    run_experiment(plan(), data, tmp_path, tmp_path / "out", train=trainer)
    assert [name for name, *_ in trainer.asked] == [
        f"{arm}-{seed}" for seed in (1, 2) for arm in PLAN["arms"]
    ]
    learnt_from = {name: dict(sources) for name, sources, _ in trainer.asked}
    assert learnt_from["street-1"] == {"street": 4}
    assert learnt_from["both-1"] == {"street": 2, "wild": 2}
    assert learnt_from["union-2"] == {"street": 6, "wild": 4}
    assert [seed for *_, seed in trainer.asked] == [1, 1, 1, 2, 2, 2]


def test_seeds_draw_other_photos(data: Path) -> None:
    arm, whole = plan().arms["street"], Dataset.load(data / "train.json")
    drawn = {frozenset(one["id"] for one in arm.photos_of(whole, seed, data).images) for seed in range(6)}
    assert len(drawn) > 1


def test_what_is_trained_and_measured_is_not_done_again(data: Path, trainer: Trainer, tmp_path: Path) -> None:
    trainer.stops_after = 4
    out = tmp_path / "out"
    assert run_experiment(plan(), data, tmp_path, out, max_time=timedelta(hours=1), train=trainer) is None
    assert not (out / "results").exists()  # no test set is read before all is trained
    trainer.stops_after = 99
    lines: list[str] = []
    run_experiment(plan(), data, tmp_path, out, say=lines.append, train=trainer)
    assert len(trainer.asked) == 6
    assert sum(line.startswith("measuring") for line in lines) == 6
    lines.clear()
    again = run_experiment(plan(), data, tmp_path, out, say=lines.append, train=trainer)
    assert not lines
    assert again is not None
    assert {arm: len(seeds) for arm, seeds in again["made"].items()} == {"street": 2, "both": 2, "union": 2}


def test_the_answer_has_a_row_an_arm_and_says_what_is_chance(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    results = run_experiment(plan(), data, tmp_path, tmp_path / "out", train=trainer)
    assert results is not None
    found = answer(plan(), results)
    assert [(cell.test, cell.arm) for cell in found.cells] == [("made", arm) for arm in PLAN["arms"]]
    street, both, _ = found.cells
    assert street.ap == results["made"]["street"][0].metrics.mask.ap  # all runs are the same model
    assert (street.difference, both.difference) == (None, 0)
    assert not both.differs
    assert "none differs from street by more than chance" in found.sentences[0]
    report = write_answer(found, plan(), tmp_path / "out").read_text()
    assert "Which photos teach more?" in report
    assert report.count("| made (2 categories) |") == 3


def test_the_interval_of_a_mean_is_the_mean_of_intervals_on_the_same_photos() -> None:
    assert mean_interval([(0.1, 0.3), (0.2, 0.6)]) == pytest.approx((0.15, 0.45))
    assert mean_interval([(0.1, 0.3), None]) is None


def test_a_folder_of_another_experiment_is_refused(data: Path, trainer: Trainer, tmp_path: Path) -> None:
    run_experiment(plan(), data, tmp_path, tmp_path / "out", train=trainer)
    with pytest.raises(OutputError, match="holds another experiment"):
        run_experiment(plan(seeds=[3]), data, tmp_path, tmp_path / "out", train=trainer)


def test_a_folder_with_something_else_in_it_is_refused(data: Path, trainer: Trainer, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is not empty, and holds no experiment"):
        run_experiment(plan(), data, tmp_path, data, train=trainer)
    assert {path.name for path in data.iterdir()} == {"train.json", "val.json", "images"}


def test_a_plan_that_was_damaged_in_its_folder_says_what_to_do(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "experiment.yaml").write_text("name: x: [")
    with pytest.raises(
        OutputError, match=r"experiment\.yaml: is not YAML(.|\n)*Mend it, or name another --out"
    ):
        run_experiment(plan(), data, tmp_path, tmp_path / "out", train=trainer)


def test_settings_that_are_wrong_are_named_before_anything_is_written(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    wrong = plan(settings=["steps=4", "val_every=4", "learning_rat=1"])
    with pytest.raises(ConfigError, match="did you mean learning_rate"):
        run_experiment(wrong, data, tmp_path, tmp_path / "out", train=trainer)
    assert not (tmp_path / "out").exists()


def test_a_test_set_that_is_not_there_is_named_before_any_training(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    missing = plan(tests={"gone": {"truth": "gone.json"}})
    with pytest.raises(DatasetError, match=r"has no gone\.json"):
        run_experiment(missing, data, tmp_path, tmp_path / "out", train=trainer)
    assert not trainer.asked
    assert not (tmp_path / "out").exists()


def test_an_arm_with_too_few_photos_is_refused(data: Path) -> None:
    whole = Dataset.load(data / "train.json")
    greedy = plan(arms={"a": {"sources": ["wild"], "photos": 5}, "b": {"sources": ["closet"]}})
    with pytest.raises(DatasetError, match="5 photos are asked for, and there are 4"):
        greedy.arms["a"].photos_of(whole, 1, data)
    with pytest.raises(DatasetError, match="none of its photos says `source: closet`"):
        greedy.arms["b"].photos_of(whole, 1, data)


def test_an_arm_takes_photos_by_any_name_of_their_source(data: Path) -> None:
    whole = Dataset.load(data / "train.json")
    for image in whole.images:
        image["source"] = {"street": "shop", "wild": "user"}[image["source"]]
    arms = plan(arms={"a": {"sources": ["wild"]}, "b": {"sources": ["shop"]}}).arms
    assert [len(arm.photos_of(whole, 1, data).images) for arm in arms.values()] == [4, 6]


def listing(name: str) -> Experiment:
    """A plan with an arm of listed photos."""
    return plan(arms={"any": {"sources": ["street"], "photos": 2}, "chosen": {"listed": name}})


def test_an_arm_learns_from_the_photos_of_a_list_one_for_each_seed(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    (data / "chosen-1.txt").write_text("/pool/images/wild0.png\n/pool/images/street3.png\n\n")
    (data / "chosen-2.txt").write_text("wild1.png\r\n")
    out = tmp_path / "out"
    run_experiment(listing("chosen-{seed}.txt"), data, tmp_path, out, train=trainer)
    learnt_from = [Dataset.load(out / "photos" / f"chosen-{seed}.json").images for seed in (1, 2)]
    assert [[one["file_name"] for one in images] for images in learnt_from] == [
        ["street3.png", "wild0.png"],
        ["wild1.png"],
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (None, r"chosen\.txt: cannot be read \(No such file or directory\)"),
        ("\n", r"chosen\.txt: lists no photo"),
        ("/pool/wild9.png", r"chosen\.txt: /pool/wild9\.png is no photo of .*train\.json"),
    ],
)
def test_a_list_without_its_photos_is_named_before_any_training(
    data: Path, trainer: Trainer, tmp_path: Path, lines: str | None, message: str
) -> None:
    if lines is not None:
        (data / "chosen.txt").write_text(lines)
    with pytest.raises(DatasetError, match=message):
        run_experiment(listing("chosen.txt"), data, tmp_path, tmp_path / "out", train=trainer)
    assert not trainer.asked


def test_a_plan_that_an_earlier_version_kept_is_the_same_plan(
    data: Path, trainer: Trainer, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "experiment.yaml").write_text(yaml.safe_dump(PLAN))  # not a word of what is new
    run_experiment(plan(), data, tmp_path, tmp_path / "out", train=trainer)
    assert trainer.asked


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": []}, "say how long each run is"),
        ({"arms": {"a": {"sources": ["street"]}}}, "arms"),
        ({"arms": {"a": {"sources": ["sofa"]}, "b": {"sources": ["wild"]}}}, r"arms\.a\.sources"),
        (
            {"arms": {"a": {"sources": ["street", "wild"], "photos": 5}, "b": {"sources": ["wild"]}}},
            "equally",
        ),
        ({"arms": {"a": {}, "b": {"sources": ["wild"]}}}, "say `sources`"),
        ({"arms": {"a": {"listed": "a.txt", "photos": 5}, "b": {"sources": ["wild"]}}}, "or `listed`"),
        ({"sedes": [1]}, "sedes"),
        ({"seeds": [1, 1]}, "named twice"),
        ({"tests": {"../../escape": {"truth": "test.json"}}}, "tests"),
    ],
)
def test_a_plan_that_is_wrong_names_the_field(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(PLAN | changes))
    with pytest.raises(ExperimentError, match=message):
        load_experiment(tmp_path / "plan.yaml")


@pytest.mark.parametrize("name", names("experiment"))
def test_a_shipped_experiment_names_a_run_for_every_arm(name: str) -> None:
    experiment = load_experiment(name)
    for arm in experiment.arms:
        assert experiment.config(arm, 1).steps
    assert experiment.run != "wildwear-s"  # it starts from weights that have seen street photos


def test_the_command_says_the_answer_and_where_it_stands(
    data: Path, trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(PLAN, sort_keys=False))
    out = tmp_path / "out"
    run_experiment(load_experiment(tmp_path / "plan.yaml"), data, tmp_path, out, train=trainer)
    monkeypatch.setenv("COLUMNS", "200")
    said = CliRunner().invoke(
        app,
        [
            "experiment",
            str(tmp_path / "plan.yaml"),
            "--data",
            str(data),
            "--tests",
            str(tmp_path),
            "--out",
            str(out),
        ],
    )
    assert said.exit_code == 0, said.output
    assert "On made, street has the highest mask AP" in said.output
    assert str(out / "report.md") in said.output.replace("\n", "")
